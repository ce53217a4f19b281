//! What the error of a named call can be turned into.

use crate::support::registry;
use std::error::Error;
use std::time::Duration;
use tripword::{CallError, CircuitBreaker, ManualClock, Reason, Rejected};
use tripword_registry::{NamedBreaker, NamedRejected};

/// An error of a program's own.
#[derive(Debug, PartialEq)]
enum Ours {
    Status(u16),
    Unavailable(NamedRejected),
}

impl From<NamedRejected> for Ours {
    fn from(rejected: NamedRejected) -> Self {
        Self::Unavailable(rejected)
    }
}

#[test]
fn flatten_makes_one_error_of_a_refusal_and_a_failure() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let fail = || {
        let failed = payments.call(|| Err::<(), _>(Ours::Status(500)));
        failed.unwrap_err()
    };
    let failed = fail();
    assert_eq!(failed.inner(), Some(&Ours::Status(500)));
    assert_eq!(failed.flatten(), Ours::Status(500));

    payments.breaker().trip();
    let refused = fail();
    assert_eq!(refused.inner(), None);
    let rejected = refused.rejected().unwrap().clone();
    assert_eq!(&*rejected.name, "payments");
    assert_eq!(refused.flatten(), Ours::Unavailable(rejected));
}

#[test]
fn map_inner_converts_the_error_of_the_function_only() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let call = || payments.call(|| Err::<(), _>(500)).unwrap_err();
    let failed = call().map_inner(Ours::Status);
    assert_eq!(failed, CallError::Inner(Ours::Status(500)));
    assert_eq!(failed.into_inner(), Some(Ours::Status(500)));

    payments.breaker().trip();
    let refused = call().map_inner(Ours::Status);
    assert_eq!(refused.rejected(), payments.rejection().as_ref());
    assert_eq!(refused.into_inner(), None);
}

#[test]
fn into_boxed_boxes_a_refusal_or_the_error_of_the_function() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let parse = || payments.call(|| "x".parse::<u32>()).unwrap_err();
    assert!(parse().into_boxed().is::<std::num::ParseIntError>());
    payments.breaker().trip();
    let refusal = parse().into_boxed();
    assert_eq!(refusal.downcast_ref::<NamedRejected>(), payments.rejection().as_ref());
}

#[test]
fn map_rejected_drops_the_name() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let call = || payments.call(|| Err::<(), _>(500)).unwrap_err();
    let nameless = |error: CallError<u16, NamedRejected>| -> CallError<u16> {
        error.map_rejected(|named| named.rejected)
    };
    assert_eq!(nameless(call()), CallError::Inner(500));
    payments.breaker().trip();
    let rejected: Rejected = payments.breaker().rejection().unwrap();
    assert_eq!(nameless(call()), CallError::Rejected(rejected));
}

#[test]
fn a_refused_permit_converts_into_the_error_of_a_call() {
    fn pay(registry: &crate::support::ManualRegistry) -> Result<(), CallError<u16, NamedRejected>> {
        let payments = registry.get_or_create("payments");
        payments.try_acquire()?.success();
        Ok(())
    }
    let (registry, _) = registry(usize::MAX);
    assert_eq!(pay(&registry), Ok(()));
    let payments = registry.get_or_create("payments");
    payments.breaker().trip();
    let refused = pay(&registry).unwrap_err();
    assert_eq!(refused.into_rejected(), payments.rejection());
}

#[test]
fn a_refusal_converts_into_a_boxed_error_by_the_question_mark() {
    fn pay(registry: &crate::support::ManualRegistry) -> Result<(), Box<dyn std::error::Error>> {
        registry.get_or_create("payments").try_acquire()?.success();
        Ok(())
    }
    let (registry, _) = registry(usize::MAX);
    assert!(pay(&registry).is_ok());
    crate::support::fail(&registry.get_or_create("payments"), 2);
    let refusal = pay(&registry).unwrap_err().to_string();
    assert_eq!(refusal, "circuit \"payments\" open, retry in 8.0 s");
}

#[test]
fn a_refusal_ignores_a_width() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    payments.breaker().trip();
    let refused = payments.try_acquire().unwrap_err();
    assert_eq!(format!("{refused:>60}"), refused.to_string());
}

/// The refusal is found by code that knows neither the type of the name nor that of the error.
#[test]
fn a_refusal_with_a_name_is_found_among_the_sources() {
    let breaker = CircuitBreaker::builder().build_with(ManualClock::new());
    let shard = NamedBreaker::new(7_u8, breaker.expect("valid settings"));
    shard.breaker().trip_for(Duration::from_secs(8));
    let refused = shard.call(|| "42".parse::<u32>()).unwrap_err();
    let message = "circuit \"7\" open, retry in 8.0 s";
    let boxed: Box<dyn Error> = refused.into();
    assert_eq!(boxed.to_string(), message);
    assert_eq!(Rejected::find_in(&*boxed).map(|found| found.reason()), Some(Reason::Open));
    let named: Box<dyn Error> = shard.try_acquire().unwrap_err().into();
    assert_eq!(Rejected::find_in(&*named).map(|found| found.reason()), Some(Reason::Open));
}
