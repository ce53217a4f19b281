//! What a call through a named breaker that has no value can be turned into.
#![cfg(feature = "registry")]

use crate::support::S;
use crate::support::registry::registry;
use tripword::registry::{NamedError, NamedRejected};
use tripword::{CallError, Cause, Outcome, Reason, Rejected};

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
fn a_refusal_and_a_failure_become_one_error() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let fail = || {
        let failed = payments.call(|| Err::<(), _>(Ours::Status(500)));
        failed.unwrap_err()
    };
    let failed = fail();
    assert_eq!(failed.inner(), Some(&Ours::Status(500)));
    assert_eq!(failed.flatten(), Ours::Status(500));

    payments.trip();
    let refused = fail();
    assert_eq!(refused.inner(), None);
    let rejected = refused.rejected().unwrap().clone();
    assert_eq!(refused.flatten(), Ours::Unavailable(rejected));
}

#[test]
fn only_the_error_of_the_function_is_turned_into_another() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let call = || payments.call(|| Err::<(), _>(500)).unwrap_err();
    let failed = call().map_inner(Ours::Status);
    assert_eq!(failed, NamedError::Inner(Ours::Status(500)));
    assert_eq!(failed.into_inner(), Some(Ours::Status(500)));

    payments.trip();
    let refused = call().map_inner(Ours::Status);
    assert_eq!(refused.rejected(), payments.rejection().as_ref());
    assert_eq!(refused.into_inner(), None);
}

#[test]
fn a_refusal_and_a_failure_go_into_one_box() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let parse = || payments.call(|| "x".parse::<u32>()).unwrap_err();
    assert!(parse().into_boxed().is::<std::num::ParseIntError>());
    payments.trip();
    let refusal = parse().into_boxed();
    assert_eq!(
        refusal.downcast_ref::<NamedRejected>(),
        payments.rejection().as_ref()
    );
}

#[test]
fn who_wants_no_name_leaves_it_out() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let call = || payments.call(|| Err::<(), _>(500)).unwrap_err();
    assert_eq!(call().without_name(), CallError::Inner(500));
    payments.trip();
    let rejected = payments.rejection().unwrap();
    let nameless = Rejected::from(rejected.clone());
    assert_eq!(nameless, rejected.rejected());
    assert_eq!(call().without_name(), CallError::Rejected(nameless));
}

#[test]
fn a_refusal_that_is_foreseen_tells_no_cause_of_another_move() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for _ in 0..2 {
        let pay = || Err::<(), _>("500");
        let _ = payments.call_with(payments.noting(Outcome::of), pay);
    }
    clock.advance(8 * S);
    std::mem::forget(payments.try_acquire());
    clock.advance(64 * S);
    let foreseen = payments.rejection().expect("the lease ran out");
    assert_eq!((foreseen.reason(), foreseen.cause()), (Reason::Open, None));
    let met = payments.try_acquire().unwrap_err();
    assert_eq!(met.cause(), Some(Cause::LeaseExpired));
}

#[test]
fn a_refusal_is_written_in_one_piece_however_wide() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    payments.trip();
    let refused = payments.try_acquire().unwrap_err();
    assert_eq!(format!("{refused:>60}"), refused.to_string());
}
