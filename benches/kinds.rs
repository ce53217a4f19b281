//! How many instructions does each kind of call take, other than a plain `call`: permits, futures,
//! named breakers, a tower layer? Limits are as in `instructions.rs`.
//!
//!     cargo bench -p tripword-benches --no-default-features --features instructions --bench kinds
//!
//! It is a program of its own: what else a program calls decides what the compiler inlines, so that
//! a row here would change the counts there.
#![allow(missing_docs, reason = "the macros of gungraun write none")]

mod counted;

use counted::{Breaker, S, at_most, build, consecutive, last_calls};
use gungraun::{library_benchmark, library_benchmark_group, main};
use std::future::{Ready, poll_fn, ready};
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tower_service::Service;
use tripword::{Builder, CircuitBreaker, Held, ManualClock, Mode, Outcome, Ramp, State};
use tripword_registry::{NamedBreaker, Registry};
use tripword_tower::{CircuitBreakerService, ErrorsAsFailures};

fn in_mode(mode: Mode) -> Breaker {
    let breaker = consecutive();
    breaker.set_mode(mode);
    breaker
}

fn forced_open() -> Breaker {
    in_mode(Mode::ForceOpen)
}

fn forced_closed() -> Breaker {
    in_mode(Mode::ForceClosed)
}

fn shadow() -> Breaker {
    in_mode(Mode::Shadow)
}

/// Halfway up a ramp.
fn recovering() -> Breaker {
    let breaker = build(Builder::new().ramp(Ramp::new(0.5, 60 * S)));
    breaker.half_open();
    breaker.try_acquire().expect("the probe").success();
    breaker.clock().advance(30 * S);
    assert_eq!(breaker.state(), State::Recovering);
    breaker
}

// Where a mode or a ramp decides.
#[library_benchmark]
#[bench::forced_open(args = (), setup = forced_open, config = at_most(134))]
#[bench::forced_closed(args = (), setup = forced_closed, config = at_most(232))]
#[bench::shadow(args = (), setup = shadow, config = at_most(316))]
#[bench::recovering(args = (), setup = recovering, config = at_most(354))]
fn overridden_call(breaker: Breaker) -> bool {
    breaker.call(|| Ok::<u32, ()>(black_box(1))).is_ok()
}

fn ignoring() -> (Breaker, Outcome) {
    (consecutive(), Outcome::Ignored)
}

fn naming_a_time() -> (Breaker, Outcome) {
    (consecutive(), Outcome::RetryAfter(S))
}

// Outcomes that only a classifier has.
#[library_benchmark]
#[bench::ignoring(args = (), setup = ignoring, config = at_most(193))]
#[bench::naming_a_time(args = (), setup = naming_a_time, config = at_most(413))]
fn judged_call((breaker, outcome): (Breaker, Outcome)) -> bool {
    breaker.call_with(|_| outcome, || Ok::<u32, ()>(black_box(1))).is_ok()
}

// A permit that borrows its breaker.
#[library_benchmark]
#[bench::consecutive(args = (), setup = consecutive, config = at_most(38))]
#[bench::last_calls(args = (), setup = last_calls, config = at_most(51))]
fn permit(breaker: Breaker) -> bool {
    breaker.try_acquire().map(|permit| permit.settle(judged())).is_ok()
}

// A permit over a reference, as a task holds it that outlives no `static`.
#[library_benchmark]
#[bench::consecutive(args = (), setup = consecutive, config = at_most(38))]
fn held_permit(breaker: Breaker) -> bool {
    Held::acquire(breaker).map(|permit| permit.settle(judged())).is_ok()
}

fn judged() -> Outcome {
    Outcome::of(&black_box(Ok::<u32, ()>(1)))
}

type Shared = Arc<CircuitBreaker<ManualClock>>;

fn shared() -> Shared {
    let settings = Builder::new().consecutive_failures(5);
    Arc::new(settings.build_with(ManualClock::new()).expect("valid settings"))
}

/// With another owner, so that no count ends at zero.
fn of_two_owners() -> &'static Shared {
    Box::leak(Box::new(shared()))
}

// A permit that counts up an `Arc`, and down again.
#[library_benchmark]
#[bench::consecutive(args = (), setup = of_two_owners, config = at_most(50))]
fn owned_permit(breaker: &'static Shared) -> bool {
    let permit = breaker.clone().try_acquire_owned();
    permit.map(|permit| permit.settle(judged())).is_ok()
}

/// The number of times that the guarded future is pending.
type Waits = u32;

fn at_once() -> (Breaker, Waits) {
    (consecutive(), 0)
}

fn pending_once() -> (Breaker, Waits) {
    (consecutive(), 1)
}

// A future, polled until it is ready.
#[library_benchmark]
#[bench::ready(args = (), setup = at_once, config = at_most(91))]
#[bench::pending_once(args = (), setup = pending_once, config = at_most(112))]
fn call_async((breaker, mut waits): (Breaker, Waits)) -> bool {
    let answer = poll_fn(|_| {
        if waits == 0 {
            return Poll::Ready(Ok::<u32, ()>(black_box(1)));
        }
        waits -= 1;
        Poll::Pending
    });
    output(breaker.call_async(answer)).is_ok()
}

fn output<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        let polled = future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(output) = polled {
            return output;
        }
    }
}

type Names = Registry<Arc<str>, Arc<ManualClock>>;
type Named = NamedBreaker<Arc<str>, Arc<ManualClock>>;

/// With one name, so that no hash decides how many are compared.
fn registry() -> &'static Names {
    let config = Builder::new().consecutive_failures(5).config().expect("valid settings");
    let clock = Arc::new(ManualClock::new());
    let registry = Registry::builder().clock(clock).config(config).build();
    registry.get_or_create("payments");
    Box::leak(Box::new(registry))
}

fn named() -> &'static Named {
    Box::leak(Box::new(registry().get_or_create("payments")))
}

// A named breaker, held by its caller.
#[library_benchmark]
#[bench::held(args = (), setup = named, config = at_most(33))]
fn named_call(breaker: &'static Named) -> bool {
    breaker.call(|| Ok::<u32, ()>(black_box(1))).is_ok()
}

// A named breaker that is looked up for each call.
#[library_benchmark]
#[bench::by_name(args = (), setup = registry, config = at_most(329))]
fn looked_up_call(registry: &'static Names) -> bool {
    let breaker = registry.get("payments");
    breaker.is_some_and(|breaker| breaker.call(|| Ok::<u32, ()>(black_box(1))).is_ok())
}

/// A tower service that answers at once.
#[derive(Clone)]
struct Backend;

impl Service<u32> for Backend {
    type Response = u32;
    type Error = ();
    type Future = Ready<Result<u32, ()>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: u32) -> Self::Future {
        ready(Ok(black_box(request)))
    }
}

type Guarded<H> = &'static mut CircuitBreakerService<Backend, H>;

fn by_reference() -> Guarded<Breaker> {
    let service = CircuitBreakerService::new(Backend, consecutive(), ErrorsAsFailures);
    Box::leak(Box::new(service))
}

fn by_arc() -> Guarded<Shared> {
    let service = CircuitBreakerService::new(Backend, shared(), ErrorsAsFailures);
    Box::leak(Box::new(service))
}

fn unguarded() -> &'static mut Backend {
    Box::leak(Box::new(Backend))
}

// A tower service without a breaker, and behind one: its readiness, a call, and the response.
#[library_benchmark]
#[bench::unguarded(args = (), setup = unguarded, config = at_most(5))]
#[bench::by_reference(args = (), setup = by_reference, config = at_most(83))]
#[bench::by_arc(args = (), setup = by_arc, config = at_most(99))]
fn tower_call<S: Service<u32, Response = u32>>(service: &'static mut S) -> bool {
    let ready = service.poll_ready(&mut Context::from_waker(Waker::noop()));
    matches!(ready, Poll::Ready(Ok(()))) && output(service.call(1)).is_ok()
}

library_benchmark_group!(
    name = kinds;
    benchmarks =
        overridden_call, judged_call, permit, held_permit, owned_permit, call_async, named_call,
        looked_up_call, tower_call
);
main!(library_benchmark_groups = kinds);
