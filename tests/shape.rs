//! The size of a breaker, the threads it may be shared between, and what a call allocates.
#![cfg(feature = "std")]

use crate::support::{S, breaker};
use std::mem::{align_of, size_of};
use tripword::{
    CallError, CircuitBreaker, ManualClock, OwnedPermit, Permit, Rejected, Settlement, Snapshot,
    Transition, Wrapped,
};

const fn is_send_and_sync<T: Send + Sync>() {}

const _: () = {
    is_send_and_sync::<CircuitBreaker>();
    is_send_and_sync::<Permit<'_>>();
    is_send_and_sync::<OwnedPermit>();
    is_send_and_sync::<CallError<Rejected>>();
    is_send_and_sync::<Snapshot>();
    is_send_and_sync::<Transition>();
    is_send_and_sync::<Settlement>();
    is_send_and_sync::<Wrapped<&CircuitBreaker, fn()>>();
    is_send_and_sync::<tripword::raw::Engine<'_>>();
};

#[cfg(feature = "tracing")]
const _: () = is_send_and_sync::<tripword::tracing::Events<&str>>();

/// So that words can lie in memory that other processes map.
#[cfg(target_has_atomic = "64")]
#[expect(clippy::disallowed_types, reason = "what a word is made of")]
#[test]
fn a_word_is_the_atomic_of_core() {
    use std::sync::atomic::AtomicU64;
    use tripword::raw::Word;
    assert_eq!(size_of::<Word>(), size_of::<AtomicU64>());
    assert_eq!(align_of::<Word>(), align_of::<AtomicU64>());
}

#[test]
fn settings_are_as_small_as_they_were() {
    assert!(size_of::<tripword::Config>() <= 96);
}

#[test]
fn a_breaker_fits_in_160_bytes_with_its_settings() {
    assert!(size_of::<CircuitBreaker>() <= 160, "{} bytes", size_of::<CircuitBreaker>());
}

#[test]
fn a_breaker_with_shared_settings_has_64_bytes_of_its_own() {
    let settings = std::sync::Arc::new(tripword::Config::default());
    let mut breakers = Vec::with_capacity(1_000);
    let allocated = allocation_counter::measure(|| {
        breakers.extend((0..1_000).map(|_| CircuitBreaker::from(settings.clone())));
    });
    assert_eq!(allocated.bytes_total, 0);
    assert!(size_of::<CircuitBreaker>() <= 64, "{} bytes", size_of::<CircuitBreaker>());
    assert!(breakers.iter().all(|breaker| breaker.try_acquire().is_ok()));
}

#[test]
fn refusals_and_permits_are_small() {
    assert_eq!(size_of::<Option<Rejected>>(), 8);
    assert!(size_of::<Permit<'_>>() <= 32);
    assert!(size_of::<Result<Permit<'_>, Rejected>>() <= 40);
}

#[test]
fn no_state_allocates_in_a_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2).open_duration(S));
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

/// Bytes of a breaker with its settings and what it has in a box.
fn bytes(settings: impl FnOnce(tripword::Builder) -> tripword::Builder) -> usize {
    let builder = settings(CircuitBreaker::builder());
    let mut built = None;
    let allocated = allocation_counter::measure(|| built = Some(builder.build().unwrap()));
    size_of::<CircuitBreaker>() + usize::try_from(allocated.bytes_total).unwrap()
}

#[test]
fn a_breaker_with_a_window_fits_in_the_promised_bytes() {
    assert!(bytes(|b| b.consecutive_failures(5)) <= 160);
    assert!(bytes(|b| b.last_calls(100).failure_rate(0.5)) <= 224);
    assert!(bytes(|b| b.within(10 * S).stripes(1).failure_rate(0.5)) <= 400);
    // Ten buckets have room for 16 stripes in what the default may take.
    assert!(bytes(|b| b.within(10 * S).failure_rate(0.5)) <= 400 + 4_096);
    assert!(bytes(|b| b.within(1_024 * S).buckets(1_024).failures(1)) <= 16_700);
}

#[test]
fn no_window_allocates_in_a_call() {
    let windows: [fn(tripword::Builder) -> tripword::Builder; 3] = [
        |b| b.last_calls(50).failure_rate(0.5),
        |b| b.within(10 * S).failure_rate(0.5),
        |b| b.within(10 * S).slow_call_duration(S).slow_call_rate(0.5).live(),
    ];
    for window in windows {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, window);
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

#[test]
fn a_breaker_in_a_static_allocates_nothing_at_all() {
    tripword::breaker! { static SEARCH = last_calls(100), failure_rate(0.5), live(); }
    let allocated = allocation_counter::measure(|| {
        let _ = SEARCH.call(|| Err::<(), _>(()));
        let _ = SEARCH.reconfigure(SEARCH.config());
        assert_eq!(SEARCH.snapshot().counts.failures, 1);
    });
    assert_eq!(allocated.count_total, 0);
}
