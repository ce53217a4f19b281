//! Handles: the ways to hold a breaker.
#![cfg(feature = "std")]

use crate::support::breaker;
use std::sync::Arc;
use tripword::{CircuitBreaker, Handle, Held, ManualClock, Observer, Reason, Rejected, State};

/// Fails one call through a handle of any kind.
fn fail_through<H: Handle>(handle: H) -> Result<(), H::Rejection> {
    match Held::acquire(handle) {
        Ok(permit) => {
            permit.failure();
            Ok(())
        }
        Err((handle, rejected)) => Err(handle.explain(rejected)),
    }
}

#[test]
fn a_reference_and_an_arc_are_handles_of_the_same_breaker() {
    let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(2).build().unwrap());
    assert_eq!(fail_through(&*breaker), Ok(()));
    assert_eq!(fail_through(breaker.clone()), Ok(()));
    assert_eq!(breaker.state(), State::Open);
    let refused = [fail_through(&*breaker), fail_through(breaker.clone())];
    for refused in refused {
        assert_eq!(refused.map_err(Rejected::reason), Err(Reason::Open));
    }
}

#[test]
fn a_plain_handle_explains_a_refusal_by_itself() {
    let breaker = Arc::new(CircuitBreaker::default());
    breaker.trip();
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!((&*breaker).explain(rejected), rejected);
    assert_eq!(Handle::explain(&breaker, rejected), rejected);
}

#[test]
fn a_handle_keeps_the_clock_and_the_observer_of_its_breaker() {
    struct Log(&'static str);
    impl Observer for Log {}
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(Log("payments"));
    let handle = &breaker;
    assert_eq!(Handle::breaker(&handle).observer().0, "payments");
    assert!(std::ptr::eq(*Handle::breaker(&handle).clock(), &clock));
}

/// A handle with a name, as a registry has it.
#[derive(Debug, Clone)]
struct Named(&'static str, Arc<CircuitBreaker>);

impl Handle for Named {
    type Clock = tripword::MonotonicClock;
    type Observer = ();
    type Rejection = String;

    fn breaker(&self) -> &CircuitBreaker {
        &self.1
    }

    fn explain(&self, rejected: Rejected) -> String {
        rejected.with_name(self.0).to_string()
    }
}

#[test]
fn a_handle_of_the_users_own_holds_permits_and_explains_refusals() {
    let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(1).build().unwrap());
    let named = Named("payments", breaker.clone());
    assert_eq!(fail_through(named.clone()), Ok(()));
    assert_eq!(breaker.state(), State::Open);
    let refused = fail_through(named).unwrap_err();
    assert!(refused.starts_with(r#"circuit "payments" open, retry in "#), "{refused}");
}

#[test]
fn a_permit_returns_its_handle() {
    let breaker = Arc::new(CircuitBreaker::default());
    let permit = Held::acquire(Named("payments", breaker.clone())).unwrap();
    assert_eq!(permit.handle().0, "payments");
    assert!(Arc::ptr_eq(&permit.handle().1, &breaker));
    permit.success();
}
