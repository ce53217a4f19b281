//! An outcome of an older generation changes no state, no count and no slot, in any interleaving.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::{Admission, Engine};
use tripword::{Builder, Outcome, State, Transition};

const NOW: u64 = 100_000;

fn settle_stale(engine: Engine<'_>, stale: Admission) -> Vec<Transition> {
    for outcome in [Outcome::Failure, Outcome::Success] {
        engine.settle(stale, outcome, &at(NOW));
    }
    Vec::new()
}

fn settle_stale_with_a_wait(engine: Engine<'_>, stale: Admission) -> Vec<Transition> {
    engine.settle(stale, Outcome::RetryAfter(millis(5)), &at(NOW));
    Vec::new()
}

fn one_fresh_failure(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    let fresh = admitted(engine, NOW);
    engine.settle(fresh, Outcome::Failure, &at(NOW));
    Vec::new()
}

#[test]
fn it_does_not_count_in_the_next_closed_generation() {
    model(|| {
        let breaker = breaker(Builder::new().consecutive_failures(2));
        let stale = admitted(breaker.engine(), 0);
        breaker.engine().reset(&at(0));
        race(&breaker, stale, &[settle_stale, one_fresh_failure, settle_stale_with_a_wait]);
        let end = breaker.engine().snapshot(&at(NOW));
        assert_eq!((end.state, end.consecutive_failures), (State::Closed, 1));
    });
}

/// Begins the next generation, with a failure in its window.
fn reset_and_fail(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    engine.reset(&at(NOW));
    one_fresh_failure(engine, admitted(engine, NOW))
}

fn settle_a_late_success(engine: Engine<'_>, stale: Admission) -> Vec<Transition> {
    engine.settle(stale, Outcome::Success, &at(NOW));
    Vec::new()
}

/// The good call finds its own generation, and then the hot word of the next one.
#[test]
fn a_success_does_not_count_in_the_window_of_the_next_generation() {
    model(|| {
        let breaker = breaker(Builder::new().last_calls(4).failures(4));
        let stale = admitted(breaker.engine(), 0);
        // So that a good call has to be written.
        breaker.engine().settle(stale, Outcome::Failure, &at(0));
        race(&breaker, stale, &[settle_a_late_success, reset_and_fail]);
        let counts = breaker.engine().snapshot(&at(NOW)).counts;
        assert_eq!((counts.calls, counts.failures), (1, 1));
    });
}

/// Probes once, successfully, which closes the circuit.
fn probe(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    let probe = admitted(engine, NOW);
    assert!(probe.is_probe());
    engine.settle(probe, Outcome::Success, &at(NOW));
    Vec::new()
}

#[test]
fn it_does_not_touch_half_open_or_what_follows() {
    model(|| {
        let breaker = breaker(Builder::new());
        let stale = admitted(breaker.engine(), 0);
        breaker.engine().half_open(&at(0));
        race(&breaker, stale, &[settle_stale, probe]);
        let end = breaker.engine().snapshot(&at(NOW));
        assert_eq!((end.state, end.generation, end.consecutive_failures), (State::Closed, 2, 0));
    });
}
