//! The behaviour of a breaker in each state, on a clock that the test moves.

use crate::support::{MS, S, breaker, fail, succeed};
use std::collections::HashSet;
use std::time::Duration;
use tripword::{
    Backoff, Builder, CallError, Cause, CircuitBreaker, Clock, LeaseExpiry, ManualClock, Mode,
    Outcome, Permit, Probes, Ramp, Reason, State, TripCause,
};

#[test]
fn a_closed_circuit_opens_after_the_configured_failures_in_a_row_and_not_before() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(3));
    fail(&breaker, 2);
    succeed(&breaker, 1);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn an_open_circuit_refuses_and_says_for_how_long() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(Duration::from_millis(1_800));
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(rejected.reason(), Reason::Open);
    assert_eq!(rejected.retry_after(), Some(Duration::from_millis(8_200)));
    assert_eq!(rejected.to_string(), "circuit open, retry in 8.2 s");
}

#[test]
fn exactly_at_the_deadline_the_next_call_is_a_probe() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(10 * S - Duration::from_nanos(1));
    assert_eq!(breaker.state(), State::Open);
    assert!(breaker.try_acquire().is_err());
    clock.advance(Duration::from_nanos(1));
    assert_eq!(breaker.state(), State::HalfOpen);
    let probe = breaker.try_acquire().unwrap();
    assert!(probe.is_probe());
    assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::ProbesBusy);
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_failed_probe_opens_the_circuit_again_for_longer() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.backoff(Backoff::exponential(S, 4 * S)));
    breaker.trip();
    for seconds in [1, 2, 4, 4] {
        let left = breaker.try_acquire().unwrap_err().retry_after();
        assert_eq!(left, Some(seconds * S));
        clock.advance(seconds * S);
        breaker.try_acquire().unwrap().failure();
    }
    assert_eq!(breaker.snapshot().streak, 4);
    clock.advance(4 * S);
    breaker.try_acquire().unwrap().success();
    breaker.trip();
    assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), Some(S));
}

/// It did not open before: neither the backoff nor the text may say that it did.
#[test]
fn a_half_open_circuit_that_was_never_open_opens_for_the_first_time() {
    let backoff = Backoff::exponential(S, 4 * S);
    let started: [fn(Builder) -> Builder; 2] = [|b| b.start(State::HalfOpen), |b| b];
    for start in started {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| start(b.backoff(backoff)));
        breaker.half_open();
        for (streak, seconds) in [(0, 1), (1, 2), (2, 4)] {
            fail(&breaker, 1);
            let open = breaker.snapshot();
            assert_eq!((open.streak, open.remaining), (streak, Some(seconds * S)));
            assert_eq!(open.to_string().contains("time in a row"), streak > 0, "{open}");
            clock.advance(seconds * S);
        }
    }
}

/// On the way a ramp: what opens on it opens for the first time, too.
#[test]
fn a_ramp_after_no_opening_opens_for_the_first_time() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.consecutive_failures(1)
            .backoff(Backoff::exponential(S, 4 * S))
            .ramp(Ramp::new(1.0, 60 * S))
    });
    breaker.half_open();
    succeed(&breaker, 1);
    fail(&breaker, 1);
    let open = breaker.snapshot();
    assert_eq!((open.streak, open.remaining), (0, Some(S)));
}

#[test]
fn open_duration_can_be_a_function_of_the_streak() {
    let clock = ManualClock::new();
    let by_streak = Backoff::by_streak(|streak| [S, 7 * S][usize::from(streak.min(1))]);
    let breaker = breaker(&clock, |b| b.backoff(by_streak));
    breaker.trip();
    clock.advance(S);
    breaker.try_acquire().unwrap().failure();
    assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), Some(7 * S));
}

#[test]
fn half_open_closes_after_the_configured_successes() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(2).successes_to_close(3).failures_to_open(2);
    let breaker = breaker(&clock, |b| b.probes(probes));
    breaker.half_open();
    let (first, second) = (breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap());
    assert!(breaker.try_acquire().is_err(), "two at once and no more");
    first.success();
    second.failure();
    assert_eq!(breaker.state(), State::HalfOpen);
    succeed(&breaker, 2);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn half_open_never_has_more_probes_in_flight_than_can_still_matter() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(2).successes_to_close(2);
    let breaker = breaker(&clock, |b| b.probes(probes));
    breaker.half_open();
    succeed(&breaker, 1);
    let only = breaker.try_acquire().unwrap();
    assert!(breaker.try_acquire().is_err(), "either result of the first decides");
    only.ignore();
    assert!(breaker.try_acquire().is_ok(), "an ignored probe gives its slot back");
}

#[test]
fn a_sample_is_decided_as_soon_as_its_verdict_is_fixed() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probes(Probes::sample(10, 0.5)));
    breaker.half_open();
    succeed(&breaker, 4);
    fail(&breaker, 4);
    assert_eq!(breaker.state(), State::HalfOpen);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
    breaker.half_open();
    succeed(&breaker, 6);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_probe_that_hangs_is_given_up_and_opens_the_circuit_again() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(Some(64 * S)).open_duration(S));
    breaker.half_open();
    let hung = breaker.try_acquire().unwrap();
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(rejected.retry_after(), Some(S), "not the rest of the lease");
    clock.advance(64 * S);
    assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::Open);
    assert_eq!(breaker.snapshot().cause, Some(Cause::LeaseExpired));
    clock.advance(S);
    let probe = breaker.try_acquire().unwrap();
    hung.success();
    assert_eq!(breaker.state(), State::HalfOpen, "the late result is of another generation");
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn with_reprobe_another_probe_follows_one_that_hangs_at_once() {
    let clock = ManualClock::new();
    let breaker =
        breaker(&clock, |b| b.probe_lease(Some(64 * S)).lease_expiry(LeaseExpiry::Reprobe));
    breaker.half_open();
    let hung = breaker.try_acquire().unwrap();
    clock.advance(64 * S);
    let next = breaker.try_acquire().unwrap();
    assert!(next.is_probe());
    assert_eq!(breaker.snapshot().streak, 1, "it counts as a failed half-open");
    hung.failure();
    next.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn the_lease_counts_from_the_newest_claim() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(2).successes_to_close(5);
    let breaker = breaker(&clock, |b| b.probes(probes).probe_lease(Some(64 * S)));
    breaker.half_open();
    let _hung = breaker.try_acquire().unwrap();
    for _ in 0..3 {
        clock.advance(40 * S);
        breaker.try_acquire().unwrap().success();
    }
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn without_a_lease_a_probe_is_never_given_up() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(None));
    breaker.half_open();
    let _hung = breaker.try_acquire().unwrap();
    clock.advance(1_000_000 * S);
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!((rejected.reason(), rejected.retry_after()), (Reason::ProbesBusy, None));
}

#[test]
fn a_ramp_admits_a_growing_share_and_then_all() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.1, 1024 * S)));
    breaker.half_open();
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), State::Recovering);
    let admitted = |calls: usize| (0..calls).filter(|_| breaker.try_acquire().is_ok()).count();
    assert!(admitted(100).abs_diff(10) <= 2);
    clock.advance(512 * S);
    assert!(admitted(100).abs_diff(55) <= 2);
    clock.advance(512 * S);
    assert_eq!(admitted(100), 100);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_call_that_the_ramp_refuses_has_its_own_reason() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.000_001, 1024 * S)));
    breaker.half_open();
    succeed(&breaker, 1);
    let rejected =
        (0..3).find_map(|_| breaker.try_acquire().err()).expect("one in a million passes");
    assert_eq!(rejected.reason(), Reason::Recovering);
    let wait = rejected.retry_after().expect("the share grows");
    assert!(S <= wait && wait <= 1024 * S, "{wait:?}");
}

/// Those that obey the refusals of a probe that takes long neither wait for the end of its lease
/// nor ask again and again.
#[test]
fn callers_that_obey_return_soon_after_the_probe_whatever_it_takes() {
    for takes in [10 * MS, 300 * MS, S, 5 * S, 20 * S] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b);
        breaker.half_open();
        let probe = breaker.try_acquire().unwrap();
        let begun = clock.now();
        let (mut probe, mut refusals) = (Some(probe), 0);
        while let Some(refused) = breaker.try_acquire().err() {
            assert_eq!(refused.reason(), Reason::ProbesBusy);
            let wait = refused.retry_after().expect("a lease");
            refusals += 1;
            clock.advance(wait);
            if clock.now().saturating_since(begun) >= takes {
                probe.take().into_iter().for_each(Permit::success);
            }
        }
        let waited = clock.now().saturating_since(begun);
        assert!(waited <= 2 * takes + 2 * S, "{takes:?}: {waited:?}");
        assert!(refusals <= 6, "{takes:?}: {refusals}");
    }
}

#[test]
fn the_wait_for_a_probe_is_never_longer_than_the_rest_of_its_lease() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(Some(64 * S)));
    breaker.half_open();
    let _hangs = breaker.try_acquire().unwrap();
    for (second, wait) in [(0, 1), (1, 2), (20, 21), (31, 32), (32, 32), (60, 4), (63, 1)] {
        clock.set((second * S).into());
        let refused = breaker.try_acquire().unwrap_err();
        assert_eq!(refused.retry_after(), Some(wait * S), "{second}");
    }
}

/// All are refused at one moment: obeying, they come back one by one, not together.
#[test]
fn callers_that_a_ramp_or_a_probe_refuses_are_given_times_that_differ() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder().ramp(Ramp::new(0.1, 1000 * S));
    let breaker = breaker.build_with(&clock).unwrap();
    let refusals = |calls: usize| {
        let waits = (0..calls).filter_map(|_| breaker.try_acquire().err());
        let waits = waits.map(|refused| refused.retry_after().expect("a time"));
        waits.collect::<Vec<_>>()
    };
    breaker.half_open();
    let probe = breaker.try_acquire().unwrap();
    let distinct: HashSet<_> = refusals(100).into_iter().collect();
    assert!(distinct.len() > 90, "{}", distinct.len());
    probe.success();
    assert_eq!(breaker.state(), State::Recovering);
    let waits = refusals(1_000);
    for tenth in 0..10 {
        let part = 100 * tenth * S..100 * (tenth + 1) * S;
        let within = waits.iter().filter(|wait| part.contains(wait)).count();
        assert!(within.abs_diff(waits.len() / 10) <= 5, "{within} in {part:?}");
    }
    breaker.trip_for(10 * S);
    assert!(refusals(100).iter().all(|&wait| wait == 10 * S), "open is exact");
}

#[test]
fn failures_on_a_ramp_open_the_circuit_again_and_add_to_the_streak() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(1.0, 60 * S)).consecutive_failures(2));
    breaker.trip();
    clock.advance(30 * S);
    succeed(&breaker, 1);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().streak, 1);
}

#[test]
fn a_ramp_that_is_over_has_ended_the_streak_even_without_a_call() {
    type Move = fn(&CircuitBreaker<&ManualClock>, Permit<'_, &ManualClock>);
    let moves: [Move; 4] = [
        |breaker, _| breaker.trip(),
        |breaker, _| breaker.trip_for(S),
        |breaker, _| breaker.half_open(),
        |_, permit| permit.settle(Outcome::RetryAfter(S)),
    ];
    for moved in moves {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b.ramp(Ramp::new(1.0, 60 * S)));
        breaker.half_open();
        fail(&breaker, 1);
        clock.advance(30 * S);
        succeed(&breaker, 1);
        assert_eq!(breaker.snapshot().streak, 1);
        let permit = breaker.try_acquire().unwrap();
        clock.advance(3_600 * S);
        let end = breaker.snapshot();
        assert_eq!((end.state, end.streak), (State::Closed, 0));
        moved(&breaker, permit);
        assert_eq!(breaker.snapshot().streak, 0);
    }
}

#[test]
fn a_trip_in_flight_survives_the_end_of_the_ramp() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(1.0, 60 * S)).consecutive_failures(2));
    breaker.half_open();
    succeed(&breaker, 1);
    fail(&breaker, 1);
    let admitted_on_the_ramp = breaker.try_acquire().unwrap();
    clock.advance(60 * S);
    let _ends_the_ramp = breaker.try_acquire().unwrap();
    admitted_on_the_ramp.failure();
    assert_eq!(breaker.state(), State::Open);
    let cause = Cause::Tripped(TripCause::ConsecutiveFailures(2));
    assert_eq!(breaker.snapshot().cause, Some(cause));
}

#[test]
fn retry_after_opens_for_the_named_time() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(100));
    breaker.try_acquire().unwrap().settle(Outcome::RetryAfter(7 * S));
    let left = breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(left, Some(7 * S), "there is no jitter");
    clock.advance(7 * S);
    breaker.try_acquire().unwrap().settle(Outcome::RetryAfter(9 * S));
    let left = breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(left, Some(9 * S), "from half-open too");
}

#[test]
fn forced_open_refuses_and_restores_the_state_below_when_it_ends() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2));
    let before = breaker.try_acquire().unwrap();
    breaker.set_mode(Mode::ForceOpen);
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(rejected.to_string(), "circuit forced open");
    before.failure();
    breaker.set_mode(Mode::Normal);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open, "what settled under it has counted");
}

#[test]
fn forced_closed_passes_everything_and_counts_nothing() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    breaker.trip();
    breaker.set_mode(Mode::ForceClosed);
    fail(&breaker, 10);
    clock.advance(1_000 * S);
    assert!(!breaker.try_acquire().unwrap().is_probe());
    assert_eq!(breaker.snapshot().generation, 1, "nothing moved below");
    breaker.set_mode(Mode::Normal);
    assert!(breaker.try_acquire().unwrap().is_probe());
}

#[test]
fn shadow_mode_moves_through_the_states_and_refuses_no_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2).open_duration(S));
    breaker.set_mode(Mode::Shadow);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Open);
    let passed = breaker.try_acquire().unwrap();
    clock.advance(S);
    let probe = breaker.try_acquire().unwrap();
    assert!(probe.is_probe());
    let second = breaker.try_acquire().unwrap();
    assert!(!second.is_probe());
    passed.success();
    second.success();
    assert_eq!(breaker.snapshot().probes.in_flight, 1, "no other call frees the probe's slot");
    probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn manual_moves_go_to_the_named_state() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(S);
    breaker.trip();
    let left = || breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(left(), Some(9 * S), "an open circuit is not opened again");
    breaker.trip_for(3 * S);
    assert_eq!(left(), Some(3 * S), "but its deadline can be moved");
    assert_eq!(breaker.snapshot().generation, 1);
    breaker.half_open();
    assert_eq!(breaker.state(), State::HalfOpen);
    breaker.close();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn trip_after_the_deadline_opens_again() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(11 * S);
    assert_eq!(breaker.state(), State::HalfOpen);
    breaker.trip();
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn reset_forgets_failures_even_while_closed_and_calls_in_flight() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2));
    fail(&breaker, 1);
    let in_flight = breaker.try_acquire().unwrap();
    breaker.reset();
    in_flight.failure();
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_breaker_begins_in_the_configured_state() {
    let clock = ManualClock::new();
    let open = breaker(&clock, |b| b.start(State::Open));
    clock.advance(1_000_000 * S);
    assert_eq!(open.try_acquire().unwrap_err().retry_after(), None);
    open.half_open();
    assert!(open.try_acquire().unwrap().is_probe());
    let half_open = breaker(&clock, |b| b.start(State::HalfOpen));
    assert!(half_open.try_acquire().unwrap().is_probe());
}

#[test]
fn a_breaker_begins_in_the_configured_mode() {
    let clock = ManualClock::new();
    for mode in [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow] {
        let breaker = breaker(&clock, |b| b.mode(mode).start(State::Open));
        assert_eq!((breaker.mode(), breaker.state()), (mode, State::Open));
    }
    let on_trial = breaker(&clock, |b| b.mode(Mode::Shadow).consecutive_failures(1));
    fail(&on_trial, 1);
    assert_eq!(on_trial.state(), State::Open);
    succeed(&on_trial, 1);
    on_trial.set_mode(Mode::Normal);
    assert!(on_trial.try_acquire().is_err());
}

#[test]
fn jitter_only_shortens_the_open_period_and_a_seed_repeats_it() {
    let clock = ManualClock::new();
    let open_times = |seed| {
        let breaker = breaker(&clock, |b| b.jitter(0.5).seed(seed));
        [(); 20].map(|()| {
            breaker.reset();
            breaker.trip();
            breaker.try_acquire().unwrap_err().retry_after().expect("a deadline")
        })
    };
    assert_eq!(open_times(1), open_times(1));
    assert_ne!(open_times(1), open_times(2));
    assert!(open_times(3).iter().all(|time| (15 * S..=30 * S + MS).contains(time)));
}

#[test]
fn breakers_without_a_seed_have_different_open_periods() {
    let clock = ManualClock::new();
    let breakers = [(); 10].map(|()| CircuitBreaker::builder().build_with(&clock).unwrap());
    let times = breakers.each_ref().map(|breaker| {
        breaker.trip();
        breaker.try_acquire().unwrap_err().retry_after()
    });
    assert!(times.iter().any(|time| *time != times[0]));
}

#[test]
fn call_with_judges_the_result_of_the_function() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let _ = breaker.call_with(|_| Outcome::Ignored, || Err::<(), _>(404));
    assert_eq!(breaker.state(), State::Closed);
    let _ = breaker.call_with(|_| Outcome::Failure, || Ok::<_, ()>("slow down"));
    assert_eq!(breaker.state(), State::Open);

    breaker.reset();
    let named = |result: &Result<(), u32>| match result {
        Ok(()) => Outcome::Success,
        Err(seconds) => Outcome::RetryAfter(*seconds * S),
    };
    assert!(breaker.call_with(named, || Ok(())).is_ok());
    assert_eq!(breaker.call_with(named, || Err(7)), Err(CallError::Inner(7)));
    assert_eq!(breaker.snapshot().remaining, Some(7 * S));
}

#[test]
fn a_refusal_names_36_years_at_most() {
    let clock = ManualClock::new();
    let century = Duration::from_secs(100 * 31_557_600);
    let breaker = breaker(&clock, |b| b.start(State::HalfOpen).ramp(Ramp::new(0.000_001, century)));
    succeed(&breaker, 1);
    let refusals = (0..100).filter_map(|_| breaker.try_acquire().err());
    let waits = refusals.map(|refused| refused.retry_after().expect("it is known"));
    assert_eq!(waits.max(), Some(Duration::from_nanos((1 << 60) - 2)));
}
