//! Bugs seen in other breakers, each with a test that this one does not have it.
#![cfg(feature = "std")]

use crate::support::{S, breaker, fail, succeed};
use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use tripword::{
    CircuitBreaker, ConfigError, ManualClock, Mode, Observer, Outcome, Probes, Ramp, State,
    Transition,
};

#[test]
fn half_open_does_not_admit_every_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip();
    clock.advance(S);
    let admitted: Vec<_> = (0..100).filter_map(|_| breaker.try_acquire().ok()).collect();
    assert_eq!(admitted.len(), 1);
}

#[test]
fn a_stale_success_does_not_close_half_open() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let stale = breaker.try_acquire().unwrap();
    breaker.half_open();
    stale.success();
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn a_stale_failure_does_not_open_half_open_or_use_up_a_probe() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let stale = breaker.try_acquire().unwrap();
    breaker.half_open();
    stale.failure();
    assert_eq!(breaker.state(), State::HalfOpen);
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn a_late_probe_of_one_episode_does_not_close_the_next() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let late = breaker.try_acquire().unwrap();
    breaker.trip();
    breaker.half_open();
    late.success();
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn stale_results_do_not_free_slots_above_the_limit_or_underflow() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(2).successes_to_close(10);
    let breaker = breaker(&clock, |b| b.probes(probes));
    let stale: Vec<_> = (0..100).map(|_| breaker.try_acquire().unwrap()).collect();
    breaker.half_open();
    let _probes = [breaker.try_acquire().unwrap(), breaker.try_acquire().unwrap()];
    stale.into_iter().for_each(|permit| permit.success());
    assert!(breaker.try_acquire().is_err());
    assert_eq!(breaker.snapshot().probes.in_flight, 2);
}

#[test]
fn a_hung_probe_does_not_block_recovery_permanently() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.half_open();
    forget(breaker.try_acquire());
    for _ in 0..3 {
        clock.advance(62 * S);
        let _ = breaker.call(|| Ok::<_, ()>(()));
    }
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn cancelled_and_panicking_probes_do_not_use_up_the_budget() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.count_panics(false));
    breaker.half_open();
    for _ in 0..1_000 {
        drop(breaker.try_acquire().expect("a slot"));
        let call = AssertUnwindSafe(|| {
            breaker.call(|| -> Result<(), ()> { std::panic::resume_unwind(Box::new(())) })
        });
        assert!(catch_unwind(call).is_err());
    }
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn ignored_results_do_not_close_half_open() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    for _ in 0..3 {
        let _ = breaker.call_with(|_| Outcome::Ignored, || Err::<(), _>("excluded"));
    }
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn refusals_of_the_breaker_are_not_failures() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2).open_duration(S));
    breaker.trip();
    for _ in 0..100 {
        assert!(breaker.try_acquire().is_err());
    }
    clock.advance(S);
    succeed(&breaker, 1);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn reset_while_closed_forgets_failures() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(3));
    fail(&breaker, 2);
    breaker.reset();
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_success_ends_failures_in_a_row() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(3));
    for _ in 0..1_000 {
        fail(&breaker, 2);
        succeed(&breaker, 1);
    }
    assert_eq!(breaker.state(), State::Closed);
}

/// Records the states of each transition.
#[derive(Default)]
struct States(std::cell::RefCell<Vec<(State, State)>>);

impl Observer for States {
    fn on_transition(&self, transition: &Transition) {
        self.0.borrow_mut().push((transition.from, transition.to));
    }
}

#[test]
fn observers_are_notified_of_open_to_half_open_too() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S)).observed_by(States::default());
    breaker.trip();
    clock.advance(S);
    drop(breaker.try_acquire());
    let transitions = breaker.observer().0.take();
    assert_eq!(transitions, [(State::Closed, State::Open), (State::Open, State::HalfOpen)]);
}

#[test]
fn a_breaker_does_not_deadlock_itself_when_it_recovers() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip();
    clock.advance(S);
    let nested = breaker.call(|| breaker.call(|| Ok::<_, ()>(1)).or(Ok::<_, ()>(2)));
    assert_eq!(nested, Ok(2), "the inner call finds the probe's slot taken");
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn calls_run_concurrently() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let permits: Vec<_> = (0..1_000).map(|_| breaker.try_acquire().unwrap()).collect();
    assert_eq!(permits.len(), 1_000);
}

#[test]
fn zero_settings_are_refused_and_extreme_ones_work() {
    let builder = CircuitBreaker::builder;
    let refused = |settings: tripword::Builder| settings.build().is_err();
    assert!(refused(builder().consecutive_failures(0)));
    assert!(refused(builder().probes(Probes::new().max_probes(0))));
    assert!(refused(builder().probes(Probes::sample(0, 1.0))));
    assert!(refused(builder().ramp(Ramp::new(f64::NAN, S))));
    let all = builder().probes(Probes::sample(1, 1.0)).open_duration(Duration::MAX);
    assert_eq!(all.build().map(drop), Ok::<_, ConfigError>(()));
}

#[test]
fn an_open_duration_below_a_millisecond_still_refuses() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(Duration::from_nanos(1)));
    breaker.trip();
    assert!(breaker.try_acquire().is_err());
}

#[test]
fn modes_restore_the_counts_below() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(3));
    fail(&breaker, 2);
    for mode in [Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow, Mode::Normal] {
        breaker.set_mode(mode);
    }
    assert_eq!(breaker.snapshot().consecutive_failures, 2);
}

#[test]
fn the_state_can_be_read_without_a_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip();
    clock.advance(S);
    assert_eq!(breaker.state(), State::HalfOpen);
    assert_eq!(breaker.snapshot().probes.in_flight, 0, "reading took no slot");
}
