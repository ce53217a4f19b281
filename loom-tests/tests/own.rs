//! Stripes that one thread each owns: no count is lost or doubled by owners, by threads that share
//! a row beside them, or when a stripe changes hands, and no trip is invented.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::{Engine, number_thread};
use tripword::{Builder, Outcome, State};

const FAIL: Outcome = Outcome::Failure;
const GOOD: Outcome = Outcome::Success;

/// Two buckets of 10 ms, and two stripes: threads of odd numbers share one, those of even numbers
/// the other.
fn settings() -> Builder {
    Builder::new().within(millis(20)).buckets(2).stripes(2)
}

fn counting() -> Builder {
    settings().trip_when(|_| false)
}

fn record(engine: Engine<'_>, outcome: Outcome, now: u64) {
    if let Some(admission) = try_admit(engine, now) {
        engine.settle(admission, outcome, &at(now));
    }
}

/// What a thread does: its number, and outcomes at their times.
type Thread = (u64, &'static [(Outcome, u64)]);

fn record_all(breaker: &Shared, threads: &'static [Thread]) {
    let start = |&(number, outcomes): &'static Thread| {
        spawn(breaker, move |engine| {
            number_thread(number);
            for &(outcome, now) in outcomes {
                record(engine, outcome, now);
            }
        })
    };
    let threads: Vec<_> = threads.iter().map(start).collect();
    join(threads);
}

fn counted(breaker: &Shared, now: u64) -> (u32, u32) {
    let counts = breaker.engine().snapshot(&at(now)).counts;
    (counts.calls, counts.failures)
}

#[test]
fn owners_and_those_that_share_lose_nothing() {
    model(|| {
        let breaker = breaker(counting());
        record_all(
            &breaker,
            &[(1, &[(GOOD, 5), (GOOD, 5)]), (2, &[(GOOD, 5), (FAIL, 5)]), (0, &[(GOOD, 5)])],
        );
        assert_eq!(counted(&breaker, 5), (5, 1));
    });
}

#[test]
fn two_threads_of_one_stripe_lose_nothing() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[(1, &[(GOOD, 5), (GOOD, 15)]), (3, &[(GOOD, 5), (GOOD, 15)])]);
        assert_eq!(counted(&breaker, 15), (4, 0));
    });
}

/// The stripe is of a thread that counted in it more than a window ago.
#[test]
fn a_stripe_changes_hands_once() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[(1, &[(GOOD, 5)])]);
        record_all(&breaker, &[(3, &[(GOOD, 65), (GOOD, 65)]), (5, &[(GOOD, 65), (GOOD, 65)])]);
        assert_eq!(counted(&breaker, 65), (4, 0));
    });
}

#[test]
fn an_owner_that_comes_back_and_a_thread_that_takes_its_stripe_lose_nothing() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[(1, &[(GOOD, 5)])]);
        record_all(&breaker, &[(1, &[(GOOD, 65), (GOOD, 75)]), (3, &[(GOOD, 65), (GOOD, 75)])]);
        assert_eq!(counted(&breaker, 75), (4, 0));
    });
}

/// The first owner is stopped for longer than a window: it may overwrite successes of the next
/// owner, or add its own to them, and no more than that.
#[test]
fn an_owner_that_is_late_by_a_window_adds_one_success_at_most() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[(1, &[(GOOD, 5)])]);
        record_all(&breaker, &[(1, &[(GOOD, 8)]), (3, &[(GOOD, 65), (FAIL, 65)])]);
        let (calls, failures) = counted(&breaker, 65);
        assert!(calls <= 3 && failures == 1);
    });
}

/// Each thread succeeds before it fails, so never more than half of the calls have failed.
#[test]
fn a_rate_that_was_never_reached_does_not_trip() {
    model(|| {
        let breaker = breaker(settings().failure_rate(0.6).minimum_calls(2));
        record_all(&breaker, &[(1, &[(GOOD, 5), (FAIL, 5)]), (2, &[(GOOD, 5), (FAIL, 5)])]);
        assert_eq!(breaker.engine().snapshot(&at(5)).state, State::Closed);
    });
}

#[test]
fn a_stale_success_is_not_counted_in_the_next_generation() {
    model(|| {
        let breaker = breaker(counting());
        record_all(&breaker, &[(1, &[(GOOD, 5)])]);
        let stale = admitted(breaker.engine(), 5);
        let late = spawn(&breaker, move |engine| {
            number_thread(1);
            record(engine, GOOD, 5);
            engine.settle(stale, GOOD, &at(5));
        });
        let fresh = spawn(&breaker, |engine| {
            number_thread(2);
            engine.reset(&at(5));
            record(engine, GOOD, 5);
        });
        join([late, fresh]);
        assert!(matches!(counted(&breaker, 5), (1 | 2, 0)));
    });
}

/// As of the failure's bucket no limit is in reach, as of the owner's newer one it is reached.
#[test]
fn a_sum_that_stops_early_is_as_of_the_newest_bucket_of_an_owner() {
    model(|| {
        let breaker = breaker(settings().failure_rate(0.5).minimum_calls(2));
        record_all(&breaker, &[(1, &[(GOOD, 25)])]);
        record_all(&breaker, &[(2, &[(GOOD, 5), (GOOD, 5), (GOOD, 5), (FAIL, 15)])]);
        assert_eq!(breaker.engine().entered(), State::Open);
    });
}
