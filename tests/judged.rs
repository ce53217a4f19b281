//! Breakers with a judge of their own.
#![cfg(feature = "std")]

use crate::support::breaker;
use std::cell::Cell;
use std::mem::size_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tripword::{
    CallError, CircuitBreaker, Classify, ErrorsAsFailures, Handle, Judged, ManualClock,
    MonotonicClock, Outcome, Rejected, State, breaker,
};

/// Judges statuses of HTTP.
#[derive(Clone, Copy)]
struct Statuses;

impl<E> Classify<u16, E> for Statuses {
    fn classify(&self, result: &Result<u16, E>) -> Outcome {
        match result {
            Ok(500..) | Err(_) => Outcome::Failure,
            Ok(404) => Outcome::Ignored,
            Ok(_) => Outcome::Success,
        }
    }
}

breaker! { static BREAKER: CircuitBreaker = consecutive_failures(2); }
static PAYMENTS: Judged<&CircuitBreaker, Statuses> = BREAKER.judged_by(Statuses);

#[test]
fn a_static_judges_its_calls_as_it_says() {
    assert_eq!(PAYMENTS.call(|| Ok::<_, ()>(503)), Ok(503));
    assert_eq!(PAYMENTS.call(|| Ok::<_, ()>(404)), Ok(404));
    assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1);
    assert_eq!(PAYMENTS.call(|| Ok::<_, ()>(200)), Ok(200));
    assert_eq!(PAYMENTS.snapshot().consecutive_failures, 0);
    // A single call can be judged in another way.
    assert_eq!(PAYMENTS.call_with(|_| Outcome::Failure, || Ok::<_, ()>(200)), Ok(200));
    assert_eq!(pollster::block_on(PAYMENTS.call_async(async { Ok::<_, ()>(503) })), Ok(503));
    assert_eq!(PAYMENTS.state(), State::Open);
    let refused = pollster::block_on(PAYMENTS.call_async(async { Ok::<_, ()>(200) }));
    assert!(matches!(refused, Err(CallError::Rejected(_))));
}

#[test]
fn a_wrapped_function_has_the_judge() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let judged = breaker.judged_by(Statuses);
    let get = judged.wrap(|status: u16| Ok::<_, ()>(status));
    assert_eq!(get.call(404), Ok(404));
    assert_eq!(judged.state(), State::Closed);
    assert_eq!(get.call(500), Ok(500));
    assert_eq!(judged.state(), State::Open);
}

/// A handle whose refusals are text.
struct Texts(CircuitBreaker);

impl Handle for Texts {
    type Clock = MonotonicClock;
    type Observer = ();
    type Rejection = String;

    fn breaker(&self) -> &CircuitBreaker {
        &self.0
    }

    fn explain(&self, rejected: Rejected) -> String {
        format!("payments: {:?}", rejected.reason())
    }
}

#[test]
fn a_refusal_is_that_of_the_handle() {
    let judged = Judged::new(Texts(CircuitBreaker::default()), ErrorsAsFailures);
    judged.trip();
    let refused = judged.call(|| Ok::<_, ()>(())).unwrap_err();
    assert_eq!(refused, CallError::Rejected("payments: Open".to_owned()));
    let refused = pollster::block_on(judged.call_async(async { Ok::<_, ()>(()) })).unwrap_err();
    assert_eq!(refused, CallError::Rejected("payments: Open".to_owned()));
}

#[test]
fn a_fallback_is_called_after_the_call_was_settled() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2));
    let seen = Cell::new(0);
    let stale = |error: CallError<u16>| {
        seen.set(breaker.snapshot().consecutive_failures);
        match error {
            CallError::Rejected(_) => Ok(7),
            CallError::Inner(status) => Err(status),
        }
    };
    let prices = breaker.judged_by(ErrorsAsFailures).or_else(stale);
    assert_eq!(prices.call(|| Err(500)), Err(500));
    assert_eq!(seen.get(), 1);
    assert_eq!(pollster::block_on(prices.call_async(async { Err(500) })), Err(500));
    assert_eq!(prices.call(|| Ok(1)), Ok(7));
    assert_eq!(pollster::block_on(prices.call_async(async { Ok(1) })), Ok(7));
    let own = prices.call_or_else(|| Ok::<u32, u16>(1), |error| Err(error.rejected().is_some()));
    assert_eq!(own, Err(true));
}

#[test]
fn a_judge_that_panics_fails_the_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let judged = breaker.judged_by(|_: &Result<(), ()>| -> Outcome { panic!("on purpose") });
    assert!(catch_unwind(AssertUnwindSafe(|| judged.call(|| Ok(())))).is_err());
    assert_eq!(judged.state(), State::Open);
}

#[test]
fn a_judge_takes_no_room_but_its_own() {
    let of_reference = size_of::<Judged<&CircuitBreaker, ErrorsAsFailures>>();
    assert_eq!(of_reference, size_of::<&CircuitBreaker>());
    let of_function = size_of::<Judged<Arc<CircuitBreaker>, fn(&Result<(), ()>) -> Outcome>>();
    assert_eq!(of_function, 2 * size_of::<usize>());
}
