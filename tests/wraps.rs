//! What a breaker keeps in few bits, at the end of them: generations, deadlines, leases, ramps,
//! buckets, words of calls. The oracle does not wrap, so these are tested by themselves, against
//! figures from the documentation or, where a wrap is not to show, against the oracle.

use crate::cases::{Case, Op, ROUND, Step};
use crate::support::{MS, ManualBreaker, S, breaker, fail, succeed};
use oracle::{LONGEST_OPEN, Lease, OpenFor, Ramp};
use std::time::Duration;
use tripword::{Builder, Cause, Clock, LeaseExpiry, ManualClock, Nanos, Outcome, Reason, State};

const NANO: Duration = Duration::from_nanos(1);
/// Transitions and resets after which a generation has its number again.
const GENERATIONS: u32 = 1 << 16;
/// Buckets by which two generations of a window of time are apart.
const APART: u64 = 1 << 24;

fn reset(breaker: &ManualBreaker<'_>, times: u32) {
    for _ in 0..times {
        breaker.reset();
    }
}

fn at(moment: Duration) -> Nanos {
    Nanos::from_duration(moment)
}

// Generations.

#[test]
fn a_generation_ends_at_the_wrap_as_at_any_other_number() {
    let clock = ManualClock::at(at(S));
    let breaker = breaker(&clock, |b| b.consecutive_failures(2).open_duration(S));
    reset(&breaker, GENERATIONS - 1);
    let stale = [(); 2].map(|()| breaker.try_acquire().expect("closed"));
    assert_eq!(breaker.snapshot().generation, u16::MAX);
    breaker.reset();
    assert_eq!(breaker.snapshot().generation, 0);
    for permit in stale {
        permit.failure();
    }
    let after = breaker.snapshot();
    assert_eq!((after.state, after.consecutive_failures), (State::Closed, 0));
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_probe_of_the_last_generation_does_not_count_in_the_first() {
    let clock = ManualClock::at(at(S));
    let breaker = breaker(&clock, |b| b.open_duration(S));
    reset(&breaker, GENERATIONS - 1 - 1);
    breaker.half_open();
    let stale = breaker.try_acquire().expect("a slot");
    assert!(stale.is_probe() && breaker.snapshot().generation == u16::MAX);
    breaker.trip();
    assert_eq!(breaker.snapshot().generation, 0);
    clock.advance(S);
    let probe = breaker.try_acquire().expect("a slot");
    stale.success();
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

/// The documented limit: 65,536 generations later a permit is one of the present generation.
#[test]
fn a_permit_counts_again_when_the_generations_have_gone_round() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let [early, late] = [(); 2].map(|()| breaker.try_acquire().expect("closed"));
    reset(&breaker, GENERATIONS - 1);
    early.failure();
    assert_eq!(breaker.state(), State::Closed);
    breaker.reset();
    late.failure();
    assert_eq!(breaker.state(), State::Open);
}

/// Opens and closes by failing calls, as fast as the settings allow, until a generation has its
/// number again, and returns the time that this took. Most rounds begin three generations; two
/// begin five, with an opening more, as 65,536 is no multiple of three.
fn flap_for_all_generations(settings: fn(Builder) -> Builder) -> Duration {
    let clock = ManualClock::at(at(S));
    let breaker = breaker(&clock, |b| settings(b.consecutive_failures(1)));
    let stale = breaker.try_acquire().expect("closed");
    let first = breaker.snapshot().generation;
    let fail_and_wait = || {
        fail(&breaker, 1);
        clock.advance(breaker.snapshot().remaining.unwrap_or_default());
    };
    for round in 0..21_844 {
        fail_and_wait();
        if round < 2 {
            fail_and_wait();
        }
        succeed(&breaker, 1);
    }
    assert_eq!(breaker.snapshot().generation, first);
    assert_eq!(breaker.state(), State::Closed);
    stale.failure();
    assert_ne!(breaker.state(), State::Closed, "it counts");
    clock.now().saturating_since(at(S))
}

/// The bound on the page on limits: 21,846 openings, each of which lasts into the next millisecond.
#[test]
fn a_generation_has_its_number_again_after_21_8_seconds_at_the_earliest() {
    let settings: [fn(Builder) -> Builder; 4] = [
        |b| b.open_duration(MS),
        |b| b.open_duration(MS).jitter(0.1),
        |b| b.open_duration(MS).jitter(1.0),
        |b| b.open_duration(NANO),
    ];
    for settings in settings {
        assert_eq!(flap_for_all_generations(settings), 21_846 * MS);
    }
    assert_eq!(flap_for_all_generations(|b| b.open_duration(10 * MS)), 21_846 * 10 * MS);
    let zero = flap_for_all_generations(|b| b.open_duration(Duration::ZERO));
    assert_eq!(zero, Duration::ZERO, "where there is no bound");
}

/// Words of the last generation, and of generation 0 of the round before, stand in the window of
/// generation 0.
#[cfg(feature = "alloc")]
#[test]
fn windows_tell_the_last_generation_from_the_first() {
    for within in [false, true] {
        let clock = ManualClock::at(at(S));
        let breaker = breaker(&clock, |b| {
            let b = b.trip_when(|_| false);
            if within { b.within(10 * S) } else { b.last_calls(30) }
        });
        reset(&breaker, GENERATIONS - 1);
        fail(&breaker, 40);
        breaker.reset();
        assert_eq!(breaker.snapshot().counts.calls, 0, "within: {within}");
        fail(&breaker, 1);
        succeed(&breaker, 1);
        let counts = breaker.snapshot().counts;
        assert_eq!((counts.calls, counts.failures), (2, 1), "within: {within}");
    }
}

#[test]
fn the_newest_transition_is_known_in_generation_0() {
    let clock = ManualClock::at(at(7 * S));
    let breaker = breaker(&clock, |b| b.open_duration(S));
    reset(&breaker, GENERATIONS - 1);
    breaker.trip();
    let tripped = breaker.snapshot();
    assert_eq!((tripped.generation, tripped.state), (0, State::Open));
    assert_eq!(tripped.cause, Some(Cause::Manual));
    assert_eq!(tripped.since, Some(at(7 * S)));
}

// Deadlines: milliseconds modulo 2^40.

/// Trips for `wait` at `clock`, and compares the breaker with the oracle just before the deadline
/// and at it.
fn trip_for(wait: Duration, clock: Duration) -> Case {
    let to_the_end = |further| Op::Time(Step::ToTheEnd(further));
    let call = Op::call(Outcome::Success);
    let ops = vec![Op::TripFor(wait), call, to_the_end(-1), call, to_the_end(0), call];
    let mut case = Case::new(ops);
    case.settings.longest_open = Some(LONGEST_OPEN);
    case.clock = clock;
    case
}

/// No deadline here is on the last millisecond of a round.
#[test]
fn a_deadline_beyond_the_wrap_is_as_far_as_any_other() {
    let year = Duration::from_secs(365 * 86_400);
    for rounds in [1, 2, 15] {
        for before in [NANO, MS + NANO, 2 * MS, 30 * MS, S, 60 * S, 3 * year] {
            for wait in [MS, 17 * MS, S + NANO, 61 * S, 9 * year, 16 * year] {
                trip_for(wait, rounds * ROUND - before).check();
            }
        }
    }
}

#[test]
fn the_longest_wait_ends_on_time_wherever_the_clock_begins() {
    let wait = LONGEST_OPEN;
    for clock in [Duration::ZERO, NANO, ROUND - wait, ROUND] {
        trip_for(wait, clock).check();
    }
}

/// All forty bits set are "never".
#[test]
fn a_deadline_on_the_last_millisecond_of_a_round_is_a_millisecond_late() {
    for (before, wait) in [(2 * MS, MS), (2 * MS + NANO, MS), (S, S - MS), (MS, Duration::ZERO)] {
        let clock = ManualClock::at(at(ROUND - before));
        let breaker = breaker(&clock, |b| b);
        breaker.trip_for(wait);
        let refused = breaker.try_acquire().unwrap_err();
        assert_eq!(refused.retry_after(), Some(before), "{before:?}");
        clock.set(at(ROUND - NANO));
        assert_eq!(breaker.state(), State::Open);
        clock.set(at(ROUND));
        assert_eq!(breaker.state(), State::HalfOpen);
    }
}

/// The documented limit: a round after its deadline, less the longest wait, a circuit without calls
/// reads as open again.
#[test]
fn a_deadline_is_past_for_a_round_less_the_longest_wait() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(MS).longest_open(2 * S));
    breaker.trip();
    let furthest = 2_048 * MS;
    clock.set(at(MS + ROUND - furthest - NANO));
    assert_eq!(breaker.state(), State::HalfOpen);
    clock.set(at(MS + ROUND - furthest));
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().remaining, Some(furthest));
    clock.set(at(MS + ROUND));
    assert_eq!(breaker.state(), State::HalfOpen);
}

// Leases: units modulo 2^16. A lease of 64 ms has units of a millisecond.

#[test]
fn a_lease_whose_stamps_wrap_is_as_long_as_any_other() {
    let end = Op::Acquire { owned: false };
    let to_the_end = |further| Op::Time(Step::ToTheEnd(further));
    for millis in [1, 2, 63, 64, 65, 127] {
        for rounds in [1, 2, 1_000] {
            let ops = vec![Op::HalfOpen, end, end, to_the_end(-1), end, to_the_end(0), end];
            let mut case = Case::new(ops);
            case.settings.lease = Lease::For(64 * MS);
            case.settings.open_for = OpenFor::Fixed(S);
            case.clock = rounds * 65_536 * MS - millis * MS;
            case.check();
        }
    }
}

/// The documented limit: 1,024 leases after a claim its stamp is there again, and the probe is
/// given up a lease later.
#[test]
fn a_lease_is_over_until_its_stamp_comes_again() {
    let clock = ManualClock::at(at(S));
    let lease = 64 * MS;
    let breaker =
        breaker(&clock, |b| b.probe_lease(Some(lease)).lease_expiry(LeaseExpiry::Reprobe));
    breaker.half_open();
    let _hangs = breaker.try_acquire().expect("a slot");
    let is_busy = |after| {
        clock.set(at(S + after));
        let refused = breaker.rejection();
        refused.is_some_and(|refused| refused.reason() == Reason::ProbesBusy)
    };
    assert!(is_busy(lease - NANO) && !is_busy(lease));
    let round = 1_024 * lease;
    assert!(!is_busy(round - lease - NANO));
    assert!(is_busy(round - lease) && is_busy(round) && is_busy(round + lease - NANO));
    assert!(!is_busy(round + lease));
}

#[test]
fn a_claim_is_new_while_the_clock_is_behind_it_by_up_to_a_lease() {
    let clock = ManualClock::at(at(S));
    let breaker = breaker(&clock, |b| b.probe_lease(Some(64 * MS)));
    breaker.half_open();
    let _hangs = breaker.try_acquire().expect("a slot");
    clock.set(at(S - 64 * MS));
    let refused = breaker.rejection().expect("no slot");
    assert_eq!(refused.reason(), Reason::ProbesBusy);
    assert_eq!(refused.retry_after(), Some(MS), "it reads as new");
    clock.set(at(S - 65 * MS));
    let refused = breaker.rejection().expect("open");
    assert_eq!(refused.reason(), Reason::Open, "it reads as long over");
}

// Ramps: units modulo 2^24. A ramp of 1,024 ms has units of a millisecond.

const RAMP: Duration = Duration::from_millis(1_024);

/// Recovering from the present moment on.
fn recovering(clock: &ManualClock) -> ManualBreaker<'_> {
    let breaker = breaker(clock, |b| b.ramp(tripword::Ramp::new(0.5, RAMP)));
    breaker.half_open();
    succeed(&breaker, 1);
    breaker
}

#[test]
fn a_ramp_whose_start_wraps_is_as_long_as_any_other() {
    let call = Op::call(Outcome::Success);
    let to_the_end = |further| Op::Time(Step::ToTheEnd(further));
    for millis in [1, 2, 1_023, 1_024, 1_025] {
        for rounds in [1, 2, 100] {
            let half_way = Op::Time(Step::Ahead(RAMP / 2));
            let mut ops = vec![Op::HalfOpen, call, call, call, half_way, call, call];
            ops.extend([to_the_end(-1), call, call, to_the_end(0), call]);
            let mut case = Case::new(ops);
            let (from, over) = (500_000, RAMP);
            case.settings.ramp = Some(Ramp { from, over });
            case.clock = rounds * (1 << 24) * MS - millis * MS;
            case.check();
        }
    }
}

/// The documented limit: it reads as running again for two of each 16,384 times its length.
#[test]
fn a_ramp_is_over_until_its_start_comes_again() {
    let clock = ManualClock::at(at(S));
    let breaker = recovering(&clock);
    let state = |after| {
        clock.set(at(S + after));
        breaker.state()
    };
    assert_eq!(state(RAMP - NANO), State::Recovering);
    assert_eq!(state(RAMP), State::Closed);
    let round = 16_384 * RAMP;
    assert_eq!(state(round - RAMP - NANO), State::Closed);
    assert_eq!(state(round - RAMP), State::Recovering);
    assert_eq!(breaker.snapshot().remaining, Some(2 * RAMP));
    assert_eq!(state(round + RAMP - NANO), State::Recovering);
    assert_eq!(state(round + RAMP), State::Closed);
}

#[test]
fn a_ramp_is_new_while_the_clock_is_behind_its_start_by_up_to_its_length() {
    let clock = ManualClock::at(at(60 * S));
    let breaker = recovering(&clock);
    clock.set(at(60 * S - RAMP));
    assert_eq!(breaker.state(), State::Recovering);
    assert_eq!(breaker.snapshot().remaining, Some(2 * RAMP));
    clock.set(at(60 * S - RAMP - MS));
    assert_eq!(breaker.state(), State::Closed);
}

// Buckets: a generation is 2^24 of them from the next, modulo 2^40.

#[cfg(feature = "alloc")]
fn window(clock: &ManualClock) -> ManualBreaker<'_> {
    breaker(clock, |b| b.within(10 * MS).buckets(10).trip_when(|_| false))
}

#[cfg(feature = "alloc")]
fn counted(breaker: &ManualBreaker<'_>) -> u32 {
    breaker.snapshot().counts.calls
}

/// About the distance of a generation later, in the same generation and in the next ones.
#[cfg(feature = "alloc")]
#[test]
fn an_idle_time_as_long_as_generations_are_apart_leaves_nothing_behind() {
    for generations in 0..3_u32 {
        for distance in 0..4 {
            for beside in [-50_i64, -41, -40, -11, -10, -9, -1, 0, 1, 9, 10, 11, 40, 41] {
                let buckets = (distance * APART).saturating_add_signed(beside);
                let is_new = buckets < 10;
                let clock = ManualClock::at(at(S));
                let breaker = window(&clock);
                fail(&breaker, 3);
                reset(&breaker, generations);
                clock.advance(MS * u32::try_from(buckets).expect("few"));
                let expected = if is_new && generations == 0 { 3 } else { 0 };
                assert_eq!(counted(&breaker), expected, "{generations}, {buckets}");
                fail(&breaker, 1);
                assert_eq!(counted(&breaker), expected + 1, "{generations}, {buckets}");
            }
        }
    }
}

/// The documented limit: a clock that steps back by 2^24 buckets for each transition since can show
/// what an earlier generation counted.
#[cfg(feature = "alloc")]
#[test]
fn a_step_back_as_long_as_generations_are_apart_shows_an_earlier_one() {
    let clock = ManualClock::at(at(20_000 * S));
    let breaker = window(&clock);
    fail(&breaker, 3);
    breaker.reset();
    assert_eq!(counted(&breaker), 0);
    clock.set(at(20_000 * S - MS * (1 << 24)));
    assert_eq!(counted(&breaker), 3);
    clock.advance(10 * MS);
    assert_eq!(counted(&breaker), 0);
}

/// The documented limit: an idle time of 2^40 buckets, less 2^24 for each transition in between.
#[cfg(feature = "alloc")]
#[test]
fn an_idle_time_of_all_stamps_shows_what_was_counted_before() {
    for generations in 0..2_u32 {
        let clock = ManualClock::at(at(S));
        let breaker = window(&clock);
        fail(&breaker, 3);
        reset(&breaker, generations);
        let round = ROUND - MS * (1 << 24) * generations;
        clock.set(at(S + round - 41 * MS));
        assert_eq!(counted(&breaker), 0);
        clock.set(at(S + round));
        assert_eq!(counted(&breaker), 3);
        clock.set(at(S + round + 10 * MS));
        assert_eq!(counted(&breaker), 0);
    }
}

/// Stamps wrap within the window: what was recorded just before counts, and leaves in time.
#[cfg(feature = "alloc")]
#[test]
fn a_window_across_the_wrap_of_its_stamps_is_as_long_as_any_other() {
    let clock = ManualClock::at(at(ROUND - 5 * MS));
    let breaker = window(&clock);
    fail(&breaker, 3);
    clock.advance(5 * MS);
    fail(&breaker, 1);
    clock.advance(5 * MS - NANO);
    assert_eq!(counted(&breaker), 4);
    clock.advance(NANO);
    assert_eq!(counted(&breaker), 1);
    clock.set(at(ROUND - MS));
    // The newest bucket is the present one: that of the last failure.
    assert_eq!(counted(&breaker), 4);
}

// Words of calls: numbers of 17 bits.

/// Here they go from 0 to 131,069: what comes after the last must know what was before.
#[cfg(feature = "alloc")]
#[test]
fn the_numbers_of_words_wrap() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(30).slow_call_duration(S).trip_when(|_| false));
    let round = 131_070 * 12;
    for call in 1..round + 20 {
        if call % 12 == 0 {
            fail(&breaker, 1);
        } else {
            succeed(&breaker, 1);
        }
        if call > round - 40 {
            let failures = call / 12 - (call - 30) / 12;
            assert_eq!(breaker.snapshot().counts.failures, failures, "{call}");
        }
    }
    breaker.reset();
    fail(&breaker, 1);
    assert_eq!(breaker.snapshot().counts.calls, 1);
}
