//! The window of calls: no outcome is lost or doubled across a hand-over, and skipping good calls
//! loses no failure.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::Engine;
use tripword::{Builder, Counts, Outcome, State};

/// Calls in a full word, which is small in a model.
const WORD: u32 = 4;

fn settings(calls: u32) -> Builder {
    Builder::new().last_calls(calls).trip_when(|_| false)
}

fn record(engine: Engine<'_>, outcome: Outcome) {
    let admission = admitted(engine, 0);
    engine.settle(admission, outcome, &at(0));
}

fn fill(engine: Engine<'_>, outcome: Outcome, calls: u32) {
    for _ in 0..calls {
        record(engine, outcome);
    }
}

/// Records each of `outcomes` in a thread of its own.
fn record_all(breaker: &Shared, outcomes: &[Outcome]) {
    let start = |&outcome: &Outcome| spawn(breaker, move |engine| record(engine, outcome));
    let threads: Vec<_> = outcomes.iter().map(start).collect();
    join(threads);
}

fn counted(engine: Engine<'_>) -> (u32, u32) {
    let Counts { calls, failures, .. } = engine.snapshot(&at(0)).counts;
    (calls, failures)
}

const FAIL: Outcome = Outcome::Failure;
const GOOD: Outcome = Outcome::Success;

#[test]
fn nothing_is_lost_or_doubled_across_a_hand_over() {
    model(|| {
        let breaker = breaker(settings(2 * WORD));
        fill(breaker.engine(), GOOD, WORD - 1);
        record_all(&breaker, &[FAIL, FAIL]);
        assert_eq!(counted(breaker.engine()), (WORD + 1, 2));
    });
}

#[test]
fn nothing_is_lost_or_doubled_by_three_at_a_hand_over() {
    model(|| {
        let breaker = breaker(settings(2 * WORD));
        fill(breaker.engine(), FAIL, WORD);
        record_all(&breaker, &[FAIL, GOOD, FAIL]);
        assert_eq!(counted(breaker.engine()), (WORD + 3, WORD + 2));
    });
}

#[test]
fn a_window_of_one_word_is_exact_when_its_slot_is_written_again() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(breaker.engine(), GOOD, WORD);
        fill(breaker.engine(), FAIL, WORD - 1);
        record_all(&breaker, &[GOOD, FAIL, GOOD]);
        assert_eq!(counted(breaker.engine()), (WORD, WORD - 2));
    });
}

#[test]
fn the_skip_of_good_calls_loses_no_failure() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(breaker.engine(), GOOD, 2 * WORD);
        record_all(&breaker, &[GOOD, FAIL, GOOD]);
        assert_eq!(counted(breaker.engine()), (WORD, 1));
    });
}

#[test]
fn failures_that_reach_the_limit_together_trip_once() {
    for before in [0, WORD - 2, WORD - 1, WORD] {
        model(move || {
            let breaker = breaker(Builder::new().last_calls(2 * WORD).failures(2));
            fill(breaker.engine(), GOOD, before);
            record_all(&breaker, &[FAIL, FAIL]);
            let end = breaker.engine().snapshot(&at(0));
            assert_eq!((end.state, end.generation), (State::Open, 1));
        });
    }
}

/// A failure that alone reaches the limit, beside good calls that fill the window after it.
#[test]
fn a_limit_that_was_reached_is_not_hidden_by_calls_after_it() {
    fn record(engine: Engine<'_>, outcome: Outcome) {
        if let Some(admission) = try_admit(engine, 0) {
            engine.settle(admission, outcome, &at(0));
        }
    }
    model(|| {
        let breaker = breaker(Builder::new().last_calls(2).failures(1));
        let bad = spawn(&breaker, |engine| record(engine, FAIL));
        let good = spawn(&breaker, |engine| {
            for _ in 0..2 {
                record(engine, GOOD);
            }
        });
        join([bad, good]);
        assert_eq!(breaker.engine().snapshot(&at(0)).state, State::Open);
    });
}

/// Two failures in a row open the circuit; one of the two may come too late for the window.
#[test]
fn a_failure_that_counted_in_a_row_is_reported_as_counted() {
    model(|| {
        let limits = Builder::new().consecutive_failures(2);
        let breaker = breaker(limits.last_calls(WORD).failures(WORD));
        let threads = [(); 2].map(|()| {
            let admission = admitted(breaker.engine(), 0);
            spawn(&breaker, move |engine| {
                let (settlement, _) = engine.settle(admission, FAIL, &at(0));
                settlement.counted
            })
        });
        assert_eq!(join(threads), [true; 2]);
    });
}

/// Two threads with stale failures, and a reset between them.
fn stale_beside_a_reset(before: u32) {
    model(move || {
        let breaker = breaker(settings(2 * WORD));
        fill(breaker.engine(), GOOD, before);
        let stale = admitted(breaker.engine(), 0);
        let threads = [
            spawn(&breaker, move |engine| {
                engine.settle(stale, FAIL, &at(0));
                engine.settle(stale, FAIL, &at(0));
            }),
            spawn(&breaker, |engine| {
                engine.reset(&at(0));
            }),
            spawn(&breaker, move |engine| {
                engine.settle(stale, FAIL, &at(0));
            }),
        ];
        join(threads);
        assert_eq!(counted(breaker.engine()), (0, 0));
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
            fill(breaker.engine(), GOOD, before);
            let stale = admitted(breaker.engine(), 0);
            let late = spawn(&breaker, move |engine| {
                engine.settle(stale, FAIL, &at(0));
            });
            let fresh = spawn(&breaker, |engine| {
                engine.reset(&at(0));
                record(engine, FAIL);
            });
            join([late, fresh]);
            assert_eq!(counted(breaker.engine()), (1, 1));
        });
    }
}

/// Makes a full window of one word, one of whose calls failed, so that good calls are written; its
/// hot word has room for `room` more. A reader must find the window full at any moment.
fn full_window(room: u32) -> Shared {
    fn must_be_full(counts: &Counts) -> bool {
        assert_eq!(counts.calls, WORD);
        false
    }
    let breaker = breaker(Builder::new().last_calls(WORD).trip_when(must_be_full));
    fill(breaker.engine(), GOOD, WORD);
    fill(breaker.engine(), FAIL, 1);
    fill(breaker.engine(), GOOD, WORD - 1 - room);
    breaker
}

/// Runs `work` beside a thread that records `calls` good calls; the window must be full in the end.
fn beside_good_calls(breaker: Shared, calls: u32, work: fn(Engine<'_>)) {
    let worker = spawn(&breaker, work);
    let recorder = spawn(&breaker, move |engine| fill(engine, GOOD, calls));
    join([worker, recorder]);
    assert_eq!(counted(breaker.engine()).0, WORD);
}

fn fail(engine: Engine<'_>) {
    record(engine, FAIL);
}

fn find_full(engine: Engine<'_>) {
    assert_eq!(counted(engine).0, WORD);
}

#[test]
fn a_sum_finds_the_archive_whole_while_its_slot_is_written() {
    model(|| beside_good_calls(full_window(2), 2, fail));
}

#[test]
fn a_snapshot_finds_the_archive_whole_while_its_slot_is_written() {
    model(|| beside_good_calls(full_window(0), 1, find_full));
}

#[test]
fn a_snapshot_finds_the_archive_whole_when_it_went_on_twice() {
    model(|| beside_good_calls(full_window(1), 2 + WORD, find_full));
}

#[test]
fn a_sum_finds_the_archive_whole_when_it_went_on_twice() {
    few_preemptions(|| beside_good_calls(full_window(2), 2 + WORD, fail));
}

/// The calls of the old generation were good, those of the new one fail and reuse its slot.
#[test]
fn a_snapshot_counts_no_later_generation() {
    model(|| {
        let breaker = breaker(settings(WORD));
        fill(breaker.engine(), GOOD, 2 * WORD - 1);
        let generation = breaker.engine().snapshot(&at(0)).generation;
        let reader = spawn(&breaker, move |engine| {
            let seen = engine.snapshot(&at(0));
            assert!(seen.generation != generation || seen.counts.failures == 0);
        });
        let writer = spawn(&breaker, |engine| {
            engine.reset(&at(0));
            fill(engine, FAIL, WORD + 1);
        });
        join([reader, writer]);
    });
}

#[test]
fn a_paused_copy_does_not_overwrite_a_later_one() {
    few_preemptions(|| beside_good_calls(full_window(0), 2 + WORD, fail));
}
