//! Never more probes out than allowed, from open to half-open too; every slot comes back.

use tripword::raw::{Admission, RawBreaker};
use tripword::{Builder, Outcome, Probes, State, Transition};
use tripword_loom_tests::*;

const NOW: u64 = 100_000;

fn settings(probes: Probes) -> Builder {
    Builder::new().open_duration(millis(1)).probes(probes)
}

/// How many of three callers were admitted to a breaker that `prepare` made ready to be probed.
fn admitted_of_three(probes: Probes, prepare: fn(&RawBreaker)) -> usize {
    let breaker = breaker(settings(probes));
    prepare(&breaker);
    let callers: Vec<_> = (0..3)
        .map(|_| {
            let breaker = breaker.clone();
            thread::spawn(move || breaker.try_acquire(at(NOW)).decision.admission().is_ok())
        })
        .collect();
    callers
        .into_iter()
        .filter(|_| true)
        .map(|caller| caller.join().expect("no panic"))
        .filter(|&admitted| admitted)
        .count()
}

fn open(breaker: &RawBreaker) {
    breaker.trip(at(0));
}

fn half_open(breaker: &RawBreaker) {
    breaker.half_open(at(0));
}

#[test]
fn one_probe_of_three_callers_when_open_ends() {
    model(|| assert_eq!(admitted_of_three(Probes::new(), open), 1));
}

#[test]
fn two_probes_of_three_callers_when_open_ends() {
    let probes = Probes::new().max_probes(2).successes_to_close(2);
    model(move || assert_eq!(admitted_of_three(probes, open), 2));
}

#[test]
fn no_more_probes_at_once_than_allowed() {
    let probes = Probes::new().max_probes(2).successes_to_close(3);
    model(move || assert_eq!(admitted_of_three(probes, half_open), 2));
}

#[test]
fn no_more_probes_than_can_still_matter() {
    let probes = Probes::new().max_probes(3);
    model(move || assert_eq!(admitted_of_three(probes, half_open), 1));
}

fn probe_and_ignore(breaker: &RawBreaker, _: Admission) -> Vec<Transition> {
    if let Ok(probe) = breaker.try_acquire(at(NOW)).decision.admission() {
        breaker.settle(probe, Outcome::Ignored, at(NOW));
    }
    Vec::new()
}

fn settle_late(breaker: &RawBreaker, late: Admission) -> Vec<Transition> {
    breaker
        .settle(late, Outcome::Success, at(NOW))
        .transition
        .into_iter()
        .collect()
}

#[test]
fn every_slot_comes_back_and_a_late_probe_takes_none() {
    model(|| {
        let probes = Probes::new().max_probes(2).successes_to_close(3);
        let breaker = breaker(settings(probes));
        breaker.half_open(at(0));
        let late = admitted(&breaker, 0);
        breaker.trip(at(0));
        breaker.half_open(at(0));
        let told = race(
            &breaker,
            late,
            &[probe_and_ignore, settle_late, probe_and_ignore],
        );
        assert_eq!(told, []);
        let end = breaker.snapshot(at(NOW));
        assert_eq!(
            (end.state, end.probes.in_flight, end.probes.successes),
            (State::HalfOpen, 0, 0)
        );
    });
}

#[test]
fn a_lease_is_given_up_by_one_caller_only() {
    model(|| {
        let breaker = breaker(
            settings(Probes::new())
                .probe_lease(Some(millis(64)))
                .lease_expiry(tripword::LeaseExpiry::Reprobe),
        );
        breaker.half_open(at(0));
        let hung = admitted(&breaker, 0);
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let breaker = breaker.clone();
                thread::spawn(move || breaker.try_acquire(at(NOW)).decision.admission().is_ok())
            })
            .collect();
        let admitted = callers
            .into_iter()
            .map(|caller| caller.join().expect("no panic"))
            .filter(|&admitted| admitted)
            .count();
        assert_eq!(admitted, 1);
        assert!(!breaker.settle(hung, Outcome::Success, at(NOW)).counted);
        assert_eq!(breaker.snapshot(at(NOW)).probes.in_flight, 1);
    });
}
