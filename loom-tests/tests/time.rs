//! The window of time: no count is lost or doubled when a bucket turns, an old bucket is never
//! counted as new, and no trip is lost or invented.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::Engine;
use tripword::{Builder, Counts, Outcome, State};

const FAIL: Outcome = Outcome::Failure;
const GOOD: Outcome = Outcome::Success;

/// Two buckets of 10 ms.
fn settings() -> Builder {
    Builder::new().within(millis(20)).buckets(2)
}

fn record(engine: Engine<'_>, outcome: Outcome, now: u64) {
    if let Some(admission) = try_admit(engine, now) {
        engine.settle(admission, outcome, &at(now));
    }
}

/// Records the outcomes of each thread, each at its time.
fn record_all(breaker: &Shared, threads: &'static [&'static [(Outcome, u64)]]) {
    let start = |&outcomes: &&'static [(Outcome, u64)]| {
        spawn(breaker, move |engine| {
            for &(outcome, now) in outcomes {
                record(engine, outcome, now);
            }
        })
    };
    let threads: Vec<_> = threads.iter().map(start).collect();
    join(threads);
}

fn counted(engine: Engine<'_>, now: u64) -> (u32, u32) {
    let Counts { calls, failures, .. } = engine.snapshot(&at(now)).counts;
    (calls, failures)
}

fn counting() -> Builder {
    settings().trip_when(|_| false)
}

#[test]
fn nothing_is_lost_or_doubled_when_a_bucket_turns() {
    model(|| {
        let breaker = breaker(counting());
        record(breaker.engine(), FAIL, 5);
        record_all(&breaker, &[&[(FAIL, 25)], &[(GOOD, 25)], &[(FAIL, 25)]]);
        assert_eq!(counted(breaker.engine(), 25), (3, 2));
    });
}

#[test]
fn an_old_bucket_is_never_counted_as_new() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 25)], &[(FAIL, 5)]]);
        assert_eq!(counted(breaker.engine(), 25), (1, 1));
    });
}

#[test]
fn two_failures_in_different_buckets_trip_once() {
    model(|| {
        let breaker = breaker(settings().failures(2));
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 15)]]);
        let end = breaker.engine().snapshot(&at(15));
        assert_eq!((end.state, end.generation), (State::Open, 1));
    });
}

#[test]
fn three_failures_in_different_buckets_trip_once() {
    model(|| {
        let breaker = breaker(Builder::new().within(millis(30)).buckets(3).failures(3));
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 15)], &[(FAIL, 25)]]);
        let end = breaker.engine().snapshot(&at(25));
        assert_eq!((end.state, end.generation), (State::Open, 1));
    });
}

/// Each thread succeeds before it fails, so never more than half of the calls have failed.
#[test]
fn a_rate_that_was_never_reached_does_not_trip() {
    model(|| {
        let breaker = breaker(settings().failure_rate(0.6).minimum_calls(2));
        record_all(&breaker, &[&[(GOOD, 5), (FAIL, 5)], &[(GOOD, 5), (FAIL, 5)]]);
        assert_eq!(breaker.engine().snapshot(&at(5)).state, State::Closed);
    });
}

#[test]
fn a_stale_outcome_is_not_counted_in_the_next_generation() {
    for outcome in [FAIL, GOOD] {
        model(move || {
            let breaker = breaker(counting());
            record(breaker.engine(), FAIL, 5);
            record(breaker.engine(), GOOD, 5);
            let stale = admitted(breaker.engine(), 5);
            let late = spawn(&breaker, move |engine| {
                engine.settle(stale, outcome, &at(5));
            });
            let fresh = spawn(&breaker, move |engine| {
                engine.reset(&at(5));
                record(engine, outcome, 5);
            });
            join([late, fresh]);
            assert_eq!(counted(breaker.engine(), 5).0, 1);
        });
    }
}
