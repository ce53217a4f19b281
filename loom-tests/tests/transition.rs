//! Any two causes of a transition race: each has one winner, begins one generation, and is returned
//! once.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::{Admission, Engine};
use tripword::{Builder, Mode, Outcome, State, Transition};

const OPEN_FOR: u64 = 1_000;
const LATER: u64 = 100_000;

fn settings() -> Builder {
    Builder::new()
        .consecutive_failures(1)
        .open_duration(millis(OPEN_FOR))
        .probe_lease(Some(millis(64)))
}

fn settle(engine: Engine<'_>, admission: Admission, outcome: Outcome) -> Vec<Transition> {
    let (_, transition) = engine.settle(admission, outcome, &at(LATER));
    transition.into_iter().collect()
}

fn fail(engine: Engine<'_>, admission: Admission) -> Vec<Transition> {
    settle(engine, admission, Outcome::Failure)
}

fn succeed(engine: Engine<'_>, admission: Admission) -> Vec<Transition> {
    settle(engine, admission, Outcome::Success)
}

/// Finds a deadline reached or a lease expired, and settles at once what it was admitted to.
fn call(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    let (decision, transition) = engine.admit(&at(LATER));
    let mut made: Vec<_> = transition.into_iter().collect();
    if let Ok(admission) = decision.admission() {
        made.extend(succeed(engine, admission));
    }
    made
}

fn trip(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.trip(&at(LATER)).into_iter().collect()
}

fn half_open(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.half_open(&at(LATER)).into_iter().collect()
}

fn close(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.close(&at(LATER)).into_iter().collect()
}

fn shadow(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.set_mode(Mode::Shadow);
    Vec::new()
}

const ACTIONS: [Action; 7] = [fail, succeed, call, trip, half_open, close, shadow];

/// Races every pair of actions from the state that `prepare` makes; it returns the admission that
/// is in flight.
fn race_all_pairs(prepare: fn(Engine<'_>) -> Admission) {
    for (i, &first) in ACTIONS.iter().enumerate() {
        for &second in &ACTIONS[i..] {
            model(move || {
                let breaker = breaker(settings());
                let admission = prepare(breaker.engine());
                let generation = breaker.engine().snapshot(&at(LATER)).generation;
                let made = race(&breaker, admission, &[first, second]);
                assert_chain(made, generation, breaker.engine().snapshot(&at(LATER)));
            });
        }
    }
}

#[test]
fn pairs_from_closed() {
    race_all_pairs(|engine| admitted(engine, 0));
}

#[test]
fn pairs_from_open_with_its_deadline_reached() {
    race_all_pairs(|engine| {
        let stale = admitted(engine, 0);
        engine.trip(&at(0));
        stale
    });
}

#[test]
fn pairs_from_half_open_with_a_probe_whose_lease_is_over() {
    race_all_pairs(|engine| {
        engine.half_open(&at(0));
        admitted(engine, 0)
    });
}

#[test]
fn three_failures_at_the_threshold_trip_once() {
    model(|| {
        let breaker = breaker(settings().consecutive_failures(3));
        let admission = admitted(breaker.engine(), 0);
        let made = race(&breaker, admission, &[fail, fail, fail]);
        assert_eq!(made.len(), 1);
    });
}

#[test]
fn resets_raise_the_generation_once_each() {
    fn reset(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
        engine.reset(&at(LATER)).into_iter().collect()
    }
    model(|| {
        let breaker = breaker(settings());
        let admission = admitted(breaker.engine(), 0);
        let made = race(&breaker, admission, &[reset, reset, fail]);
        let trips = made.iter().filter(|transition| transition.to == State::Open);
        let moves = 2 + trips.count();
        let end = breaker.engine().snapshot(&at(LATER));
        assert_eq!(usize::from(end.generation), moves);
    });
}
