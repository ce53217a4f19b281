//! Any two causes of a transition race: one winner each, one generation each, each told once.

use tripword::raw::{Admission, RawBreaker};
use tripword::{Builder, Mode, Outcome, Transition};
use tripword_loom_tests::*;

const OPEN_FOR: u64 = 1_000;
const LATER: u64 = 100_000;

fn settings() -> Builder {
    Builder::new()
        .consecutive_failures(1)
        .open_duration(millis(OPEN_FOR))
        .probe_lease(Some(millis(64)))
}

fn fail(breaker: &RawBreaker, admission: Admission) -> Vec<Transition> {
    breaker
        .settle(admission, Outcome::Failure, at(LATER))
        .transition
        .into_iter()
        .collect()
}

fn succeed(breaker: &RawBreaker, admission: Admission) -> Vec<Transition> {
    breaker
        .settle(admission, Outcome::Success, at(LATER))
        .transition
        .into_iter()
        .collect()
}

/// Finds a deadline reached or a lease expired, and settles at once what it was admitted to.
fn call(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    let acquired = breaker.try_acquire(at(LATER));
    let mut told: Vec<_> = acquired.transition.into_iter().collect();
    if let Ok(admission) = acquired.decision.admission() {
        told.extend(succeed(breaker, admission));
    }
    told
}

fn trip(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.trip(at(LATER)).into_iter().collect()
}

fn half_open(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.half_open(at(LATER)).into_iter().collect()
}

fn close(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.close(at(LATER)).into_iter().collect()
}

fn shadow(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    breaker.set_mode(Mode::Shadow);
    Vec::new()
}

const ACTIONS: [Action; 7] = [fail, succeed, call, trip, half_open, close, shadow];

/// Races every pair of actions from the state that `prepare` makes; it returns the permit that is in flight.
fn race_all_pairs(prepare: fn(&RawBreaker) -> Admission) {
    for (i, &first) in ACTIONS.iter().enumerate() {
        for &second in &ACTIONS[i..] {
            model(move || {
                let breaker = breaker(settings());
                let admission = prepare(&breaker);
                let generation = breaker.snapshot(at(LATER)).generation;
                let told = race(&breaker, admission, &[first, second]);
                assert_chain(told, generation, breaker.snapshot(at(LATER)));
            });
        }
    }
}

#[test]
fn pairs_from_closed() {
    race_all_pairs(|breaker| admitted(breaker, 0));
}

#[test]
fn pairs_from_open_with_its_deadline_reached() {
    race_all_pairs(|breaker| {
        let stale = admitted(breaker, 0);
        breaker.trip(at(0));
        stale
    });
}

#[test]
fn pairs_from_half_open_with_a_probe_whose_lease_is_over() {
    race_all_pairs(|breaker| {
        breaker.half_open(at(0));
        admitted(breaker, 0)
    });
}

#[test]
fn three_failures_at_the_threshold_trip_once() {
    model(|| {
        let breaker = breaker(settings().consecutive_failures(3));
        let admission = admitted(&breaker, 0);
        let told = race(&breaker, admission, &[fail, fail, fail]);
        assert_eq!(told.len(), 1);
    });
}

#[test]
fn resets_raise_the_generation_once_each() {
    fn reset(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
        breaker.reset(at(LATER)).into_iter().collect()
    }
    model(|| {
        let breaker = breaker(settings());
        let admission = admitted(&breaker, 0);
        let told = race(&breaker, admission, &[reset, reset, fail]);
        let moves = 2 + told
            .iter()
            .filter(|move_| move_.to == tripword::State::Open)
            .count();
        assert_eq!(usize::from(breaker.snapshot(at(LATER)).generation), moves);
    });
}
