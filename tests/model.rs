//! The real breaker against the oracle: random operations and random time on both, compared after
//! each.
//!
//! `PROPTEST_CASES` sets the number of sequences (default 10,000), `PROPTEST_RNG_SEED` repeats
//! those of a run that failed.

use crate::cases::engine::case;
use crate::cases::{Case, Op, Settling, agree, check_visits, is_transition, run_config};
use oracle::{Event, Oracle, Probes, Ramp, Refusal};
use proptest::prelude::*;
use std::time::Duration;
use tripword::{Builder, Cause, ManualClock, Nanos, Outcome, Settlement, State};

const SEQUENCES: u32 = 10_000;

#[test]
fn the_breaker_is_as_the_oracle_says() {
    agree(SEQUENCES, &case());
}

/// Both at the largest limits that probes have: 254 of each result decide nothing, and one more
/// probe may be out.
#[test]
fn the_largest_limits_of_probes() {
    let probes = Probes::new(255, 255, 255);
    let one_of_each = [Op::call(Outcome::Success), Op::call(Outcome::Failure)];
    for last in [Settling::Success, Settling::Failure] {
        let mut ops = one_of_each.repeat(254);
        ops.extend([Op::Acquire { owned: false }; 2]);
        ops.extend([Op::HalfOpen, Op::Settle(0, last)]);
        half_open(probes, ops).check();
        let mut ops = vec![Op::Acquire { owned: false }; 256];
        ops.extend([Op::Settle(0, last); 256]);
        half_open(probes, ops).check();
    }
}

fn half_open(probes: Probes, ops: Vec<Op>) -> Case {
    let mut case = Case::new(ops);
    case.settings.probes = probes;
    case.settings.start = State::HalfOpen;
    case
}

#[test]
fn the_largest_number_of_failures() {
    let mut case = Case::new(vec![Op::call(Outcome::Failure); 65_536]);
    case.settings.policy.consecutive_failures = Some(65_535);
    case.check();
}

/// A sample is two limits, which follow from its size and its rate.
#[test]
fn a_sample_of_probes_opens_at_its_rate_and_closes_when_that_is_out_of_reach() {
    let rates = [1_u32, 70_000, 290_000, 333_333, 333_334, 500_000, 666_667, 1_000_000];
    for (size, rate) in (1..=255_u32).flat_map(|size| rates.map(|rate| (size, rate))) {
        let sample = tripword::Probes::sample(size, f64::from(rate) / 1e6);
        let builder = Builder::new().probes(sample).start(State::HalfOpen);
        let breaker = builder.build_with(ManualClock::new());
        let probes = breaker.expect("valid settings").snapshot().probes;
        let failures = (u64::from(size) * u64::from(rate)).div_ceil(1_000_000) as u32;
        let limits = (probes.successes_to_close.into(), probes.failures_to_open.into());
        assert_eq!(limits, (size - failures + 1, failures), "{size} by {rate}");
    }
}

/// As many failures of a sample as were written open, and one less does not.
#[test]
fn a_sample_whose_rate_is_a_fraction_opens_at_its_numerator() {
    for (of, part) in (1..=255_u32).flat_map(|of| (1..=of).map(move |part| (of, part))) {
        let (k, n) = (f64::from(part), f64::from(of));
        for rate in [k / n, 100.0 * k / n / 100.0, (k / n * 1e10).round() / 1e10] {
            let builder = Builder::new().probes(tripword::Probes::sample(of, rate));
            let breaker = builder.start(State::HalfOpen).build_with(ManualClock::new());
            let probes = breaker.expect("valid settings").snapshot().probes;
            assert_eq!(u32::from(probes.failures_to_open), part, "{part} of {of}");
            assert_eq!(u32::from(probes.successes_to_close), of - part + 1);
        }
    }
}

/// Ticket 88 hashes to 386,991 millionths on the spot: to a share of just so much it does not
/// belong, to one more it does.
#[test]
fn the_edge_of_a_share() {
    for from in 386_991..=386_992 {
        let mut case = half_open(Probes::new(1, 1, 1), vec![Op::call(Outcome::Success); 100]);
        let over = Duration::from_secs(60);
        case.settings.ramp = Some(Ramp { from, over });
        case.check();
    }
}

/// A model that reaches nothing would agree with everything.
#[test]
fn the_model_reaches_everything() {
    check_visits(3_000, &[case().boxed()], PLACES, visit);
}

fn visit(oracle: &Oracle, visit: &mut dyn FnMut(String)) {
    oracle.events.iter().map(place).for_each(&mut *visit);
    let moved = oracle.events.iter().any(is_transition);
    if moved && oracle.snapshot().streak == 15 {
        visit("streak at its end".into());
    }
}

fn place(event: &Event) -> String {
    match *event {
        Event::Transition(moved) => {
            format!("{} -> {}: {}", moved.from, moved.to, plain(moved.cause))
        }
        Event::Rejected(refusal) => refused(refusal),
        Event::Outcome(settlement) => settled(settlement),
        Event::Mode(from, to) => format!("{from} to {to}"),
    }
}

fn plain(cause: Cause) -> String {
    match cause {
        Cause::Tripped(_) => "Tripped".into(),
        cause => format!("{cause:?}"),
    }
}

fn settled(settlement: Settlement) -> String {
    let outcome = match settlement.outcome {
        Outcome::RetryAfter(_) => "RetryAfter".into(),
        outcome => format!("{outcome:?}"),
    };
    let counted = if settlement.counted { " counted" } else { "" };
    format!("{outcome}{counted}")
}

fn refused(refusal: Refusal) -> String {
    let until = refusal.retry_after.map_or("", |_| " for a time");
    let shadowed = if refusal.shadowed { ", shadowed" } else { "" };
    format!("{:?}{until}{shadowed}", refusal.reason)
}

/// Every event of a breaker.
const PLACES: &[&str] = &[
    "closed -> open: Tripped",
    "closed -> open: RetryAfter",
    "closed -> open: Manual",
    "closed -> half-open: Manual",
    "open -> half-open: DeadlineReached",
    "open -> half-open: Manual",
    "open -> closed: Manual",
    "half-open -> open: ProbesFailed",
    "half-open -> open: RetryAfter",
    "half-open -> open: LeaseExpired",
    "half-open -> open: Manual",
    "half-open -> half-open: LeaseExpired",
    "half-open -> closed: ProbesSucceeded",
    "half-open -> closed: Manual",
    "half-open -> recovering: ProbesSucceeded",
    "recovering -> open: Tripped",
    "recovering -> open: RetryAfter",
    "recovering -> open: Manual",
    "recovering -> half-open: Manual",
    "recovering -> closed: RampCompleted",
    "recovering -> closed: Manual",
    "Open",
    "Open, shadowed",
    "Open for a time",
    "Open for a time, shadowed",
    "ProbesBusy",
    "ProbesBusy, shadowed",
    "ProbesBusy for a time",
    "ProbesBusy for a time, shadowed",
    "Recovering for a time",
    "Recovering for a time, shadowed",
    "ForcedOpen",
    "Success counted",
    "Success",
    "Failure counted",
    "Failure",
    "RetryAfter counted",
    "RetryAfter",
    "Ignored",
    "normal to force-open",
    "normal to force-closed",
    "normal to shadow",
    "force-open to normal",
    "force-open to force-closed",
    "force-open to shadow",
    "force-closed to normal",
    "force-closed to force-open",
    "force-closed to shadow",
    "shadow to normal",
    "shadow to force-open",
    "shadow to force-closed",
    "streak at its end",
];

// Jitter, which the model leaves out.

/// How long a breaker opens for, at a moment of its clock, in its `generation`.
fn first_wait(builder: Builder, now: Nanos, generation: u16) -> Option<Duration> {
    let breaker = builder.build_with(ManualClock::at(now)).expect("valid settings");
    for _ in 1..generation {
        breaker.reset();
    }
    breaker.trip();
    breaker.snapshot().remaining
}

fn jittered(per_million: u32, seed: u64, wait: Duration) -> Builder {
    let share = f64::from(per_million) / 1e6;
    Builder::new().open_duration(wait).jitter(share).seed(seed)
}

proptest! {
    #![proptest_config(run_config(1_000))]

    #[test]
    fn jitter_shortens_by_its_share_at_most(
        part in 0..=1_000_000_u32,
        seed: u64,
        wait in (0..=(9 * 365 * 86_400_000_u64)).prop_map(Duration::from_millis),
        now in (0..=1u64 << 60).prop_map(Nanos::from_nanos),
        generation in 1..50_u16,
    ) {
        let builder = jittered(part, seed, wait);
        let rest = first_wait(builder, now, generation).expect("an end");
        let least = wait.as_nanos() * u128::from(1_000_000 - part) / 1_000_000;
        let rounded_up = wait + Duration::from_millis(1);
        prop_assert!(least <= rest.as_nanos() && rest < rounded_up, "{rest:?}");
        prop_assert_eq!(first_wait(builder, now, generation), Some(rest), "same seed");
    }
}

#[test]
fn jitter_spreads_over_its_share() {
    let wait = Duration::from_secs(1_000);
    let open_for = |seed, generation| {
        let rest = first_wait(jittered(500_000, seed, wait), Nanos::ZERO, generation);
        rest.expect("an end").as_secs()
    };
    for tenth in 0..10 {
        let part = 500 + 50 * tenth..550 + 50 * tenth;
        let seeds = (0..1_000).filter(|&seed| part.contains(&open_for(seed, 1)));
        let generations = (1..1_000).filter(|&generation| part.contains(&open_for(7, generation)));
        assert!((60..140).contains(&seeds.count()), "seeds, {part:?}");
        assert!((60..140).contains(&generations.count()), "generations, {part:?}");
    }
}

/// How long a breaker opens for when the dependency asks for `wait`.
fn wait_as_asked(builder: Builder, wait: Duration) -> Option<Duration> {
    let breaker = builder.build_with(ManualClock::new()).expect("valid settings");
    let permit = breaker.try_acquire().expect("closed");
    permit.settle(Outcome::RetryAfter(wait));
    breaker.snapshot().remaining
}

proptest! {
    #![proptest_config(run_config(1_000))]

    #[test]
    fn jitter_lengthens_what_the_dependency_asked_for_by_its_share_at_most(
        part in 0..=1_000_000_u32,
        seed: u64,
        wait in (0..=(8 * 365 * 86_400_000_u64)).prop_map(Duration::from_millis),
    ) {
        let longest = Duration::from_secs(16 * 365 * 86_400 + 1);
        let builder = jittered(part, seed, Duration::from_secs(1)).longest_open(longest);
        let rest = wait_as_asked(builder, wait).expect("an end");
        let most = wait.as_nanos() * u128::from(1_000_000 + part) / 1_000_000;
        prop_assert!(wait <= rest && rest.as_nanos() <= most + 1_000_000, "{rest:?}");
        prop_assert_eq!(wait_as_asked(builder, wait), Some(rest), "same seed");
    }
}

/// Breakers that were given the same time do not all come back at once.
#[test]
fn what_the_dependency_asked_for_is_spread_upwards() {
    let wait = Duration::from_secs(1_000);
    let asked = |seed| wait_as_asked(jittered(500_000, seed, wait), wait).expect("an end");
    for tenth in 0..10 {
        let part = 1_000 + 50 * tenth..1_050 + 50 * tenth;
        let seeds = (0..1_000).filter(|&seed| part.contains(&asked(seed).as_secs()));
        assert!((60..140).contains(&seeds.count()), "{part:?}");
    }
    let by_default = || wait_as_asked(Builder::new(), wait).expect("an end");
    assert_ne!(by_default(), by_default());
}

#[test]
fn jitter_makes_no_wait_longer_than_the_longest_and_none_longer_than_nothing() {
    let year = Duration::from_secs(365 * 86_400);
    let builder = jittered(1_000_000, 1, year).longest_open(16 * year);
    let asked = |wait| wait_as_asked(builder, wait);
    assert_eq!(asked(16 * year), Some(16 * year));
    let lengthened = asked(15 * year).expect("an end");
    assert!((15 * year..=16 * year).contains(&lengthened));
    assert_eq!(asked(Duration::MAX), Some(16 * year));
    assert_eq!(asked(Duration::ZERO), None, "half-open, which has no rest");
}

#[test]
fn a_manual_or_permanent_wait_is_not_jittered() {
    let half = jittered(1_000_000, 1, Duration::MAX);
    assert_eq!(first_wait(half, Nanos::ZERO, 1), None);
    let breaker = half.build_with(ManualClock::new()).expect("valid settings");
    breaker.trip_for(Duration::from_secs(1));
    assert_eq!(breaker.snapshot().remaining, Some(Duration::from_secs(1)));
}
