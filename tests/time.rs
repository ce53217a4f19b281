//! Clocks that misbehave, and permanent durations.

use crate::support::{self, MS, S, breaker, succeed};
use std::time::Duration;
use tripword::{Backoff, Clock, CoarseClock, ManualClock, Nanos, Outcome, Ramp, State};

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
    let opens = [
        (|b| b.trip()) as fn(&support::ManualBreaker<'_>),
        |b| b.trip_for(Duration::MAX),
        |b| {
            let permit = b.try_acquire().unwrap();
            permit.settle(Outcome::RetryAfter(Duration::MAX));
        },
    ];
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
