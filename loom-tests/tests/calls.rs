//! The window of calls: no outcome is lost or doubled, whatever hands over, and the skip of good calls loses no failure.

use tripword::raw::RawBreaker;
use tripword::{Builder, Counts, Outcome, State};
use tripword_loom_tests::*;

/// Calls in a full word, which is small in a model.
const WORD: u32 = 4;

fn settings(calls: u32) -> Builder {
    Builder::new().last_calls(calls).trip_when(|_| false)
}

fn record(breaker: &RawBreaker, outcome: Outcome) {
    let admission = admitted(breaker, 0);
    breaker.settle(admission, outcome, at(0));
}

fn fill(breaker: &RawBreaker, outcome: Outcome, calls: u32) {
    for _ in 0..calls {
        record(breaker, outcome);
    }
}

/// Records each of `outcomes` in a thread of its own.
fn record_all(breaker: &Shared, outcomes: &[Outcome]) {
    let threads: Vec<_> = outcomes
        .iter()
        .map(|&outcome| {
            let breaker = breaker.clone();
            thread::spawn(move || record(&breaker, outcome))
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().expect("no panic"));
}

fn counted(breaker: &RawBreaker) -> (u32, u32) {
    let Counts {
        calls, failures, ..
    } = breaker.snapshot(at(0)).counts;
    (calls, failures)
}

const FAIL: Outcome = Outcome::Failure;
const GOOD: Outcome = Outcome::Success;

#[test]
fn nothing_is_lost_or_doubled_across_a_hand_over() {
    model(|| {
        let breaker = breaker(settings(2 * WORD));
        fill(&breaker, GOOD, WORD - 1);
        record_all(&breaker, &[FAIL, FAIL]);
        assert_eq!(counted(&breaker), (WORD + 1, 2));
    });
}

#[test]
fn nothing_is_lost_or_doubled_by_three_at_a_hand_over() {
    model(|| {
        let breaker = breaker(settings(2 * WORD));
        fill(&breaker, FAIL, WORD);
        record_all(&breaker, &[FAIL, GOOD, FAIL]);
        assert_eq!(counted(&breaker), (WORD + 3, WORD + 2));
    });
}

#[test]
fn a_window_of_one_word_is_exact_when_its_slot_is_written_again() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(&breaker, GOOD, WORD);
        fill(&breaker, FAIL, WORD - 1);
        record_all(&breaker, &[GOOD, FAIL, GOOD]);
        assert_eq!(counted(&breaker), (WORD, WORD - 2));
    });
}

#[test]
fn the_skip_of_good_calls_loses_no_failure() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(&breaker, GOOD, 2 * WORD);
        record_all(&breaker, &[GOOD, FAIL, GOOD]);
        assert_eq!(counted(&breaker), (WORD, 1));
    });
}

#[test]
fn failures_that_reach_the_limit_together_trip_once() {
    for before in [0, WORD - 2, WORD - 1, WORD] {
        model(move || {
            let breaker = breaker(Builder::new().last_calls(2 * WORD).failures(2));
            fill(&breaker, GOOD, before);
            record_all(&breaker, &[FAIL, FAIL]);
            let end = breaker.snapshot(at(0));
            assert_eq!((end.state, end.generation), (State::Open, 1));
        });
    }
}

/// A failure that alone reaches the limit, beside good calls that fill the window after it.
#[test]
fn a_limit_that_was_reached_is_not_hidden_by_calls_after_it() {
    fn record(breaker: &RawBreaker, outcome: Outcome) {
        if let Ok(admission) = breaker.try_acquire(at(0)).decision.admission() {
            breaker.settle(admission, outcome, at(0));
        }
    }
    model(|| {
        let breaker = breaker(Builder::new().last_calls(2).failures(1));
        let (one, other) = (breaker.clone(), breaker.clone());
        let bad = thread::spawn(move || record(&one, FAIL));
        let good = thread::spawn(move || (0..2).for_each(|_| record(&other, GOOD)));
        bad.join().expect("no panic");
        good.join().expect("no panic");
        assert_eq!(breaker.snapshot(at(0)).state, State::Open);
    });
}

/// Two failures in a row open the circuit; the one that then comes too late for the window is one of the two.
#[test]
fn what_counted_in_a_row_has_counted() {
    model(|| {
        let limits = Builder::new().consecutive_failures(2);
        let breaker = breaker(limits.last_calls(WORD).failures(WORD));
        let threads = [(); 2].map(|()| {
            let (breaker, admission) = (breaker.clone(), admitted(&breaker, 0));
            thread::spawn(move || breaker.settle(admission, FAIL, at(0)).counted)
        });
        assert_eq!(
            threads.map(|thread| thread.join().expect("no panic")),
            [true; 2]
        );
    });
}

/// What one thread does.
type Act = Box<dyn FnOnce(&RawBreaker) + Send>;

/// A stale failure, a reset with a fresh failure, and another stale one.
fn stale_beside_a_reset(before: u32) {
    model(move || {
        let breaker = breaker(settings(2 * WORD));
        fill(&breaker, GOOD, before);
        let stale = admitted(&breaker, 0);
        let threads: [Act; 3] = [
            Box::new(move |breaker| {
                breaker.settle(stale, FAIL, at(0));
            }),
            Box::new(|breaker| {
                breaker.reset(at(0));
            }),
            Box::new(move |breaker| {
                breaker.settle(stale, FAIL, at(0));
            }),
        ];
        let threads = threads.map(|act| {
            let breaker = breaker.clone();
            thread::spawn(move || act(&breaker))
        });
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
        assert_eq!(counted(&breaker), (0, 0));
    });
}

#[test]
fn a_stale_outcome_is_not_counted_in_the_next_generation() {
    for before in [0, WORD - 1, WORD] {
        stale_beside_a_reset(before);
    }
}

#[test]
fn a_fresh_failure_is_counted_exactly_beside_a_stale_one() {
    for before in [0, WORD, 2 * WORD + 1] {
        model(move || {
            let breaker = breaker(settings(2 * WORD));
            fill(&breaker, GOOD, before);
            let stale = admitted(&breaker, 0);
            let (one, other) = (breaker.clone(), breaker.clone());
            let late = thread::spawn(move || {
                one.settle(stale, FAIL, at(0));
            });
            let fresh = thread::spawn(move || {
                other.reset(at(0));
                record(&other, FAIL);
            });
            late.join().expect("no panic");
            fresh.join().expect("no panic");
            assert_eq!(counted(&breaker), (1, 1));
        });
    }
}

/// A window of one word that is full, one of its calls a failure, so that good calls are written; `room` more fit into its hot word.
/// Whoever counts it, at any moment, must find it full.
fn full_window(room: u32) -> Shared {
    fn must_be_full(counts: &Counts) -> bool {
        assert_eq!(counts.calls, WORD);
        false
    }
    let breaker = breaker(Builder::new().last_calls(WORD).trip_when(must_be_full));
    fill(&breaker, GOOD, WORD);
    fill(&breaker, FAIL, 1);
    fill(&breaker, GOOD, WORD - 1 - room);
    breaker
}

/// Runs `one` beside a thread that records `calls` good calls, and counts what there is in the end.
fn beside_good_calls(breaker: Shared, calls: u32, one: fn(&RawBreaker)) {
    let (mine, other) = (breaker.clone(), breaker.clone());
    let one = thread::spawn(move || one(&mine));
    let other = thread::spawn(move || fill(&other, GOOD, calls));
    one.join().expect("no panic");
    other.join().expect("no panic");
    assert_eq!(counted(&breaker).0, WORD);
}

#[test]
fn a_sum_finds_the_archive_whole_while_its_slot_is_written() {
    model(|| beside_good_calls(full_window(2), 2, |breaker| record(breaker, FAIL)));
}

#[test]
fn a_snapshot_finds_the_archive_whole_while_its_slot_is_written() {
    model(|| {
        beside_good_calls(full_window(0), 1, |breaker| {
            assert_eq!(counted(breaker).0, WORD)
        })
    });
}

#[test]
fn a_snapshot_finds_the_archive_whole_when_it_went_on_twice() {
    model(|| {
        beside_good_calls(full_window(1), 2 + WORD, |breaker| {
            assert_eq!(counted(breaker).0, WORD)
        })
    });
}

#[test]
fn a_sum_finds_the_archive_whole_when_it_went_on_twice() {
    few_preemptions(|| {
        beside_good_calls(full_window(2), 2 + WORD, |breaker| record(breaker, FAIL))
    });
}

/// The calls of the old generation were good, those of the new one fail, and reuse its slot.
#[test]
fn a_snapshot_counts_no_later_generation() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(&breaker, GOOD, 2 * WORD - 1);
        let generation = breaker.snapshot(at(0)).generation;
        let (reader, other) = (breaker.clone(), breaker.clone());
        let reader = thread::spawn(move || {
            let seen = reader.snapshot(at(0));
            assert!(seen.generation != generation || seen.counts.failures == 0);
        });
        let other = thread::spawn(move || {
            other.reset(at(0));
            fill(&other, FAIL, WORD + 1);
        });
        reader.join().expect("no panic");
        other.join().expect("no panic");
    });
}

#[test]
fn a_paused_copy_does_not_overwrite_a_later_one() {
    few_preemptions(|| {
        beside_good_calls(full_window(0), 2 + WORD, |breaker| record(breaker, FAIL))
    });
}
