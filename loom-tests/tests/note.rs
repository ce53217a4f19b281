//! The notes of the newest transition: a winner that was paused never overwrites what a later one wrote.

use tripword::raw::{Admission, RawBreaker};
use tripword::{Builder, Cause, Nanos, Transition};
use tripword_loom_tests::*;

fn trip(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.trip(at(1)).into_iter().collect()
}

fn half_open(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.half_open(at(2)).into_iter().collect()
}

fn half_open_and_trip(breaker: &RawBreaker, admission: Admission) -> Vec<Transition> {
    let mut told = half_open(breaker, admission);
    told.extend(breaker.trip(at(3)));
    told
}

fn close(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.close(at(3)).into_iter().collect()
}

/// Once all winners are done, the notes are those of the newest transition.
fn assert_newest_noted(actions: &'static [Action]) {
    model(move || {
        let breaker = breaker(Builder::new());
        let admission = admitted(&breaker, 0);
        let told = race(&breaker, admission, actions);
        let end = breaker.snapshot(at(4));
        let newest = told.iter().max_by_key(|transition| transition.generation);
        assert_eq!(end.since, newest.map(|transition| transition.at));
        assert_eq!(end.cause, newest.map(|_| Cause::ByHand));
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

/// A note may be missing, but never stands for another generation than the one that it is shown with.
#[test]
fn a_snapshot_shows_no_note_of_another_generation() {
    model(|| {
        let breaker = breaker(Builder::new());
        let (reader, other) = (breaker.clone(), breaker.clone());
        let reader = thread::spawn(move || {
            let seen = reader.snapshot(at(4));
            let begun = (seen.generation > 0).then(|| Nanos::from_millis(seen.generation.into()));
            assert!(seen.since.is_none() || seen.since == begun, "{seen:?}");
        });
        // Generation 1 begins at 1 ms, generation 2 at 2 ms.
        let other = thread::spawn(move || {
            other.trip(at(1));
            other.half_open(at(2));
        });
        reader.join().expect("no panic");
        other.join().expect("no panic");
    });
}
