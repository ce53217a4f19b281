//! Conversions of the error of a call.
#![cfg(feature = "std")]

use std::error::Error;
use tripword::{CallError, CircuitBreaker, Reason, Rejected};

#[derive(Debug, PartialEq)]
enum PayError {
    Status(u16),
    Unavailable(Rejected),
}

impl From<Rejected> for PayError {
    fn from(rejected: Rejected) -> Self {
        Self::Unavailable(rejected)
    }
}

fn refusal() -> Rejected {
    let breaker = CircuitBreaker::default();
    breaker.trip();
    breaker.try_acquire().unwrap_err()
}

#[test]
fn flatten_turns_a_refusal_and_a_failure_into_one_error() {
    fn pay(breaker: &CircuitBreaker) -> Result<(), PayError> {
        breaker.call(|| Err(PayError::Status(500))).map_err(CallError::flatten)?;
        Ok(())
    }
    let breaker = CircuitBreaker::default();
    assert_eq!(pay(&breaker), Err(PayError::Status(500)));
    breaker.trip();
    let error = pay(&breaker).unwrap_err();
    assert!(matches!(error, PayError::Unavailable(rejected) if rejected.reason() == Reason::Open));
}

#[test]
fn map_inner_converts_the_error_of_the_function_and_leaves_a_refusal() {
    let failed: CallError<u16> = CallError::Inner(500);
    assert_eq!(failed.map_inner(PayError::Status), CallError::Inner(PayError::Status(500)));
    let rejected = refusal();
    let refused = CallError::Rejected(rejected).map_inner(PayError::Status);
    assert_eq!(refused, CallError::Rejected(rejected));
}

#[test]
fn map_rejected_converts_a_refusal_and_leaves_the_error_of_the_function() {
    let name = |rejected: Rejected| rejected.with_name("payments").to_string();
    let refused: CallError<u16> = CallError::Rejected(refusal());
    let CallError::Rejected(message) = refused.map_rejected(name) else {
        panic!("still a refusal")
    };
    assert!(message.starts_with(r#"circuit "payments" open, retry in "#), "{message}");
    let failed: CallError<u16> = CallError::Inner(500);
    assert_eq!(failed.map_rejected(name), CallError::Inner(500));
}

#[test]
fn each_half_is_found_in_its_own_variant_only() {
    let failed: CallError<u16> = CallError::Inner(500);
    let refused: CallError<u16> = CallError::Rejected(refusal());
    assert_eq!((failed.inner(), refused.inner()), (Some(&500), None));
    assert_eq!((failed.rejected(), refused.rejected()), (None, Some(&refusal_of(&refused))));
    assert_eq!((failed.into_inner(), refused.into_inner()), (Some(500), None));
    assert_eq!(
        (failed.into_rejected(), refused.into_rejected()),
        (None, Some(refusal_of(&refused)))
    );
}

fn refusal_of(error: &CallError<u16>) -> Rejected {
    match error {
        CallError::Rejected(rejected) => *rejected,
        CallError::Inner(_) => panic!("not a refusal"),
    }
}

#[test]
fn the_question_mark_boxes_a_call_error_whose_parts_can_be_recovered() {
    fn read(breaker: &CircuitBreaker, text: &str) -> Result<u32, Box<dyn Error>> {
        Ok(breaker.call(|| text.parse::<u32>())?)
    }
    type ReadError = CallError<std::num::ParseIntError>;
    let breaker = CircuitBreaker::default();
    assert_eq!(read(&breaker, "7").unwrap(), 7);
    let failed = read(&breaker, "x").unwrap_err();
    assert_eq!(failed.to_string(), "invalid digit found in string");
    assert!(failed.downcast_ref::<ReadError>().unwrap().inner().is_some());
    breaker.trip();
    let refused = read(&breaker, "7").unwrap_err();
    let refused = refused.downcast_ref::<ReadError>().unwrap();
    assert_eq!(refused.rejected().unwrap().reason(), Reason::Open);
}

#[test]
fn a_boxed_error_is_the_refusal_or_the_error_of_the_function_itself() {
    let breaker = CircuitBreaker::default();
    let read = |text: &str| {
        let called = breaker.call(|| text.parse::<u32>());
        called.map_err(CallError::into_boxed)
    };
    assert!(read("x").unwrap_err().is::<std::num::ParseIntError>());
    breaker.trip();
    let refused = read("7").unwrap_err();
    assert!(refused.is::<Rejected>(), "{refused}");
}
