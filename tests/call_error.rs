//! What a call without a value can be turned into.
#![cfg(feature = "std")]

use tripword::{CallError, CircuitBreaker, Reason, Rejected};

#[derive(Debug, PartialEq)]
enum Ours {
    Status(u16),
    Unavailable(Rejected),
}

impl From<Rejected> for Ours {
    fn from(rejected: Rejected) -> Self {
        Self::Unavailable(rejected)
    }
}

fn refusal() -> Rejected {
    let breaker = CircuitBreaker::builder().build().unwrap();
    breaker.trip();
    breaker.try_acquire().unwrap_err()
}

#[test]
fn a_refusal_and_a_failure_become_one_error() {
    fn pay(breaker: &CircuitBreaker) -> Result<(), Ours> {
        breaker
            .call(|| Err(Ours::Status(500)))
            .map_err(CallError::flatten)?;
        Ok(())
    }
    let breaker = CircuitBreaker::builder().build().unwrap();
    assert_eq!(pay(&breaker), Err(Ours::Status(500)));
    breaker.trip();
    let refused = pay(&breaker).unwrap_err();
    assert!(matches!(refused, Ours::Unavailable(why) if why.reason() == Reason::Open));
}

#[test]
fn only_the_error_of_the_function_is_turned_into_another() {
    let failed: CallError<u16> = CallError::Inner(500);
    assert_eq!(
        failed.map_inner(Ours::Status),
        CallError::Inner(Ours::Status(500))
    );
    let rejected = refusal();
    let refused = CallError::Rejected(rejected).map_inner(Ours::Status);
    assert_eq!(refused, CallError::Rejected(rejected));
}

#[test]
fn what_is_asked_of_an_error_that_it_is_not_is_none() {
    let failed: CallError<u16> = CallError::Inner(500);
    let refused: CallError<u16> = CallError::Rejected(refusal());
    assert_eq!((failed.inner(), refused.inner()), (Some(&500), None));
    assert_eq!(
        (failed.into_inner(), refused.into_inner()),
        (Some(500), None)
    );
    assert!(failed.rejected().is_none());
}
