//! Faults of what a breaker depends on: clocks, observers and functions that panic, threads that
//! stop in the middle of a call, permits that are forgotten, a clock that jumps.
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "the clocks of these tests")]

use crate::support::{MS, S};
use std::cell::Cell;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;
use tripword::{
    Backoff, Builder, CircuitBreaker, Clock, ManualClock, Mode, Nanos, Observer, Outcome, Probes,
    Rejected, Settlement, State, Transition,
};

fn silently<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn build<C: Clock>(builder: Builder, clock: C) -> CircuitBreaker<C> {
    builder.jitter(0.0).build_with(clock).expect("valid settings")
}

/// A clock that panics on demand.
#[derive(Default)]
struct Brittle {
    now: ManualClock,
    panics: AtomicBool,
}

impl Brittle {
    fn advance(&self, millis: u64) {
        self.now.advance(Duration::from_millis(millis));
    }
}

impl Clock for Brittle {
    fn now(&self) -> Nanos {
        assert!(!self.panics.load(Relaxed), "the clock broke");
        self.now.now()
    }
}

fn while_broken<T>(clock: &Brittle, work: impl FnOnce() -> T) -> Option<T> {
    clock.panics.store(true, Relaxed);
    let result = silently(work);
    clock.panics.store(false, Relaxed);
    result
}

#[test]
fn a_clock_that_panics_leaves_the_state_as_it_was() {
    let clock = Brittle::default();
    let breaker = build(Builder::new().consecutive_failures(1).open_duration(S), &clock);
    let permit = breaker.try_acquire().expect("closed");
    assert!(while_broken(&clock, || permit.failure()).is_none());
    assert_eq!(breaker.snapshot().state, State::Closed);
    breaker.try_acquire().expect("closed").failure();
    assert!(while_broken(&clock, || breaker.try_acquire().is_ok()).is_none());
    clock.advance(1_000);
    assert!(while_broken(&clock, || breaker.try_acquire().is_ok()).is_none());
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
    breaker.try_acquire().expect("half-open").success();
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_probe_that_a_broken_clock_left_unsettled_is_given_up_when_its_lease_ends() {
    let clock = Brittle::default();
    let lease = Some(10 * S);
    let breaker = build(Builder::new().probe_lease(lease).open_duration(S), &clock);
    breaker.half_open();
    let probe = breaker.try_acquire().expect("a slot");
    assert!(while_broken(&clock, || probe.success()).is_none());
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    clock.advance(10_400);
    assert!(breaker.try_acquire().is_err(), "given up, and open again");
    clock.advance(1_000);
    breaker.try_acquire().expect("half-open").success();
    assert_eq!(breaker.state(), State::Closed);
}

/// An observer that panics at each notification.
struct Fragile;

impl Observer for Fragile {
    fn on_transition(&self, _: &Transition) {
        panic!("a transition");
    }
    fn on_rejected(&self, _: &Rejected) {
        panic!("a refusal");
    }
    fn on_outcome(&self, _: &Settlement) {
        panic!("an outcome");
    }
    fn on_mode(&self, _: Mode, _: Mode) {
        panic!("a mode");
    }
}

#[test]
fn an_observer_that_panics_undoes_no_transition_and_keeps_no_slot() {
    let clock = Brittle::default();
    let builder = Builder::new().consecutive_failures(1).open_duration(S);
    let breaker = build(builder, &clock).observed_by(Fragile);
    let permit = breaker.try_acquire().expect("closed");
    assert!(silently(|| permit.failure()).is_none());
    assert_eq!(breaker.state(), State::Open);
    assert!(silently(|| breaker.try_acquire().is_ok()).is_none());
    clock.advance(1_000);
    assert!(silently(|| breaker.try_acquire().is_ok()).is_none(), "it is notified of half-open");
    let end = breaker.snapshot();
    assert_eq!((end.state, end.probes.in_flight), (State::HalfOpen, 0), "the call was never made");
    assert!(silently(|| breaker.set_mode(Mode::ForceOpen)).is_none());
    assert_eq!(breaker.mode(), Mode::ForceOpen);
    assert!(silently(|| breaker.reset()).is_none());
    assert_eq!(breaker.state(), State::Closed);
}

thread_local! {
    static PANICS: Cell<bool> = const { Cell::new(false) };
}

fn panic_on_demand() {
    assert!(!PANICS.get(), "on demand");
}

#[test]
fn a_function_of_the_settings_that_panics_leaves_the_circuit_closed() {
    let clock = Brittle::default();
    let builder = Builder::new().last_calls(10).trip_when(|counts| {
        panic_on_demand();
        counts.failures >= 2
    });
    let backoff = Backoff::by_streak(|_| {
        panic_on_demand();
        S
    });
    for builder in [builder, Builder::new().consecutive_failures(2).backoff(backoff)] {
        let breaker = build(builder, &clock);
        breaker.try_acquire().expect("closed").failure();
        PANICS.set(true);
        let permit = breaker.try_acquire().expect("closed");
        assert!(silently(|| permit.failure()).is_none());
        PANICS.set(false);
        assert_eq!(breaker.state(), State::Closed);
        breaker.try_acquire().expect("closed").failure();
        assert_eq!(breaker.state(), State::Open);
    }
}

thread_local! {
    /// Of the thread that is to stop: it sends when it has stopped, and receives when to continue.
    static STOP: Cell<Option<(Sender<()>, Receiver<()>)>> = const { Cell::new(None) };
}

/// A clock at whose next reading one thread stops, until the test lets it continue.
#[derive(Default)]
struct Gate(Brittle);

impl Clock for Gate {
    fn now(&self) -> Nanos {
        if let Some((stopped, go_on)) = STOP.take() {
            stopped.send(()).expect("the test waits");
            go_on.recv().expect("the test lets it continue");
        }
        self.0.now()
    }
}

type Gated<'a> = CircuitBreaker<&'a Gate>;

/// Every operation on a breaker, completely.
fn do_everything(breaker: &Gated<'_>, gate: &Gate) {
    for outcome in [Outcome::Success, Outcome::Failure, Outcome::Ignored] {
        if let Ok(permit) = breaker.try_acquire() {
            permit.settle(outcome);
        }
    }
    breaker.trip();
    breaker.trip_for(MS);
    gate.0.advance(2);
    drop(breaker.try_acquire());
    breaker.half_open();
    breaker.set_mode(Mode::Shadow);
    breaker.set_mode(Mode::Normal);
    breaker.reconfigure(breaker.config()).expect("the same settings");
    assert!(!breaker.snapshot().to_string().is_empty());
    breaker.close();
    breaker.reset();
}

/// Stops a thread at its first reading of the clock in `work`, performs every operation meanwhile,
/// and lets it continue.
fn stopped_in(breaker: &Gated<'_>, gate: &Gate, work: impl FnOnce(&Gated<'_>) + Send) {
    let ((stopped, is_stopped), (let_go, go_on)) = (channel(), channel());
    // `let_go` is dropped with this closure, so the thread continues if an operation panics.
    thread::scope(move |scope| {
        scope.spawn(move || {
            STOP.set(Some((stopped, go_on)));
            work(breaker);
        });
        is_stopped.recv().expect("it reads the clock");
        do_everything(breaker, gate);
        let_go.send(()).expect("it waits");
    });
}

#[test]
fn a_thread_that_stops_in_a_call_blocks_no_other_and_its_call_does_not_count() {
    let works: [fn(&Gated<'_>); 5] = [
        |breaker| breaker.trip(),
        |breaker| assert!(breaker.snapshot().now >= Nanos::ZERO),
        |breaker| breaker.reset(),
        |breaker| breaker.try_acquire().expect("closed").success(),
        |breaker| breaker.try_acquire().expect("closed").failure(),
    ];
    for work in works {
        let gate = Gate::default();
        let builder = Builder::new().within(10 * S).failures(1).open_duration(S);
        let breaker = build(builder.slow_call_duration(S).live(), &gate);
        stopped_in(&breaker, &gate, work);
        // Its last step was one transition from the state that the others had left.
        let snapshot = breaker.snapshot();
        assert!(matches!(snapshot.state, State::Closed | State::Open), "{snapshot}");
        breaker.reset();
        assert_eq!(breaker.snapshot().counts.calls, 0);
        breaker.try_acquire().expect("closed").failure();
        assert_eq!(breaker.state(), State::Open);
    }
}

#[test]
fn a_thread_that_stops_as_it_enters_half_open_takes_no_slot_from_the_others() {
    let gate = Gate::default();
    let breaker = build(Builder::new().open_duration(S).live(), &gate);
    breaker.trip();
    gate.0.advance(1_000);
    stopped_in(&breaker, &gate, |breaker| drop(breaker.try_acquire()));
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.probes.in_flight), (State::Closed, 0));
}

/// A clock that jumps by up to a minute in either direction, and advances in the long run.
#[derive(Default)]
struct Jumping(AtomicU32);

impl Clock for Jumping {
    fn now(&self) -> Nanos {
        let reading = u64::from(self.0.fetch_add(1, Relaxed));
        let jump = (reading.wrapping_mul(0x9E37_79B9) >> 7) % 120_000;
        Nanos::from_millis(reading + jump)
    }
}

/// One thread's calls, with every kind of fault.
fn misbehave(breaker: &CircuitBreaker<&Jumping>, thread: u64) {
    for call in 0..500 {
        let Ok(permit) = breaker.try_acquire() else {
            continue;
        };
        match (thread * 31 + call) % 7 {
            0 => permit.failure(),
            1 => permit.settle(Outcome::RetryAfter(S)),
            2 => mem::forget(permit),
            3 => drop(permit),
            4 => assert!(
                silently(move || {
                    let _permit = permit;
                    panic!("in the call");
                })
                .is_none()
            ),
            _ => permit.success(),
        }
    }
}

#[test]
fn after_every_kind_of_fault_on_many_threads_the_circuit_closes_again() {
    for threads in [4, 16, 64] {
        let clock = Jumping::default();
        let builder = Builder::new().within(60 * S).failures(3).open_duration(S);
        let probes = Probes::new().max_probes(2).successes_to_close(2);
        let breaker = build(builder.probes(probes).probe_lease(Some(60 * S)), &clock);
        thread::scope(|scope| {
            for thread in 0..threads {
                let breaker = &breaker;
                scope.spawn(move || misbehave(breaker, thread));
            }
        });
        let closes = |_| {
            breaker.try_acquire().map(|permit| permit.success()).ok();
            breaker.state() == State::Closed
        };
        assert!((0..1_000_000).any(closes), "{threads} threads: {}", breaker.snapshot());
    }
}
