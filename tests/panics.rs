//! Calls that panic. `call` notices a panic without the feature `std`, too.

use crate::support::breaker;
use std::panic::{self, AssertUnwindSafe};
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
fn a_panic_in_the_call_is_ignored_without_count_panics() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1).count_panics(false));
    panic_in_a_call(&breaker);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_panic_in_a_probe_is_a_failed_probe() {
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

/// Makes a call that panics, while its thread unwinds from something else.
struct PanicsWhileUnwinding<'a>(&'a CircuitBreaker<&'a ManualClock>);

impl Drop for PanicsWhileUnwinding<'_> {
    fn drop(&mut self) {
        panic_in_a_call(self.0);
    }
}

#[test]
fn a_panic_in_a_call_of_a_destructor_is_a_failure_though_the_thread_unwinds_already() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let _calls = PanicsWhileUnwinding(&breaker);
        panic!("elsewhere");
    }));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Open);
}
