//! Permits that are dropped or forgotten, and futures that are dropped.
#![cfg(feature = "std")]

use crate::support::{S, breaker, poll_once};
use std::future::{pending, poll_fn, ready};
use std::mem;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tripword::{CircuitBreaker, ManualClock, Outcome, OwnedPermit, Permit, State};

#[test]
fn a_dropped_permit_is_ignored_and_a_dropped_probe_gives_its_slot_back() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    drop(breaker.try_acquire());
    assert_eq!(breaker.state(), State::Closed);
    breaker.half_open();
    for _ in 0..1_000 {
        drop(breaker.try_acquire().expect("the slot is free again"));
    }
}

#[test]
fn a_forgotten_probe_is_given_up_when_its_lease_ends() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.half_open();
    mem::forget(breaker.try_acquire());
    assert!(breaker.try_acquire().is_err());
    clock.advance(62 * S);
    assert!(breaker.try_acquire().is_err(), "opens again");
    clock.advance(S);
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Closed);
}

/// Acquires and drops a permit when it is dropped itself.
struct AcquiresWhenDropped<'a>(&'a CircuitBreaker<&'a ManualClock>);

impl Drop for AcquiresWhenDropped<'_> {
    fn drop(&mut self) {
        drop(self.0.try_acquire());
    }
}

#[test]
fn a_permit_acquired_and_dropped_while_the_thread_unwinds_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let _calls = AcquiresWhenDropped(&breaker);
        panic!("elsewhere");
    }));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Closed);
}

/// Does something with a permit when it is dropped.
struct WhenDropped<P, F: FnMut(P)>(Option<P>, F);

impl<P, F: FnMut(P)> Drop for WhenDropped<P, F> {
    fn drop(&mut self) {
        let permit = self.0.take().expect("dropped once");
        (self.1)(permit);
    }
}

#[test]
fn a_permit_that_is_ignored_while_the_thread_unwinds_is_no_failure() {
    let clock = Arc::new(ManualClock::new());
    let builder = CircuitBreaker::builder().consecutive_failures(1);
    let breaker = Arc::new(builder.build_with(clock).unwrap());
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let permit = breaker.try_acquire().ok();
        let owned = breaker.clone().try_acquire_owned().ok();
        let _ignored = WhenDropped(permit, Permit::ignore);
        let _ignored = WhenDropped(owned, OwnedPermit::ignore);
        panic!("elsewhere");
    }));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_future_that_is_dropped_gives_its_slot_back() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    for _ in 0..1_000 {
        let hanging = breaker.call_async(pending::<Result<(), ()>>());
        assert!(poll_once(hanging).is_pending());
    }
    let done = poll_once(breaker.call_async(ready(Ok::<_, ()>(5))));
    assert_eq!(done, Poll::Ready(Ok(5)));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_future_that_is_never_polled_acquires_nothing() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let _lazy = breaker.call_async(pending::<Result<(), ()>>());
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
}

#[test]
fn a_classifier_judges_async_calls() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let ignored = breaker.call_async_with(|_| Outcome::Ignored, ready(Err::<(), _>(404)));
    assert!(poll_once(ignored).is_ready());
    assert_eq!(breaker.state(), State::Closed);
    assert!(poll_once(breaker.call_async(ready(Err::<(), _>(500)))).is_ready());
    assert_eq!(breaker.state(), State::Open);
    let refused = poll_once(breaker.call_async(async { unreachable!() as Result<(), ()> }));
    assert!(matches!(refused, Poll::Ready(Err(error)) if error.rejected().is_some()));
}

#[test]
fn an_owned_permit_settles_once_and_gives_back_when_dropped() {
    let clock = ManualClock::new();
    let breaker = Arc::new(breaker(&clock, |b| b.consecutive_failures(2)));
    breaker.clone().try_acquire_owned().unwrap().failure();
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    breaker.half_open();
    let probe = breaker.clone().try_acquire_owned().unwrap();
    assert!(probe.is_probe());
    assert!(breaker.clone().try_acquire_owned().is_err());
    drop(probe);
    let probe = breaker.clone().try_acquire_owned().unwrap();
    probe.settle_elapsed(Outcome::Success, S);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_permit_counts_in_its_own_generation_only() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1).open_duration(S));
    let of_the_closed_state = breaker.try_acquire().unwrap();
    breaker.trip();
    clock.advance(S);
    let probe = breaker.try_acquire().unwrap();
    of_the_closed_state.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    breaker.trip();
    clock.advance(S);
    let next_probe = breaker.try_acquire().unwrap();
    probe.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    next_probe.success();
    assert_eq!(breaker.state(), State::Closed);
}

/// Polls `future` once and drops it by a panic that is not its own.
fn drop_by_a_panic_elsewhere<F: Future>(future: F) {
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut future = pin!(future);
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        assert!(polled.is_pending());
        panic!("elsewhere");
    }));
    assert!(unwound.is_err());
}

#[test]
fn a_future_that_a_panic_elsewhere_drops_between_polls_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    drop_by_a_panic_elsewhere(breaker.call_async(pending::<Result<(), ()>>()));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_future_that_panics_at_a_later_poll_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let mut polls = 0;
    let inner = poll_fn(|_| -> Poll<Result<(), ()>> {
        polls += 1;
        assert!(polls < 2, "in the call");
        Poll::Pending
    });
    let mut future = pin!(breaker.call_async(inner));
    let mut poll = || {
        let mut cx = Context::from_waker(Waker::noop());
        panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut cx).is_pending()))
    };
    assert!(poll().expect("no panic yet"));
    assert!(poll().is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_classifier_that_panics_after_the_future_is_done_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let classify = |_: &Result<(), ()>| -> Outcome { panic!("in the classifier") };
    let future = breaker.call_async_with(classify, ready(Ok(())));
    let unwound = panic::catch_unwind(AssertUnwindSafe(|| poll_once(future).is_ready()));
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Open);
}

const LATE: std::time::Duration = std::time::Duration::from_millis(1_001);

#[test]
fn a_call_that_is_given_up_late_has_failed_and_one_that_is_not_is_ignored() {
    let clock = ManualClock::new();
    let windows: [fn(tripword::Builder) -> tripword::Builder; 4] = [
        |b| b.consecutive_failures(3),
        |b| b.last_calls(10).failures(3),
        |b| b.within(10 * S).failures(3),
        |b| b.last_calls(10).failures(3).slow_call_duration(S).slow_call_rate(1.0),
    ];
    for window in windows {
        let breaker = breaker(&clock, |b| window(b).abandoned_after(S));
        for _ in 0..3 {
            let given_up = breaker.try_acquire();
            clock.advance(S);
            drop(given_up);
            let ignored = breaker.try_acquire().expect("closed");
            clock.advance(LATE);
            ignored.ignore();
        }
        assert_eq!(breaker.state(), State::Closed);
        for opened in [State::Closed, State::Closed, State::Open] {
            let given_up = breaker.try_acquire();
            clock.advance(LATE);
            drop(given_up);
            assert_eq!(breaker.state(), opened);
        }
    }
}

#[test]
fn a_probe_that_is_given_up_late_opens_the_circuit_again() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.abandoned_after(S));
    breaker.half_open();
    drop(breaker.try_acquire().expect("a probe"));
    let probe = breaker.try_acquire().expect("the slot is free again");
    clock.advance(LATE);
    drop(probe);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_future_that_is_dropped_late_has_failed() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1).abandoned_after(S));
    {
        let call = pin!(breaker.call_async(pending::<Result<(), ()>>()));
        assert!(poll_once(call).is_pending());
        clock.advance(LATE);
    }
    assert_eq!(breaker.state(), State::Open);
}

/// A duration is exact from the clock's zero on, too.
#[test]
fn a_call_that_begins_at_zero_takes_as_long_as_any_other() {
    let clock = ManualClock::new();
    let slow = std::time::Duration::from_nanos(1);
    let breaker = breaker(&clock, |b| {
        b.last_calls(1).slow_call_duration(slow).slow_call_rate(1.0).abandoned_after(S)
    });
    let permit = breaker.try_acquire().expect("closed");
    clock.advance(2 * slow);
    permit.success();
    assert_eq!(breaker.state(), State::Open);
}

/// The clock of a healthy call is read once, when it begins.
#[test]
fn a_call_that_is_not_given_up_is_settled_as_any_other() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(5).failures(2).abandoned_after(S));
    for result in [Ok(()), Err(()), Ok(())] {
        let _ = breaker.call(|| {
            clock.advance(LATE);
            result
        });
    }
    let counts = breaker.snapshot().counts;
    assert_eq!((counts.calls, counts.failures, counts.slow_calls), (3, 1, 0));
}

#[test]
fn how_late_a_call_may_be_given_up_can_be_replaced() {
    let clock = ManualClock::new();
    let settings = |wait| tripword::Builder::new().live().abandoned_after(wait);
    let breaker = breaker(&clock, |_| settings(S));
    let given_up = breaker.try_acquire();
    clock.advance(LATE);
    breaker.reconfigure(settings(2 * S).config().expect("valid settings")).expect("live");
    drop(given_up);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    let given_up = breaker.try_acquire();
    clock.advance(2 * LATE);
    drop(given_up);
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    let without = tripword::Builder::new().live().config().expect("valid settings");
    let refused = breaker.reconfigure(without).unwrap_err().to_string();
    let rule = "can change while the breaker is in use, but not be added or removed";
    assert_eq!(refused, format!("abandoned_after {rule}"));
}
