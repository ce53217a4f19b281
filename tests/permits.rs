//! Permits and the handles that hold their breaker: acquiring, suspending, entering, settling.
#![cfg(feature = "std")]

use crate::support::{MS, ManualBreaker, Recorder, S, breaker};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tripword::{
    CircuitBreaker, Held, ManualClock, Mode, Outcome, OwnedPermit, Permit, Reason, Settlement,
    State,
};

/// Runs `work` until it panics, as it must.
fn panicking(work: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
}

/// Runs `work` when it is dropped: here, while the thread unwinds.
struct Finally<F: FnMut()>(F);

impl<F: FnMut()> Drop for Finally<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn failures(breaker: &ManualBreaker<'_>) -> u32 {
    breaker.snapshot().consecutive_failures
}

#[test]
fn a_permit_can_be_held_through_a_reference_or_an_arc() {
    let breaker = Arc::new(CircuitBreaker::default());
    let borrowed: Permit<'_> = Held::acquire(&*breaker).unwrap();
    let owned: OwnedPermit = Held::acquire(breaker.clone()).unwrap();
    borrowed.failure();
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
    thread::spawn(move || owned.failure()).join().unwrap();
    assert_eq!(breaker.snapshot().consecutive_failures, 2);
}

#[test]
fn a_refused_acquisition_gives_the_handle_back() {
    let breaker = Arc::new(CircuitBreaker::default());
    breaker.trip();
    let (handle, rejected) = Held::acquire(breaker.clone()).unwrap_err();
    assert_eq!(rejected.reason(), Reason::Open);
    assert!(Arc::ptr_eq(&handle, &breaker));
    assert_eq!(Arc::strong_count(&breaker), 2, "no other handle is left");
}

#[test]
fn a_panic_while_the_permit_is_alive_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let _permit = breaker.try_acquire().unwrap();
        panic!("in the call");
    });
    assert_eq!(failures(&breaker), 1);
}

#[test]
fn a_panic_while_the_permit_is_suspended_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let mut permit = breaker.try_acquire().unwrap();
        permit.suspend();
        panic!("elsewhere");
    });
    assert_eq!(failures(&breaker), 0);
}

#[test]
fn a_panic_while_the_permit_is_entered_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let mut permit = breaker.try_acquire().unwrap();
        permit.suspend();
        let _entered = permit.enter();
        panic!("in the call");
    });
    assert_eq!(failures(&breaker), 1);
}

#[test]
fn a_permit_is_suspended_again_when_it_is_left() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let mut permit = breaker.try_acquire().unwrap();
        drop(permit.enter());
        panic!("elsewhere, between two polls");
    });
    assert_eq!(failures(&breaker), 0);
}

#[test]
fn a_permit_can_be_entered_again_and_again() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let mut permit = breaker.try_acquire().unwrap();
        for _ in 0..3 {
            drop(permit.enter());
        }
        let _entered = permit.enter();
        panic!("in the fourth poll");
    });
    assert_eq!(failures(&breaker), 1);
}

#[test]
fn a_permit_entered_and_dropped_while_the_thread_unwinds_already_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let mut permit = breaker.try_acquire().ok();
        let _finally = Finally(|| {
            let mut permit = permit.take().unwrap();
            let _entered = permit.enter();
        });
        panic!("elsewhere");
    });
    assert_eq!(failures(&breaker), 0);
}

#[test]
fn a_permit_acquired_while_the_thread_unwinds_already_is_ignored_when_dropped() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    panicking(|| {
        let _finally = Finally(|| drop(breaker.try_acquire()));
        panic!("elsewhere");
    });
    assert_eq!(failures(&breaker), 0);
}

#[test]
fn a_permit_measures_its_time_where_slow_calls_are_judged() {
    let clock = ManualClock::at(S.into());
    let plain = breaker(&clock, |b| b);
    let permit = plain.try_acquire().unwrap();
    clock.advance(S);
    assert_eq!(permit.elapsed(), None);

    let timed = breaker(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(0.5));
    let permit = timed.try_acquire().unwrap();
    clock.advance(S);
    assert_eq!(permit.elapsed(), Some(S));
    clock.advance(S);
    assert_eq!(permit.elapsed(), Some(2 * S));
    clock.set(Duration::ZERO.into());
    assert_eq!(permit.elapsed(), Some(Duration::ZERO), "the clock went back");

    timed.half_open();
    clock.set(S.into());
    let probe = timed.try_acquire().unwrap();
    clock.advance(S);
    assert_eq!(probe.elapsed(), Some(S));
}

#[test]
fn a_permit_can_be_settled_while_suspended_or_unwinding() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let mut permit = breaker.try_acquire().unwrap();
    permit.suspend();
    permit.failure();
    assert_eq!(failures(&breaker), 1);
    panicking(|| {
        let mut permit = breaker.try_acquire().ok();
        let _finally = Finally(|| permit.take().unwrap().success());
        panic!("elsewhere");
    });
    assert_eq!(failures(&breaker), 0, "the success counted");
}

#[test]
fn a_probe_that_is_suspended_and_dropped_by_a_panic_gives_its_slot_back() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    panicking(|| {
        let mut probe = breaker.try_acquire().unwrap();
        probe.suspend();
        panic!("elsewhere");
    });
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.probes.in_flight), (State::HalfOpen, 0));
}

/// A breaker that records, as of 1 s of its clock.
fn recorded(
    clock: &ManualClock,
    settings: impl FnOnce(tripword::Builder) -> tripword::Builder,
) -> ManualBreaker<'_, Recorder> {
    clock.set(S.into());
    breaker(clock, settings).observed_by(Recorder::default())
}

fn settlement(breaker: &ManualBreaker<'_, Recorder>) -> Settlement {
    match breaker.observer().take_settlements()[..] {
        [settlement] => settlement,
        ref other => panic!("not one settlement: {other:?}"),
    }
}

#[test]
fn a_settlement_names_the_generation_that_admitted_the_call() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock, |b| b);
    breaker.try_acquire().unwrap().success();
    assert_eq!(settlement(&breaker).generation, 0);
    breaker.reset();
    let permit = breaker.try_acquire().unwrap();
    breaker.reset();
    permit.failure();
    let late = settlement(&breaker);
    assert_eq!((late.generation, late.counted), (1, false));
    breaker.half_open();
    breaker.try_acquire().unwrap().success();
    let probe = settlement(&breaker);
    assert_eq!((probe.generation, probe.counted), (3, true));
}

#[test]
fn a_settlement_has_a_duration_where_slow_calls_are_judged() {
    let clock = ManualClock::new();
    let breaker =
        recorded(&clock, |b| b.last_calls(10).slow_call_duration(10 * MS).slow_call_rate(1.0));
    for (outcome, took) in [
        (Outcome::Success, 3 * MS),
        (Outcome::Success, 11 * MS),
        (Outcome::Failure, 12 * MS),
        (Outcome::Ignored, 13 * MS),
        (Outcome::RetryAfter(S), 14 * MS),
    ] {
        let permit = breaker.try_acquire().unwrap();
        clock.advance(took);
        permit.settle(outcome);
        let settled = settlement(&breaker);
        assert_eq!(settled.outcome, outcome);
        assert_eq!((settled.elapsed, settled.slow), (Some(took), took > 10 * MS));
        assert_eq!(settled.generation, 0);
    }
}

#[test]
fn a_settlement_has_no_duration_where_the_clock_is_not_read() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock, |b| b.last_calls(10).failures(9));
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Ignored] {
        let permit = breaker.try_acquire().unwrap();
        clock.advance(S);
        permit.settle(outcome);
        let settled = settlement(&breaker);
        assert_eq!((settled.elapsed, settled.slow), (None, false), "{outcome:?}");
    }
}

#[test]
fn a_settlement_has_the_duration_that_the_caller_measured() {
    let clock = ManualClock::new();
    let plain = recorded(&clock, |b| b);
    let permit = plain.try_acquire().unwrap();
    permit.settle_elapsed(Outcome::Success, 7 * S);
    let settled = settlement(&plain);
    assert_eq!((settled.elapsed, settled.slow), (Some(7 * S), false));

    let judging = recorded(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(1.0));
    let permit = judging.try_acquire().unwrap();
    clock.advance(60 * S);
    permit.settle_elapsed(Outcome::Success, MS);
    let settled = settlement(&judging);
    assert_eq!((settled.elapsed, settled.slow), (Some(MS), false));
}

#[test]
fn a_settlement_of_a_call_that_a_mode_let_pass_counts_nowhere() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock, |b| b);
    breaker.set_mode(Mode::ForceClosed);
    breaker.try_acquire().unwrap().failure();
    let settled = settlement(&breaker);
    assert_eq!((settled.outcome, settled.counted), (Outcome::Failure, false));
}

#[test]
fn a_settlement_keeps_the_time_that_the_dependency_named() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock, |b| b);
    let outcome = Outcome::RetryAfter(Duration::from_secs(9));
    breaker.try_acquire().unwrap().settle(outcome);
    let settled = settlement(&breaker);
    assert_eq!((settled.outcome, settled.counted), (outcome, true));
}

#[test]
fn debug_of_a_permit_shows_its_admission() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let probe = breaker.try_acquire().unwrap();
    let shown = format!("{probe:?}");
    assert!(shown.contains("generation: 1") && shown.contains("Probe"), "{shown}");
}
