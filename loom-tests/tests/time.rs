//! The window of time: no count is lost or doubled across a turn, an old bucket is never counted as new, and no trip is lost or made up.

use tripword::raw::RawBreaker;
use tripword::{Builder, Counts, Outcome, State};
use tripword_loom_tests::*;

const FAIL: Outcome = Outcome::Failure;
const GOOD: Outcome = Outcome::Success;

/// Two buckets of 10 ms.
fn settings() -> Builder {
    Builder::new().within(millis(20)).buckets(2)
}

fn record(breaker: &RawBreaker, outcome: Outcome, now: u64) {
    let admission = breaker.try_acquire(at(now)).decision.admission();
    if let Ok(admission) = admission {
        breaker.settle(admission, outcome, at(now));
    }
}

/// Records the outcomes of each thread, each at its time.
fn record_all(breaker: &Shared, threads: &'static [&'static [(Outcome, u64)]]) {
    let threads: Vec<_> = threads
        .iter()
        .map(|&outcomes| {
            let breaker = breaker.clone();
            thread::spawn(move || {
                outcomes
                    .iter()
                    .for_each(|&(outcome, now)| record(&breaker, outcome, now))
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().expect("no panic"));
}

fn counted(breaker: &RawBreaker, now: u64) -> (u32, u32) {
    let Counts {
        calls, failures, ..
    } = breaker.snapshot(at(now)).counts;
    (calls, failures)
}

fn counting() -> Builder {
    settings().trip_when(|_| false)
}

#[test]
fn nothing_is_lost_or_doubled_when_a_bucket_turns() {
    model(|| {
        let breaker = breaker(counting());
        record(&breaker, FAIL, 5);
        record_all(&breaker, &[&[(FAIL, 25)], &[(GOOD, 25)], &[(FAIL, 25)]]);
        assert_eq!(counted(&breaker, 25), (3, 2));
    });
}

#[test]
fn an_old_bucket_is_never_counted_as_new() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 25)], &[(FAIL, 5)]]);
        assert_eq!(counted(&breaker, 25), (1, 1));
    });
}

#[test]
fn two_failures_in_different_buckets_trip_once() {
    model(|| {
        let breaker = breaker(settings().failures(2));
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 15)]]);
        let end = breaker.snapshot(at(15));
        assert_eq!((end.state, end.generation), (State::Open, 1));
    });
}

#[test]
fn three_failures_in_different_buckets_trip_once() {
    model(|| {
        let breaker = breaker(Builder::new().within(millis(30)).buckets(3).failures(3));
        record_all(&breaker, &[&[(FAIL, 5)], &[(FAIL, 15)], &[(FAIL, 25)]]);
        let end = breaker.snapshot(at(25));
        assert_eq!((end.state, end.generation), (State::Open, 1));
    });
}

/// Each thread succeeds before it fails, so never more than half of the calls have failed.
#[test]
fn a_rate_that_was_never_reached_does_not_trip() {
    model(|| {
        let breaker = breaker(settings().failure_rate(0.6).minimum_calls(2));
        record_all(
            &breaker,
            &[&[(GOOD, 5), (FAIL, 5)], &[(GOOD, 5), (FAIL, 5)]],
        );
        assert_eq!(breaker.snapshot(at(5)).state, State::Closed);
    });
}

#[test]
fn a_stale_outcome_is_not_counted_in_the_next_generation() {
    for outcome in [FAIL, GOOD] {
        model(move || {
            let breaker = breaker(counting());
            record(&breaker, FAIL, 5);
            record(&breaker, GOOD, 5);
            let stale = admitted(&breaker, 5);
            let (one, other) = (breaker.clone(), breaker.clone());
            let late = thread::spawn(move || {
                one.settle(stale, outcome, at(5));
            });
            let fresh = thread::spawn(move || {
                other.reset(at(5));
                record(&other, outcome, 5);
            });
            late.join().expect("no panic");
            fresh.join().expect("no panic");
            assert_eq!(counted(&breaker, 5).0, 1);
        });
    }
}
