//! Clocks that misbehave, and permanent durations.

use crate::support::{self, MS, Recorder, S, breaker, succeed};
use std::time::Duration;
use tripword::{
    Backoff, Builder, Clock, CoarseClock, ManualClock, Nanos, Outcome, Ramp, Reason, State,
};

const NANO: Duration = Duration::from_nanos(1);

#[test]
fn a_clock_that_steps_back_lengthens_the_wait_by_the_step() {
    let clock = ManualClock::at(Nanos::from_millis(60_000));
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.set(Nanos::from_millis(20_000));
    let left = breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(left, Some(50 * S));
    clock.advance(50 * S);
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn a_clock_that_steps_back_does_not_expire_a_lease_or_end_a_ramp() {
    let clock = ManualClock::at(Nanos::from_millis(600_000));
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.5, 60 * S)));
    breaker.half_open();
    let probe = breaker.try_acquire().unwrap();
    clock.set(Nanos::from_millis(590_000));
    assert!(breaker.try_acquire().is_err());
    assert_eq!(breaker.state(), State::HalfOpen);
    probe.success();
    clock.set(Nanos::from_millis(580_000));
    assert_eq!(breaker.state(), State::Recovering);
    clock.advance(71 * S);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn while_the_clock_stands_still_an_open_circuit_stays_open() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(MS));
    breaker.trip();
    for _ in 0..1_000 {
        assert!(breaker.try_acquire().is_err());
    }
}

#[test]
fn an_open_duration_of_zero_probes_at_once() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(Duration::ZERO));
    breaker.trip();
    assert!(breaker.try_acquire().unwrap().is_probe());
}

#[test]
fn a_permanent_opening_lasts_until_it_is_ended_manually() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(Duration::MAX));
    let opens = [(|b| b.trip()) as fn(&support::ManualBreaker<'_>), |b| b.trip_for(Duration::MAX)];
    for open in opens {
        breaker.close();
        open(&breaker);
        clock.set(Nanos::MAX);
        let rejected = breaker.try_acquire().unwrap_err();
        assert_eq!(rejected.retry_after(), None);
        assert_eq!(rejected.to_string(), "circuit open");
        clock.set(Nanos::ZERO);
    }
}

const DAY: Duration = Duration::from_secs(86_400);

/// A device whose clock begins in 1970 and is then set to 2026.
#[test]
fn a_clock_that_is_set_ahead_by_decades_ends_a_short_opening() {
    let clock = ManualClock::at(Nanos::from_millis(5_000));
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    for days in [366, 4_000, 8_000, 20_450, 30_000] {
        clock.set(Nanos::from_millis(5_000));
        breaker.trip_for(10 * S);
        clock.advance(days * DAY);
        assert_eq!(breaker.state(), State::HalfOpen, "{days}");
        assert_eq!(breaker.rejection(), None);
    }
}

#[test]
fn a_clock_that_is_set_back_holds_an_opening_for_the_longest_one_at_most() {
    for years in [0, 1, 10, 16, 56] {
        let clock = ManualClock::at(Nanos::from_duration(years * 365 * DAY + DAY));
        let breaker = breaker(&clock, |b| b.longest_open(60 * S));
        breaker.trip_for(10 * S);
        clock.set(Nanos::ZERO);
        assert!(breaker.try_acquire().unwrap().is_probe(), "{years}");
    }
}

#[test]
fn a_wait_is_capped_from_any_source() {
    let clock = ManualClock::new();
    let doubling = Backoff::exponential(4 * S, 16 * S);
    let breaker = breaker(&clock, |b| b.backoff(doubling).longest_open(10 * S));
    let left = || breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(breaker.config().longest_open(), 10 * S);
    for wait in [11 * S, DAY, 9 * 365 * DAY, Duration::MAX] {
        let permit = breaker.try_acquire().expect("closed");
        permit.settle(Outcome::RetryAfter(wait));
        assert_eq!(left(), Some(10 * S), "{wait:?}");
        breaker.reset();
    }
    for wait in [11 * S, DAY, 9 * 365 * DAY] {
        breaker.trip_for(wait);
        assert_eq!(left(), Some(10 * S), "{wait:?}");
    }
    breaker.reset();
    breaker.trip();
    for expected in [4 * S, 8 * S, 10 * S, 10 * S] {
        assert_eq!(left(), Some(expected));
        clock.advance(expected);
        breaker.try_acquire().expect("a probe").failure();
    }
}

#[test]
fn the_longest_opening_is_a_day_or_what_the_backoff_asks_for() {
    let longest = |b: Builder| b.config().map(|config| config.longest_open());
    let backoff = |backoff| longest(Builder::new().backoff(backoff));
    assert_eq!(longest(Builder::new()), Ok(DAY));
    assert_eq!(backoff(Backoff::fixed(2 * DAY + MS)), Ok(2 * DAY + S));
    assert_eq!(backoff(Backoff::exponential(S, 3 * DAY).factor(9.0)), Ok(3 * DAY));
    assert_eq!(backoff(Backoff::fixed(Duration::MAX)), Ok(DAY), "never ends");
    // The first four steps end, and the next does not.
    let beyond = Backoff::exponential(S, Duration::MAX).factor(100.0);
    assert_eq!(backoff(beyond), Ok(100_000_000 * S));
    assert_eq!(longest(Builder::new().longest_open(NANO)), Ok(S));
    let first = Builder::new().longest_open(5 * S).config().unwrap();
    assert_eq!(first.first_open_duration(), 5 * S);
}

/// Jitter shortens what is capped, so that breakers do not all come back at the cap.
#[test]
fn a_capped_wait_is_jittered() {
    let clock = ManualClock::new();
    let capped = Builder::new().longest_open(10 * S).jitter(0.5);
    let wait = |seed| {
        let breaker = capped.seed(seed).build_with(&clock).unwrap();
        breaker.trip();
        breaker.snapshot().remaining.expect("an end")
    };
    let waits = [wait(1), wait(2), wait(3)];
    assert!(waits.iter().all(|wait| (5 * S..10 * S).contains(wait)), "{waits:?}");
}

#[cfg(feature = "alloc")]
#[test]
fn the_longest_opening_can_be_replaced() {
    let clock = ManualClock::new();
    let settings = |longest| Builder::new().jitter(0.0).live().longest_open(longest);
    let breaker = breaker(&clock, |_| settings(100 * S).jitter(0.0));
    breaker.trip_for(90 * S);
    let replace = |longest| breaker.reconfigure(settings(longest).config().unwrap());
    replace(95 * S).unwrap();
    assert_eq!(breaker.snapshot().remaining, Some(90 * S));
    replace(20 * S).unwrap();
    assert_eq!(breaker.state(), State::HalfOpen, "it reads longer");
    breaker.trip_for(90 * S);
    assert_eq!(breaker.snapshot().remaining, Some(20 * S));
    assert_eq!(breaker.config().longest_open(), 20 * S);
    replace(100 * S).unwrap();
    breaker.trip_for(90 * S);
    assert_eq!(breaker.snapshot().remaining, Some(90 * S));
}

/// Readings of two threads may differ by microseconds, so that time seems to step back from one
/// step to the next.
#[cfg(feature = "alloc")]
#[test]
fn a_step_back_by_microseconds_between_two_threads_decides_nothing() {
    for behind in [1, 700, 5_000, 999_999].map(Duration::from_nanos) {
        // Boundaries of every unit here: milliseconds, units of the lease and of the ramp, buckets.
        for start in [0, 1, 64_000_000, 64_000_001, 10_240_000_000, 10_239_999_999] {
            let start = Nanos::from_nanos(1_024_000_000_000 + start);
            let clock = ManualClock::at(start);
            let earlier = || clock.set(Nanos::from_duration(clock_less(&clock, behind)));
            let breaker = breaker(&clock, |b| {
                b.consecutive_failures(1)
                    .open_duration(S)
                    .longest_open(S)
                    .probe_lease(Some(64 * MS))
                    .ramp(Ramp::new(0.5, 1_024 * MS))
                    .slow_call_duration(S)
                    .within(10 * MS)
                    .slow_call_rate(1.0)
            });
            let permit = breaker.try_acquire().unwrap();
            earlier();
            permit.failure();
            assert_eq!(breaker.snapshot().counts.calls, 0);
            earlier();
            let left = breaker.try_acquire().unwrap_err().retry_after();
            assert!(left >= Some(S) && left < Some(S + 2 * MS), "{left:?}");
            clock.advance(S + 2 * MS);
            let probe = breaker.try_acquire().expect("the first probe");
            earlier();
            assert_eq!(breaker.rejection().unwrap().reason(), Reason::ProbesBusy);
            probe.success();
            earlier();
            assert_eq!(breaker.state(), State::Recovering);
            let left = breaker.snapshot().remaining;
            assert!(left >= Some(1_024 * MS) && left < Some(1_027 * MS), "{left:?}");
            clock.advance(1_027 * MS);
            succeed(&breaker, 1);
            earlier();
            succeed(&breaker, 1);
            assert_eq!(breaker.snapshot().counts.calls, 2, "{behind:?} {start:?}");
        }
    }
}

#[cfg(feature = "alloc")]
fn clock_less(clock: &ManualClock, behind: Duration) -> Duration {
    clock.now().as_duration().saturating_sub(behind)
}

/// A call cannot take less than no time.
#[cfg(feature = "alloc")]
#[test]
fn a_call_that_ends_before_it_began_took_no_time() {
    let clock = ManualClock::at(Nanos::from_millis(7));
    let breaker = breaker(&clock, |b| b.slow_call_duration(NANO).last_calls(2).slow_call_rate(0.5))
        .observed_by(Recorder::default());
    let permit = breaker.try_acquire().unwrap();
    clock.set(Nanos::from_nanos(6_999_999));
    permit.success();
    let settlement = breaker.observer().take_settlements()[0];
    assert_eq!((settlement.elapsed, settlement.slow), (Some(Duration::ZERO), false));
}

#[test]
fn every_duration_can_be_permanent_and_every_clock_at_its_last_moment() {
    for start in [Nanos::ZERO, Nanos::MAX] {
        let clock = ManualClock::at(start);
        let breaker = breaker(&clock, |b| {
            b.backoff(Backoff::exponential(S, Duration::MAX).factor(65_535.0))
                .jitter(1.0)
                .probe_lease(Some(Duration::MAX))
                .ramp(Ramp::new(1.0, Duration::MAX))
        });
        breaker.half_open();
        succeed(&breaker, 1);
        clock.advance(Duration::MAX);
        assert!(breaker.try_acquire().is_ok());
        breaker.trip();
        let _ = (breaker.try_acquire(), breaker.snapshot().to_string());
        clock.set(Nanos::ZERO);
        let _ = (breaker.try_acquire(), breaker.snapshot().to_string());
    }
}

#[test]
fn a_clock_of_the_unix_epoch_works() {
    let in_2026 = Nanos::from_millis(1_795_000_000_000);
    let clock = ManualClock::at(in_2026);
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(10 * S - NANO);
    assert_eq!(breaker.state(), State::Open);
    clock.advance(NANO);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn a_deadline_is_right_where_its_forty_bits_wrap() {
    let before_the_wrap = Nanos::from_millis((1 << 40) - 5_000);
    let clock = ManualClock::at(before_the_wrap);
    let breaker = breaker(&clock, |b| b.open_duration(10 * S));
    breaker.trip();
    clock.advance(9 * S);
    assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), Some(S));
    clock.advance(S);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn a_deadline_is_never_early_and_at_most_a_millisecond_late() {
    let clock = ManualClock::at(Nanos::from_nanos(1_234_567));
    let breaker = breaker(&clock, |b| b.open_duration(Duration::from_micros(100)));
    breaker.trip();
    clock.set(Nanos::from_nanos(1_334_567 - 1));
    assert_eq!(breaker.state(), State::Open);
    clock.set(Nanos::from_nanos(2_000_000));
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn a_coarse_clock_shows_the_latest_time_that_was_set() {
    static CLOCK: CoarseClock = CoarseClock::new();
    CLOCK.set(Nanos::from_millis(5));
    CLOCK.set(Nanos::from_millis(3));
    assert_eq!(CLOCK.now(), Nanos::from_millis(5));
}

#[cfg(feature = "std")]
#[test]
fn a_ticker_sets_a_coarse_clock_from_the_monotonic_one() {
    use tripword::MonotonicClock;
    static CLOCK: CoarseClock = CoarseClock::new();
    let before = MonotonicClock.now();
    let ticker = CLOCK.tick_every(Duration::ZERO).expect("a thread");
    let set_at_once = CLOCK.now();
    assert!(set_at_once >= before);
    while CLOCK.now() == set_at_once {
        std::thread::yield_now();
    }
    assert!(CLOCK.now() <= MonotonicClock.now());
    drop(ticker);
}

#[cfg(feature = "std")]
#[test]
fn the_monotonic_clock_does_not_step_back() {
    use tripword::MonotonicClock;
    let mut last = MonotonicClock.now();
    for _ in 0..100_000 {
        let now = MonotonicClock.now();
        assert!(now >= last);
        last = now;
    }
}

#[cfg(feature = "alloc")]
#[test]
fn a_pointer_to_a_clock_is_that_clock() {
    use std::sync::Arc;
    let now = Nanos::from_millis(7);
    let shared = Arc::new(ManualClock::at(now));
    let boxed: Box<dyn Clock> = Box::new(ManualClock::at(now));
    assert_eq!((Clock::now(&shared), Clock::now(&boxed)), (now, now));
    shared.advance(MS);
    assert_eq!(Clock::now(&shared), Nanos::from_millis(8));
}
