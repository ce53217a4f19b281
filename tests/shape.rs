//! What a breaker is made of: its size, what it may be shared with, and what a call allocates.
#![cfg(feature = "std")]

use crate::support::{S, breaker as build};
use std::mem::size_of;
use tripword::{
    CallError, CircuitBreaker, ManualClock, OwnedPermit, Permit, Rejected, Snapshot, Transition,
    Wrapped, breaker,
};

const fn is_send_and_sync<T: Send + Sync>() {}

const _: () = {
    is_send_and_sync::<CircuitBreaker>();
    is_send_and_sync::<Permit<'_>>();
    is_send_and_sync::<OwnedPermit>();
    is_send_and_sync::<CallError<Rejected>>();
    is_send_and_sync::<Snapshot>();
    is_send_and_sync::<Transition>();
    is_send_and_sync::<Wrapped<'_, fn()>>();
};

#[cfg(feature = "registry")]
const _: () = {
    is_send_and_sync::<tripword::registry::Registry<String>>();
    is_send_and_sync::<tripword::registry::NamedBreaker<String>>();
};

#[cfg(feature = "tower")]
const _: () = is_send_and_sync::<tripword::tower::CircuitBreakerService<()>>();

#[cfg(feature = "metrics")]
const _: () = is_send_and_sync::<tripword::metrics::BreakerMetrics>();

#[cfg(feature = "tracing")]
const _: () = is_send_and_sync::<tripword::tracing::Events<&str>>();

static IN_A_STATIC: CircuitBreaker = breaker!(consecutive_failures(5), open_duration(S));

#[test]
fn a_breaker_fits_in_160_bytes_with_its_settings() {
    assert!(
        size_of::<CircuitBreaker>() <= 160,
        "{} bytes",
        size_of::<CircuitBreaker>()
    );
}

#[test]
fn answers_are_small() {
    assert!(size_of::<Rejected>() <= 16);
    assert!(size_of::<Permit<'_>>() <= 32);
    assert!(size_of::<Result<Permit<'_>, Rejected>>() <= 40);
}

#[test]
fn a_breaker_lives_in_a_static() {
    assert!(IN_A_STATIC.call(|| Ok::<_, ()>(1)).is_ok());
}

#[test]
fn nothing_is_allocated_in_any_state() {
    let clock = ManualClock::new();
    let breaker = build(&clock, |b| b.consecutive_failures(2).open_duration(S));
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            for result in [Ok(()), Err(()), Err(()), Ok(())] {
                let _ = breaker.call(|| result);
            }
            let _ = (breaker.state(), breaker.snapshot());
            clock.advance(S);
            breaker.half_open();
            breaker.reset();
        }
    });
    assert_eq!(allocated.count_total, 0);
}

/// Bytes of a breaker with its settings and whatever it keeps in a box.
fn bytes(settings: impl FnOnce(tripword::Builder) -> tripword::Builder) -> usize {
    let builder = settings(CircuitBreaker::builder());
    let mut built = None;
    let allocated = allocation_counter::measure(|| built = Some(builder.build().unwrap()));
    size_of::<CircuitBreaker>() + usize::try_from(allocated.bytes_total).unwrap()
}

#[test]
fn a_window_fits_in_the_bytes_that_were_promised() {
    assert!(bytes(|b| b.consecutive_failures(5)) <= 160);
    assert!(bytes(|b| b.last_calls(100).failure_rate(0.5)) <= 224);
    assert!(bytes(|b| b.within(10 * S).failure_rate(0.5)) <= 400);
}

#[test]
fn no_window_allocates_in_a_call() {
    let windows: [fn(tripword::Builder) -> tripword::Builder; 3] = [
        |b| b.last_calls(50).failure_rate(0.5),
        |b| b.within(10 * S).failure_rate(0.5),
        |b| {
            b.within(10 * S)
                .slow_call_duration(S)
                .slow_call_rate(0.5)
                .live()
        },
    ];
    for window in windows {
        let clock = ManualClock::new();
        let breaker = build(&clock, window);
        let allocated = allocation_counter::measure(|| {
            for call in 0..1_000 {
                let result = if call % 3 == 0 { Err(()) } else { Ok(()) };
                let _ = breaker.call(|| result);
                clock.advance(S);
            }
            let _ = breaker.snapshot();
        });
        assert_eq!(allocated.count_total, 0);
    }
}

static WITH_A_WINDOW: CircuitBreaker = breaker!(last_calls(100), failure_rate(0.5));

#[test]
fn a_breaker_with_a_window_lives_in_a_static_too() {
    for _ in 0..9 {
        WITH_A_WINDOW.try_acquire().expect("closed").failure();
    }
    assert_eq!(WITH_A_WINDOW.snapshot().counts.failures, 9);
}
