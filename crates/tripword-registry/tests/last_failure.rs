//! The last failure: noted, included in refusals, and forgotten.

use crate::support::{S, fail, registry, settings, state};
use std::sync::Arc;
use std::time::Duration;
use tripword::{
    Builder, Cause, CircuitBreaker, Clock, ManualClock, Nanos, Observer, Outcome, Ramp, Reason,
    State, Transition,
};
use tripword_registry::{NamedBreaker, Registry};

#[test]
fn a_refusal_includes_the_cause_and_the_last_failure() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for status in [404, 500, 503] {
        let judge = |result: &Result<(), u16>| match result {
            Err(500..) => Outcome::Failure,
            _ => Outcome::Ignored,
        };
        let _ = payments.call_with(payments.noting(judge), || Err(status));
    }
    let refused = payments.try_acquire().unwrap_err();
    let with_failure = "circuit \"payments\" open, retry in 8.0 s: \
                        2 consecutive failures, last: 503";
    assert_eq!(refused.to_string(), with_failure);
    let failure = refused.last_failure.as_ref().unwrap();
    assert_eq!(&*failure.text, "503");
    assert_eq!(failure.at, payments.breaker().snapshot().now);
    assert_eq!(refused.cause, payments.breaker().snapshot().cause);
    assert!(refused.cause.is_some());

    clock.advance(8 * S);
    let probe = payments.try_acquire().unwrap();
    let busy = payments.try_acquire().unwrap_err();
    let message = "circuit \"payments\" half-open, all probes are out";
    assert!(busy.to_string().starts_with(message), "{busy}");
    assert_eq!((busy.cause, &busy.last_failure), (None, &None));
    payments.note_failure("reset by peer");
    probe.failure();
    assert_eq!(
        payments.try_acquire().unwrap_err().to_string(),
        "circuit \"payments\" open, retry in 8.0 s: probing failed, last: reset by peer"
    );
    payments.breaker().trip_for(Duration::MAX);
    assert_eq!(
        payments.try_acquire().unwrap_err().to_string(),
        "circuit \"payments\" open: probing failed, last: reset by peer"
    );
}

#[test]
fn rejection_predicts_the_refusal_of_a_call() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    assert_eq!(payments.rejection(), None);
    payments.note_failure("reset by peer");
    payments.breaker().trip();
    let refused = payments.try_acquire().unwrap_err();
    assert!(refused.last_failure.is_some());
    assert_eq!(payments.rejection(), Some(refused));
    clock.advance(8 * S);
    assert_eq!(payments.rejection(), None);
}

#[test]
fn a_predicted_refusal_names_no_cause_of_an_earlier_transition() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for _ in 0..2 {
        let pay = || Err::<(), _>("500");
        let _ = payments.call_with(payments.noting(Outcome::of), pay);
    }
    clock.advance(8 * S);
    std::mem::forget(payments.try_acquire());
    clock.advance(64 * S);
    let predicted = payments.rejection().expect("the lease expired");
    assert_eq!(predicted.rejected.reason(), Reason::Open);
    assert_eq!(predicted.cause, None);
    let message = predicted.to_string();
    assert!(message.ends_with(": last: 500"), "{message}");
    let met = payments.try_acquire().unwrap_err();
    assert_eq!(met.cause, Some(Cause::LeaseExpired));
}

#[test]
fn only_the_error_of_a_failure_is_noted() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let noted_after = |status: u16, outcome| {
        let judge = payments.noting(move |_: &Result<(), u16>| outcome);
        let _ = payments.call_with(judge, || Err(status));
        payments.last_failure().unwrap().text.to_string()
    };
    assert_eq!(noted_after(500, Outcome::Failure), "500");
    assert_eq!(noted_after(404, Outcome::Ignored), "500");
    assert_eq!(noted_after(401, Outcome::Success), "500");
    assert_eq!(noted_after(503, Outcome::RetryAfter(S)), "503");
}

#[test]
fn a_success_allocates_nothing_even_where_failures_are_noted() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            let _ = payments.call_with(payments.noting(Outcome::of), || Ok::<_, u16>(()));
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_failure_has_an_age() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    payments.note_failure("reset by peer");
    payments.breaker().trip_for(100 * S);
    clock.advance(40 * S);
    let failure = payments.rejection().unwrap().last_failure.unwrap();
    assert_eq!(failure.age(clock.now()), 40 * S);
}

#[test]
fn the_last_failure_is_forgotten_when_the_circuit_closes() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let is_forgotten_by = |close: &dyn Fn()| {
        payments.breaker().trip();
        payments.note_failure("reset by peer");
        close();
        assert_eq!(state(&payments), State::Closed);
        payments.last_failure().is_none()
    };
    assert!(is_forgotten_by(&|| payments.breaker().close()));
    assert!(is_forgotten_by(&|| payments.breaker().reset()));
    assert!(is_forgotten_by(&|| {
        clock.advance(8 * S);
        payments.try_acquire().unwrap().success();
    }));
}

#[test]
fn the_last_failure_stays_while_the_circuit_recovers() {
    let clock = Arc::new(ManualClock::new());
    let ramp = settings(Builder::new().ramp(Ramp::new(0.5, 10 * S)));
    let registry = Registry::builder().clock(clock.clone()).config(ramp).build();
    let payments = registry.get_or_create("payments");
    payments.note_failure("reset by peer");
    payments.breaker().half_open();
    payments.try_acquire().unwrap().success();
    assert_eq!(state(&payments), State::Recovering);
    assert!(payments.last_failure().is_some());
    clock.advance(10 * S);
    payments.try_acquire().unwrap().success();
    assert_eq!(state(&payments), State::Closed);
    assert_eq!(payments.last_failure(), None);
}

#[test]
fn the_last_failure_stays_while_the_circuit_is_closed() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    payments.note_failure("reset by peer");
    payments.try_acquire().unwrap().success();
    payments.breaker().reset();
    clock.advance(8 * S);
    assert_eq!(&*payments.last_failure().unwrap().text, "reset by peer");
    payments.forget_failure();
    assert_eq!(payments.last_failure(), None);
    fail(&payments, 2);
    assert_eq!(payments.try_acquire().unwrap_err().last_failure, None);
}

#[test]
fn reset_all_forgets_the_failures_of_closed_circuits_too() {
    let (registry, _) = registry(usize::MAX);
    let (closed, open) = (registry.get_or_create("closed"), registry.get_or_create("open"));
    closed.note_failure("reset by peer");
    open.note_failure("reset by peer");
    open.breaker().trip();
    registry.reset_all();
    assert_eq!((closed.last_failure(), open.last_failure()), (None, None));
}

#[test]
fn a_late_notification_of_closing_keeps_a_newer_failure() {
    let clock = ManualClock::new();
    let transitions = std::cell::RefCell::new(Vec::new());
    let breaker = CircuitBreaker::builder().build_with(&clock).unwrap();
    let payments = NamedBreaker::new("payments", breaker.observed_by(Log(&transitions)));
    payments.breaker().trip();
    payments.breaker().close();
    let closed = *transitions.borrow().last().unwrap();
    assert_eq!((closed.to, closed.at), (State::Closed, Nanos::ZERO));

    clock.advance(S);
    payments.note_failure("reset by peer");
    payments.breaker().observer().on_transition(&closed);
    assert!(payments.last_failure().is_some());
}

/// Stores each transition.
struct Log<'a>(&'a std::cell::RefCell<Vec<Transition>>);

impl Observer for Log<'_> {
    fn on_transition(&self, transition: &Transition) {
        self.0.borrow_mut().push(*transition);
    }
}
