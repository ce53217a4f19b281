//! The ways in which a breaker comes to be.
#![cfg(feature = "std")]
#![expect(
    clippy::disallowed_types,
    reason = "an observer's own count, not the engine's"
)]

use crate::support::{S, fail};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tripword::{
    CircuitBreaker, CoarseClock, ManualClock, MonotonicClock, Nanos, Observer, State, Transition,
    breaker, config,
};

/// Counts what it is told in a static of its own.
struct Count(&'static AtomicU32);

impl Observer for Count {
    fn on_transition(&self, _: &Transition) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_static_can_be_observed_on_any_clock() {
    static TOLD: AtomicU32 = AtomicU32::new(0);
    static CLOCK: CoarseClock = CoarseClock::new();
    static PLAIN: CircuitBreaker<MonotonicClock, Count> =
        breaker!(observer: Count(&TOLD); consecutive_failures(3));
    static COUNTING: CircuitBreaker<&CoarseClock, Count> =
        breaker!(clock: &CLOCK; observer: Count(&TOLD); last_calls(10), failures(2));
    CLOCK.set(Nanos::from_duration(S));
    PLAIN.trip();
    for _ in 0..2 {
        let _ = COUNTING.call(|| Err::<(), _>(()));
    }
    assert_eq!(
        (PLAIN.state(), COUNTING.state()),
        (State::Open, State::Open)
    );
    assert_eq!(TOLD.load(Relaxed), 2);
    assert_eq!(COUNTING.snapshot().now, Nanos::from_duration(S));
}

#[test]
fn settings_of_any_kind_become_a_breaker() {
    let clock = ManualClock::new();
    let with_a_window = config!(last_calls(10), failures(2), live());
    let boxed = CircuitBreaker::boxed(with_a_window, &clock);
    fail(&boxed, 2);
    assert_eq!(boxed.state(), State::Open);
    assert_eq!(boxed.config().words(), with_a_window.words());

    let from = CircuitBreaker::from(with_a_window);
    for _ in 0..2 {
        let _ = from.call(|| Err::<(), _>(()));
    }
    assert_eq!(from.state(), State::Open);

    assert!(CircuitBreaker::with_clock(config!(), &clock).is_ok());
    assert!(CircuitBreaker::with_clock(with_a_window, &clock).is_err());
    assert!(CircuitBreaker::new(config!(live())).is_err());
}

#[test]
fn by_default_five_failures_in_a_row_open_it() {
    let breaker = CircuitBreaker::<ManualClock>::default();
    assert_eq!(breaker.config().consecutive_failures(), 5);
    assert_eq!(breaker.snapshot().consecutive_failure_limit, 5);
    for _ in 0..4 {
        let _ = breaker.call(|| Err::<(), _>(()));
    }
    assert_eq!(breaker.state(), State::Closed);
    let _ = breaker.call(|| Err::<(), _>(()));
    assert_eq!(breaker.state(), State::Open);
}
