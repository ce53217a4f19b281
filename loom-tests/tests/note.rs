//! The notes of the newest transition: a winner that was paused never overwrites the notes of a
//! later one.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::{Admission, Engine};
use tripword::{Builder, Cause, Nanos, Transition};

fn trip(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.trip(&at(1)).into_iter().collect()
}

fn half_open(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.half_open(&at(2)).into_iter().collect()
}

fn half_open_and_trip(engine: Engine<'_>, admission: Admission) -> Vec<Transition> {
    let mut made = half_open(engine, admission);
    made.extend(engine.trip(&at(3)));
    made
}

fn close(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.close(&at(3)).into_iter().collect()
}

/// Once all winners are done, the notes are those of the newest transition.
fn assert_newest_noted(actions: &'static [Action]) {
    model(move || {
        let breaker = breaker(Builder::new());
        let admission = admitted(breaker.engine(), 0);
        let made = race(&breaker, admission, actions);
        let end = breaker.engine().snapshot(&at(4));
        let newest = made.iter().max_by_key(|transition| transition.generation);
        assert_eq!(end.since, newest.map(|transition| transition.at));
        assert_eq!(end.cause, newest.map(|_| Cause::Manual));
    });
}

#[test]
fn two_winners() {
    assert_newest_noted(&[trip, half_open]);
}

#[test]
fn three_winners() {
    assert_newest_noted(&[trip, half_open, close]);
}

/// Two of the three moves are into the same state.
#[test]
fn a_winner_that_was_paused_while_others_came_back_to_its_state() {
    assert_newest_noted(&[trip, half_open_and_trip]);
}

/// A note may be missing, but never stands for another generation than the one that it is shown
/// with.
#[test]
fn a_snapshot_shows_no_note_of_another_generation() {
    model(|| {
        let breaker = breaker(Builder::new());
        let reader = spawn(&breaker, |engine| {
            let seen = engine.snapshot(&at(4));
            let begun = (seen.generation > 0).then(|| Nanos::from_millis(seen.generation.into()));
            assert!(seen.since.is_none() || seen.since == begun, "{seen:?}");
        });
        // Generation 1 begins at 1 ms, generation 2 at 2 ms.
        let writer = spawn(&breaker, |engine| {
            engine.trip(&at(1));
            engine.half_open(&at(2));
        });
        join([reader, writer]);
    });
}
