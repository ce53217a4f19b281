//! An outcome of an older generation changes no state, no count and no slot, whatever the interleaving.

use tripword::raw::{Admission, RawBreaker};
use tripword::{Builder, Outcome, State, Transition};
use tripword_loom_tests::*;

const NOW: u64 = 100_000;

fn settle_stale(breaker: &RawBreaker, stale: Admission) -> Vec<Transition> {
    for outcome in [Outcome::Failure, Outcome::Success] {
        breaker.settle(stale, outcome, at(NOW));
    }
    Vec::new()
}

fn settle_stale_for(breaker: &RawBreaker, stale: Admission) -> Vec<Transition> {
    breaker.settle_failure_for(stale, millis(5), at(NOW));
    Vec::new()
}

fn one_fresh_failure(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    let fresh = admitted(breaker, NOW);
    breaker.settle(fresh, Outcome::Failure, at(NOW));
    Vec::new()
}

#[test]
fn it_does_not_count_in_the_next_closed_generation() {
    model(|| {
        let breaker = breaker(Builder::new().consecutive_failures(2));
        let stale = admitted(&breaker, 0);
        breaker.reset(at(0));
        race(
            &breaker,
            stale,
            &[settle_stale, one_fresh_failure, settle_stale_for],
        );
        let end = breaker.snapshot(at(NOW));
        assert_eq!((end.state, end.consecutive_failures), (State::Closed, 1));
    });
}

/// Probes once, successfully, and so closes.
fn probe(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    let probe = admitted(breaker, NOW);
    assert!(probe.is_probe());
    breaker.settle(probe, Outcome::Success, at(NOW));
    Vec::new()
}

#[test]
fn it_does_not_touch_half_open_or_what_follows() {
    model(|| {
        let breaker = breaker(Builder::new());
        let stale = admitted(&breaker, 0);
        breaker.half_open(at(0));
        race(&breaker, stale, &[settle_stale, probe]);
        let end = breaker.snapshot(at(NOW));
        assert_eq!(
            (end.state, end.generation, end.consecutive_failures),
            (State::Closed, 2, 0)
        );
    });
}
