//! Snapshots as documents.
#![cfg(feature = "serde")]

use crate::support::{S, breaker, fail};
use serde_json::json;
use tripword::{ManualClock, Mode};

#[test]
fn an_open_breaker_says_why_and_for_how_long() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).failures(3).open_duration(4 * S));
    breaker.set_mode(Mode::Shadow);
    fail(&breaker, 3);
    clock.advance(S / 2 + S / 1_000_000);
    let document = serde_json::to_value(breaker.snapshot()).unwrap();
    let expected = json!({
        "text": "shadow; below it: open for 3.5 s more; tripped by 3 of 3 calls failed (limit 3)",
        "state": "open",
        "mode": "shadow",
        "generation": 1,
        "for_ms": 500,
        "cause": {"label": "failures", "text": "tripped by 3 of 3 calls failed (limit 3)"},
        "remaining_ms": 3_500,
        "streak": 0,
        "consecutive_failures": 0,
        "consecutive_failure_limit": 0,
        "counts": {"calls": 0, "failures": 0, "slow_calls": 0, "failure_rate": 0.0, "slow_call_rate": 0.0},
        "probes": {"in_flight": 0, "successes": 0, "successes_to_close": 0, "failures": 0, "failures_to_open": 0},
    });
    assert_eq!(document, expected);
}

#[test]
fn a_closed_one_shows_its_counts_and_a_half_open_one_its_probes() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).failures(3));
    let _ = breaker.call(|| Ok::<_, ()>(()));
    fail(&breaker, 1);
    let closed = serde_json::to_value(breaker.snapshot()).unwrap();
    assert_eq!(closed["counts"]["failure_rate"], 0.5);
    assert_eq!((&closed["for_ms"], &closed["cause"]), (&json!(null), &json!(null)));
    breaker.half_open();
    let _probe = breaker.try_acquire();
    let half_open = serde_json::to_value(breaker.snapshot()).unwrap();
    assert_eq!(half_open["state"], "half-open");
    assert_eq!(half_open["probes"]["in_flight"], 1);
    assert_eq!(half_open["cause"]["label"], "manual");
}
