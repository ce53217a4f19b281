//! Windows and their limits against the oracle: random calls and random time on both, compared after each.
//!
//! `PROPTEST_CASES` asks for another number of sequences than the usual 10,000 of each, `PROPTEST_RNG_SEED` for those of a run
//! that failed.
#![cfg(feature = "alloc")]

use crate::oracle::cases::live::live_case;
use crate::oracle::cases::windows::{Limit, Over, case, good_runs};
use crate::oracle::pair::{agree, check_visits};
use crate::oracle::{Counts, Event, Held, Oracle, Settings};
use crate::support::{S, breaker, fail, succeed};
use proptest::prelude::*;
use std::cell::Cell;
use std::sync::LazyLock;
use tripword::{
    Builder, Cause, CircuitBreaker, Clock, ManualClock, Nanos, Outcome, State, TripCause,
};

const SEQUENCES: u32 = 10_000;

macro_rules! agree {
    ($($name:ident: $over:ident, $limit:ident;)*) => {$(
        #[test]
        fn $name() {
            agree(SEQUENCES, &case(Over::$over, Limit::$limit));
        }
    )*};
}

agree! {
    failures_of_the_last_calls: Calls, Failures;
    failure_rate_of_the_last_calls: Calls, FailureRate;
    slow_call_rate_of_the_last_calls: Calls, SlowCallRate;
    own_policy_on_the_last_calls: Calls, TripWhen;
    any_mix_on_the_last_calls: Calls, Mixed;
    failures_within_a_time: Time, Failures;
    failure_rate_within_a_time: Time, FailureRate;
    slow_call_rate_within_a_time: Time, SlowCallRate;
    own_policy_on_a_time: Time, TripWhen;
    any_mix_on_a_time: Time, Mixed;
    failures_within_a_time_in_stripes: Stripes, Failures;
    failure_rate_within_a_time_in_stripes: Stripes, FailureRate;
    slow_call_rate_within_a_time_in_stripes: Stripes, SlowCallRate;
    own_policy_on_a_time_in_stripes: Stripes, TripWhen;
    any_mix_on_a_time_in_stripes: Stripes, Mixed;
}

#[test]
fn settings_that_are_replaced_with_a_window_of_calls() {
    agree(SEQUENCES, &live_case(Over::Calls));
}

#[test]
fn settings_that_are_replaced_with_a_window_of_time() {
    agree(SEQUENCES, &live_case(Over::Time));
}

/// A breaker that skips good calls looks like an oracle that skips none.
#[test]
fn good_calls_that_are_not_written_are_not_missed() {
    agree(SEQUENCES, &good_runs());
}

/// The words of a window are numbered with 17 bits, here from 0 to 131,069: what comes after the last must know what was before.
#[test]
fn the_numbers_of_words_go_round() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.last_calls(30).slow_call_duration(S).trip_when(|_| false)
    });
    let round = 131_070 * 12;
    for call in 1..round + 20 {
        match call % 12 {
            0 => fail(&breaker, 1),
            _ => succeed(&breaker, 1),
        }
        if call > round - 40 {
            let failures = call / 12 - (call - 30) / 12;
            assert_eq!(breaker.snapshot().counts.failures, failures, "{call}");
        }
    }
    breaker.reset();
    fail(&breaker, 1);
    assert_eq!(breaker.snapshot().counts.calls, 1);
}

thread_local! {
    /// How many readings of the clock, or verdicts, from now somebody resets the breaker and succeeds; 0 for never.
    static MEDDLES_IN: Cell<u32> = const { Cell::new(0) };
}

static MEDDLED: LazyLock<CircuitBreaker<Meddler>> = LazyLock::new(|| {
    let builder = Builder::new().within(10 * S).trip_when(|_| {
        meddle();
        true
    });
    builder.build_with(Meddler).expect("settings that can be")
});

#[derive(Debug)]
struct Meddler;

impl Clock for Meddler {
    fn now(&self) -> Nanos {
        meddle();
        Nanos::ZERO
    }
}

fn meddle() {
    let left = MEDDLES_IN.get();
    MEDDLES_IN.set(left.saturating_sub(1));
    if left == 1 {
        MEDDLED.reset();
        MEDDLED.try_acquire().expect("closed").success();
    }
}

/// First before the call is recorded, then between its record and the verdict.
#[test]
fn a_generation_that_ends_while_a_call_is_recorded_takes_it_along() {
    for (occasion, outcome) in [
        (1, Outcome::Success),
        (1, Outcome::Failure),
        (2, Outcome::Failure),
    ] {
        let before = MEDDLED.snapshot().generation;
        let permit = MEDDLED.try_acquire().expect("closed");
        MEDDLES_IN.set(occasion);
        permit.record(outcome);
        let after = MEDDLED.snapshot();
        assert_eq!((after.state, after.generation), (State::Closed, before + 1));
        assert_eq!(after.counts.successes(), 1, "{outcome:?}");
        assert_eq!(after.counts.failures, 0, "{outcome:?}");
    }
}

#[test]
fn the_model_comes_everywhere() {
    let limits = [
        Limit::Failures,
        Limit::FailureRate,
        Limit::SlowCallRate,
        Limit::TripWhen,
        Limit::Mixed,
    ];
    for (over, places) in [
        (Over::Calls, ON_CALLS),
        (Over::Time, ON_TIME),
        (Over::Stripes, IN_STRIPES),
    ] {
        let cases = limits.map(|limit| case(over, limit).boxed());
        check_visits(1_000, &cases, &[EVERYWHERE, places].concat(), visit);
    }
}

fn visit(oracle: &Oracle, visit: &mut dyn FnMut(String)) {
    for event in &oracle.events {
        if let Some(place) = place(event, oracle.counts()) {
            visit(place);
        }
        if is_at_its_limit(event) {
            visit("at its limit".into());
        }
    }
    let held = match oracle.held() {
        Held::Nothing => unreachable!("no window"),
        Held::LastCalls { most, calls, .. } => {
            let is_bad = |at: usize| calls.get(at).is_some_and(|call| call.is_adverse());
            let is_good = calls.iter().take(*most - 1).all(|call| !call.is_adverse());
            let is_full = calls.len() >= *most;
            [
                (
                    is_full && is_good && !is_bad(*most - 1),
                    "full of good calls",
                ),
                (
                    is_full && is_good && is_bad(*most - 1),
                    "about to forget the only bad call",
                ),
                (is_full && *most > 60, "full, of many"),
                (!is_full && calls.len() > 24, "more than a word, not full"),
            ]
        }
        Held::Within(rows) => {
            let oldest = i64::from(oracle.settings.window.buckets()) - 1;
            let has_age = |age| rows.ages(oracle.now).any(|held| held == age);
            [
                (has_age(oldest), "its oldest bucket"),
                (has_age(oldest + 1), "just outside"),
                (rows.late > 0, "late"),
                (has_age(1 << 24), "a generation's distance later"),
            ]
        }
    };
    let is_ahead = matches!(oracle.held(), Held::Within(rows) if rows.is_ahead_of(oracle.now));
    let too_few = [
        (has_too_few_calls(oracle), "too few calls"),
        (is_ahead, "ahead of the clock"),
    ];
    let places = held.into_iter().chain(too_few);
    places
        .filter(|place| place.0)
        .for_each(|place| visit(place.1.into()));
}

/// Whether a rate is reached, by too few calls.
fn has_too_few_calls(oracle: &Oracle) -> bool {
    let Settings { policy, .. } = oracle.settings;
    let Counts {
        calls, failures, ..
    } = oracle.counts();
    let is_reached =
        |rate| failures > 0 && millionths(failures) >= u64::from(rate) * u64::from(calls);
    policy.failure_rate.is_some_and(is_reached) && calls < oracle.settings.minimum_calls()
}

fn millionths(calls: u32) -> u64 {
    u64::from(calls) * 1_000_000
}

fn place(event: &Event, counts: Counts) -> Option<String> {
    Some(match *event {
        Event::Transition {
            from,
            cause: Cause::Tripped(verdict),
            ..
        } => format!("{from}: {}", tripped(verdict)),
        Event::Transition {
            from: State::Recovering,
            to: State::Closed,
            ..
        } if counts.calls > 0 => "closed with what the ramp counted".into(),
        Event::Outcome {
            outcome: outcome @ (Outcome::Success | Outcome::Failure),
            counted,
            slow: true,
            ..
        } => format!("slow {outcome:?}{}", if counted { " counted" } else { "" }),
        _ => return None,
    })
}

fn tripped(verdict: TripCause) -> &'static str {
    match verdict {
        TripCause::ConsecutiveFailures(_) => "ConsecutiveFailures",
        TripCause::Failures { .. } => "Failures",
        TripCause::FailureRate { .. } => "FailureRate",
        TripCause::SlowCallRate { .. } => "SlowCallRate",
        _ => "TripWhen",
    }
}

/// Whether a verdict is of a rate that is just what its limit is.
fn is_at_its_limit(event: &Event) -> bool {
    let Event::Transition {
        cause:
            Cause::Tripped(
                TripCause::FailureRate {
                    failures: part,
                    calls,
                    limit_ppm,
                }
                | TripCause::SlowCallRate {
                    slow_calls: part,
                    calls,
                    limit_ppm,
                },
            ),
        ..
    } = *event
    else {
        return false;
    };
    millionths(part) == u64::from(limit_ppm) * u64::from(calls)
}

const EVERYWHERE: &[&str] = &[
    "closed: ConsecutiveFailures",
    "closed: Failures",
    "closed: FailureRate",
    "closed: SlowCallRate",
    "at its limit",
    "closed: TripWhen",
    "recovering: ConsecutiveFailures",
    "recovering: Failures",
    "recovering: FailureRate",
    "recovering: SlowCallRate",
    "recovering: TripWhen",
    "closed with what the ramp counted",
    "slow Success counted",
    "slow Success",
    "slow Failure counted",
    "slow Failure",
    "too few calls",
];

const ON_CALLS: &[&str] = &[
    "full of good calls",
    "about to forget the only bad call",
    "full, of many",
    "more than a word, not full",
];

const ON_TIME: &[&str] = &[
    "its oldest bucket",
    "just outside",
    "late",
    "a generation's distance later",
    "ahead of the clock",
];

const IN_STRIPES: &[&str] = &["its oldest bucket", "just outside"];
