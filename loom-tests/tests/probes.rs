//! Never more probes in flight than allowed, also where open turns half-open; every slot comes
//! back.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use tripword::raw::{Admission, Engine};
use tripword::{Builder, LeaseExpiry, Outcome, Probes, State, Transition};

const NOW: u64 = 100_000;

fn settings(probes: Probes) -> Builder {
    Builder::new().open_duration(millis(1)).probes(probes)
}

/// Returns how many of `callers` are admitted at once.
fn admitted_of(breaker: &Shared, callers: usize) -> usize {
    let start = |_| spawn(breaker, |engine| try_admit(engine, NOW).is_some());
    let callers: Vec<_> = (0..callers).map(start).collect();
    join(callers).into_iter().filter(|&admitted| admitted).count()
}

/// Returns how many of three callers are admitted to a breaker that `prepare` made ready to be
/// probed.
fn admitted_of_three(probes: Probes, prepare: fn(Engine<'_>)) -> usize {
    let breaker = breaker(settings(probes));
    prepare(breaker.engine());
    admitted_of(&breaker, 3)
}

fn open(engine: Engine<'_>) {
    engine.trip(&at(0));
}

fn half_open(engine: Engine<'_>) {
    engine.half_open(&at(0));
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
    let probes = Probes::new().max_probes(3).successes_to_close(3);
    let one_succeeded = |engine: Engine<'_>| {
        half_open(engine);
        let probe = admitted(engine, 0);
        engine.settle(probe, Outcome::Success, &at(0));
    };
    model(move || assert_eq!(admitted_of_three(probes, one_succeeded), 2));
}

fn probe_and_ignore(engine: Engine<'_>, _: Admission) -> Vec<Transition> {
    if let Some(probe) = try_admit(engine, NOW) {
        engine.settle(probe, Outcome::Ignored, &at(NOW));
    }
    Vec::new()
}

fn settle_late(engine: Engine<'_>, late: Admission) -> Vec<Transition> {
    let (_, transition) = engine.settle(late, Outcome::Success, &at(NOW));
    transition.into_iter().collect()
}

#[test]
fn every_slot_comes_back_and_a_late_probe_takes_none() {
    model(|| {
        let probes = Probes::new().max_probes(2).successes_to_close(3);
        let breaker = breaker(settings(probes));
        half_open(breaker.engine());
        let late = admitted(breaker.engine(), 0);
        breaker.engine().trip(&at(0));
        half_open(breaker.engine());
        let made = race(&breaker, late, &[probe_and_ignore, settle_late, probe_and_ignore]);
        assert_eq!(made, []);
        let end = breaker.engine().snapshot(&at(NOW));
        assert_eq!(
            (end.state, end.probes.in_flight, end.probes.successes),
            (State::HalfOpen, 0, 0)
        );
    });
}

#[test]
fn one_caller_only_gives_up_an_expired_lease() {
    model(|| {
        let breaker = breaker(
            settings(Probes::new())
                .probe_lease(Some(millis(64)))
                .lease_expiry(LeaseExpiry::Reprobe),
        );
        half_open(breaker.engine());
        let hung = admitted(breaker.engine(), 0);
        assert_eq!(admitted_of(&breaker, 2), 1);
        let (settlement, _) = breaker.engine().settle(hung, Outcome::Success, &at(NOW));
        assert!(!settlement.counted);
        assert_eq!(breaker.engine().snapshot(&at(NOW)).probes.in_flight, 1);
    });
}
