//! The tests of the core that need no `std`. Run with `cargo test -p without-std --features alone`,
//! and again with `--features alone,alloc`.

#[path = "../../../tests/support/mod.rs"]
mod support;

#[path = "../../../tests/engine.rs"]
mod engine;
#[path = "../../../tests/events.rs"]
mod events;
#[path = "../../../tests/panics.rs"]
mod panics;
#[path = "../../../tests/rejection.rs"]
mod rejection;
#[path = "../../../tests/states.rs"]
mod states;
#[path = "../../../tests/time.rs"]
mod time;
#[path = "../../../tests/values.rs"]
mod values;

use std::time::Duration;
use tripword::{CircuitBreaker, ManualClock, State, breaker};

static CLOCK: ManualClock = ManualClock::new();

breaker! {
    static LINK: CircuitBreaker<&ManualClock> =
        clock: &CLOCK; last_calls(100), failures(2), open_duration(Duration::from_secs(3));
}

#[test]
fn a_breaker_with_a_window_works_in_a_static() {
    for _ in 0..2 {
        assert!(LINK.call(|| Err::<(), _>(())).is_err());
    }
    assert_eq!(LINK.state(), State::Open);
    CLOCK.advance(Duration::from_secs(3));
    assert_eq!(LINK.call(|| Ok::<_, ()>(7)), Ok(7));
    assert_eq!(LINK.state(), State::Closed);
}

#[cfg(all(feature = "alone", not(feature = "alloc")))]
#[test]
fn without_an_allocator_a_breaker_with_a_window_is_refused_at_run_time() {
    let builder = CircuitBreaker::builder().last_calls(100).failures(2);
    let error = builder.build_with(&CLOCK).map(drop).unwrap_err().to_string();
    assert!(error.contains("breaker!"), "{error}");
}

/// Without `std` a permit cannot notice that its thread unwinds, so it is ignored.
#[cfg(all(feature = "alone", not(feature = "std")))]
#[test]
fn a_permit_that_a_panic_drops_is_ignored() {
    let clock = ManualClock::new();
    let breaker = support::breaker(&clock, |b| b.consecutive_failures(1));
    let call = std::panic::AssertUnwindSafe(|| {
        let _permit = breaker.try_acquire();
        panic!("in the call");
    });
    assert!(std::panic::catch_unwind(call).is_err());
    assert_eq!(breaker.state(), State::Closed);
}
