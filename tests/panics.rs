//! Calls that panic. The whole call sees that without the feature `std`, too.

use crate::support::breaker;
use std::panic::{self, AssertUnwindSafe};
#[cfg(feature = "std")]
use std::sync::Arc;
#[cfg(feature = "std")]
use tripword::Finding;
use tripword::{CircuitBreaker, ManualClock, Outcome, State};

fn panic_in_a_call(breaker: &CircuitBreaker<&ManualClock>) {
    let call = AssertUnwindSafe(|| breaker.call(|| -> Result<(), ()> { panic!("in the call") }));
    assert!(panic::catch_unwind(call).is_err());
}

#[test]
fn a_panic_in_the_call_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    panic_in_a_call(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_call_is_ignored_if_so_set() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1).count_panics(false));
    panic_in_a_call(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_panic_in_a_probe_settles_it() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    panic_in_a_call(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_classifier_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let classify = |_: &Result<(), ()>| -> Outcome { panic!("in the classifier") };
    let call = AssertUnwindSafe(|| breaker.call_with(classify, || Ok(())));
    assert!(panic::catch_unwind(call).is_err());
    assert_eq!(breaker.state(), State::Open);
}

/// A finding that cannot be had.
#[cfg(feature = "std")]
struct Unknown;

#[cfg(feature = "std")]
impl From<Unknown> for Finding {
    fn from(_: Unknown) -> Self {
        panic!("in the conversion")
    }
}

#[cfg(feature = "std")]
#[test]
fn a_panic_in_the_conversion_of_a_finding_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let permit = breaker.try_acquire().expect("half-open");
    let record = AssertUnwindSafe(|| permit.record(Unknown));
    assert!(panic::catch_unwind(record).is_err());
    assert_eq!(breaker.state(), State::Open);

    let breaker = Arc::new(breaker);
    breaker.half_open();
    let permit = breaker.clone().try_acquire_owned().expect("half-open");
    let record = AssertUnwindSafe(|| permit.record(Unknown));
    assert!(panic::catch_unwind(record).is_err());
    assert_eq!(breaker.state(), State::Open);
}

/// Makes a call that panics, while its thread unwinds from something else.
struct PanicsWhileUnwinding<'a>(&'a CircuitBreaker<&'a ManualClock>);

impl Drop for PanicsWhileUnwinding<'_> {
    fn drop(&mut self) {
        panic_in_a_call(self.0);
    }
}

#[test]
fn a_panic_in_a_call_inside_an_unwinding_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let _calls = PanicsWhileUnwinding(&breaker);
        panic!("elsewhere");
    }));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Open);
}
