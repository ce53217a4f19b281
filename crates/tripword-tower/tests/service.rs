//! The service by itself: when it consults the breaker and the inner service, and what becomes of
//! readiness, permits and errors.

use crate::support::{Event, Recorder, S};
use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::future::{Future, Ready, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use tower::limit::ConcurrencyLimit;
use tower::{Layer, Service, ServiceExt, service_fn};
use tripword::{
    CallError, CircuitBreaker, Handle, ManualClock, Mode, Observer, Outcome, OwnedPermit, Reason,
    Rejected, State, breaker,
};
use tripword_tower::{
    CircuitBreakerLayer, CircuitBreakerService, Classify, ErrorsAsFailures, ResponseFuture,
};

type Breaker<O = ()> = CircuitBreaker<Arc<ManualClock>, O>;

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<CircuitBreakerLayer>();
    is_send_and_sync::<CircuitBreakerService<()>>();
    is_send_and_sync::<ResponseFuture<(), Arc<CircuitBreaker>, ErrorsAsFailures>>();
    is_send_and_sync::<CircuitBreakerService<(), &'static CircuitBreaker>>();
};

/// Opens on the first failure, for a second.
fn breaker() -> Breaker {
    CircuitBreaker::builder()
        .consecutive_failures(1)
        .open_duration(S)
        .jitter(0.0)
        .build_with(Arc::new(ManualClock::new()))
        .expect("valid settings")
}

/// The same with an observer that records events.
#[expect(
    clippy::arc_with_non_send_sync,
    reason = "the recorder stays on this thread"
)]
fn recorded_breaker() -> Arc<Breaker<Recorder>> {
    Arc::new(breaker().observed_by(Recorder::default()))
}

fn in_flight<O: Observer>(breaker: &Breaker<O>) -> u8 {
    breaker.snapshot().probes.in_flight
}

/// Moves an open breaker to where the next call is a probe.
fn await_probe(breaker: &Breaker) {
    breaker.trip();
    breaker.clock().advance(S);
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What `future` comes to without waiting.
fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

fn is_ready<R, S: Service<R>>(service: &mut S) -> bool {
    service
        .poll_ready(&mut Context::from_waker(Waker::noop()))
        .is_ready()
}

/// Waits for nothing, neither for readiness nor for the response.
fn call<R, S: Service<R>>(service: &mut S, request: R) -> Result<S::Response, S::Error> {
    assert!(is_ready(service), "it waits to be ready");
    at_once(service.call(request))
}

fn refusal<T, E>(result: Result<T, CallError<E>>) -> Option<Reason> {
    Some(result.err()?.rejected()?.reason())
}

/// Answers with its request, and insists on being asked for its readiness before each call.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
    touched: Rc<Cell<u32>>,
}

impl Strict {
    fn touch(&self) {
        self.touched.set(self.touched.get() + 1);
    }
}

impl Clone for Strict {
    fn clone(&self) -> Self {
        let touched = self.touched.clone();
        Self {
            ready: false,
            touched,
        }
    }
}

impl Service<Result<u32, u32>> for Strict {
    type Response = u32;
    type Error = u32;
    type Future = Ready<Result<u32, u32>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), u32>> {
        self.touch();
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Result<u32, u32>) -> Self::Future {
        assert!(self.ready, "called before it was ready");
        self.touch();
        self.ready = false;
        ready(request)
    }
}

type Answer = Result<u32, Infallible>;

/// Never answers.
async fn hang(_: u32) -> Answer {
    pending().await
}

async fn echo(n: u32) -> Answer {
    Ok(n)
}

#[test]
fn results_pass_and_are_counted() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(call(&mut service, Err(2)), Err(CallError::Inner(2)));
    assert_eq!(breaker.state(), State::Open);
    let refused = call(&mut service, Ok(3)).unwrap_err();
    assert_eq!(refused.rejected().and_then(|r| r.retry_after()), Some(S));
}

#[test]
fn a_refused_call_does_not_touch_the_inner_service() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert_eq!(refusal(call(&mut service, Ok(1))), Some(Reason::Open));
    assert_eq!(service.get_ref().touched.get(), 0);
    breaker.clock().advance(S);
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(service.into_inner().touched.get(), 2);
}

#[test]
fn a_refused_call_does_not_spend_readiness() {
    let breaker = Arc::new(breaker());
    let mut one = CircuitBreakerLayer::new(breaker.clone()).layer(ConcurrencyLimit::new(service_fn(echo), 1));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert_eq!(refusal(at_once(one.call(1))), Some(Reason::Open));
    breaker.reset();
    assert!(!is_ready(&mut other), "the only slot is still the first's");
    assert_eq!(call(&mut one, 1), Ok(1));
    assert!(is_ready(&mut other));
}

#[test]
fn dropping_a_refused_service_gives_its_readiness_back() {
    let breaker = Arc::new(breaker());
    let mut one = CircuitBreakerLayer::new(breaker.clone()).layer(ConcurrencyLimit::new(service_fn(echo), 1));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert_eq!(refusal(at_once(one.call(1))), Some(Reason::Open));
    drop(one);
    breaker.reset();
    assert!(is_ready(&mut other));
}

#[test]
fn being_ready_to_refuse_takes_no_slot() {
    let breaker = Arc::new(breaker());
    let limited = ConcurrencyLimit::new(service_fn(echo), 1);
    let mut guarded = CircuitBreakerLayer::new(breaker.clone()).layer(limited.clone());
    breaker.trip();
    assert!(is_ready(&mut guarded));
    assert!(is_ready(&mut { limited }), "the only slot is free");
}

#[test]
fn a_refusal_does_not_wait_for_a_slot() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(ConcurrencyLimit::new(service_fn(hang), 1));
    assert!(is_ready(&mut service));
    let hanging = service.call(1);
    assert!(!is_ready(&mut service.clone()), "the limit is reached");
    breaker.trip();
    assert_eq!(
        refusal(at_once(service.clone().oneshot(2))),
        Some(Reason::Open)
    );
    drop(hanging);
}

#[test]
fn a_call_after_readiness_to_refuse_is_refused_even_if_the_circuit_changed() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.clock().advance(S);
    assert_eq!(refusal(at_once(service.call(Ok(1)))), Some(Reason::Open));
    assert_eq!(service.get_ref().touched.get(), 0);
    assert_eq!(in_flight(&breaker), 0, "the slot was given back");
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn all_probes_out_is_a_refusal_too() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    await_probe(&breaker);
    assert!(is_ready(&mut service));
    let probe = service.call(1);
    assert_eq!(refusal(call(&mut service, 2)), Some(Reason::ProbesBusy));
    drop(probe);
    assert!(is_ready(&mut service));
    drop(service.call(3));
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::HalfOpen, 0));
}

#[test]
fn a_dropped_future_gives_its_slot_back_polled_or_not() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    await_probe(&breaker);
    for polls in 0..3 {
        assert!(is_ready(&mut service));
        let mut response = Box::pin(service.call(1));
        for _ in 0..polls {
            assert!(poll(response.as_mut()).is_pending());
        }
        assert_eq!(in_flight(&breaker), 1);
        drop(response);
        assert_eq!((breaker.state(), in_flight(&breaker)), (State::HalfOpen, 0));
    }
    drop(service);
    assert_eq!(Arc::strong_count(&breaker), 1);
}

#[test]
fn a_panic_in_call_is_a_failure() {
    let breaker = Arc::new(breaker());
    let panics = service_fn(|_: u32| -> Ready<Answer> { panic!("in call") });
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(panics);
    assert!(catch_unwind(AssertUnwindSafe(|| call(&mut service, 1))).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_future_is_a_failure_at_once() {
    let breaker = Arc::new(breaker());
    let panics = service_fn(|_: u32| async { panic!("in the future") as Answer });
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(panics);
    await_probe(&breaker);
    assert!(is_ready(&mut service));
    let mut response = Box::pin(service.call(1));
    assert!(catch_unwind(AssertUnwindSafe(|| poll(response.as_mut()))).is_err());
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::Open, 0));
    drop(response);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_judge_is_a_failure() {
    let breaker = Arc::new(breaker());
    let judge = |_: &Answer| -> Outcome { panic!("in the judge") };
    let mut service = CircuitBreakerLayer::new(breaker.clone()).classify(judge).layer(service_fn(echo));
    assert!(catch_unwind(AssertUnwindSafe(|| call(&mut service, 1))).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_clone_has_neither_readiness_nor_permit() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service), "to refuse");
    breaker.reset();
    let mut clone = service.clone();
    assert_eq!(call(&mut clone, Ok(1)), Ok(1));
    await_probe(&breaker);
    assert!(is_ready(&mut service));
    let probe = service.call(Ok(1));
    let clone = service.clone();
    assert_eq!(in_flight(&breaker), 1);
    drop(clone);
    assert_eq!(in_flight(&breaker), 1);
    drop(probe);
    assert_eq!(in_flight(&breaker), 0);
}

#[test]
fn a_request_need_not_be_cloned() {
    struct Once(u32);
    let breaker = Arc::new(breaker());
    let take = |request: Once| ready(Ok::<_, Infallible>(request.0));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(take));
    assert_eq!(call(&mut service, Once(7)), Ok(7));
}

/// Is never ready, and says so.
#[derive(Debug, Clone)]
struct Broken;

impl Service<u32> for Broken {
    type Response = u32;
    type Error = &'static str;
    type Future = Ready<Result<u32, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(Err("broken"))
    }

    fn call(&mut self, _: u32) -> Self::Future {
        unreachable!("it is never ready")
    }
}

#[test]
fn an_error_of_readiness_passes_and_counts_nowhere() {
    let breaker = Arc::new(breaker());
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(Broken);
    assert_eq!(at_once(service.oneshot(1)), Err(CallError::Inner("broken")));
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

#[test]
fn a_closure_judges() {
    let breaker = Arc::new(breaker());
    let judge = |result: &Result<u32, u32>| match result {
        Ok(_) => Outcome::Success,
        Err(404) => Outcome::Ignored,
        Err(_) => Outcome::Failure,
    };
    let mut service = CircuitBreakerLayer::new(breaker.clone()).classify(judge).layer(Strict::default());
    assert_eq!(call(&mut service, Err(404)), Err(CallError::Inner(404)));
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(call(&mut service, Err(500)), Err(CallError::Inner(500)));
    assert_eq!(breaker.state(), State::Open);
}

/// A service whose errors are the seconds to stay away.
#[derive(Debug, Clone, Copy)]
struct NamesItsTime;

impl Classify<u32, u32> for NamesItsTime {
    fn classify(&self, result: &Result<u32, u32>) -> Finding {
        match result {
            Ok(_) => Outcome::Success.into(),
            Err(seconds) => Finding::FailureFor(*seconds * S),
        }
    }
}

#[test]
fn a_result_can_name_the_time_to_stay_away() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone())
        .classify(NamesItsTime)
        .layer(Strict::default());
    assert_eq!(call(&mut service, Err(7)), Err(CallError::Inner(7)));
    assert_eq!(breaker.snapshot().remaining, Some(7 * S));
}

#[test]
#[expect(
    clippy::arc_with_non_send_sync,
    reason = "a layer takes an Arc; the ear stays on this thread"
)]
fn the_observer_hears_one_outcome_a_call() {
    let breaker = Arc::new(breaker().observed_by(Ear::default()));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert!(matches!(breaker.observer().take()[..], [Heard::Outcome(_)]));
    breaker.trip();
    breaker.observer().take();
    assert!(is_ready(&mut service) && is_ready(&mut service));
    assert_eq!(refusal(at_once(service.call(Ok(1)))), Some(Reason::Open));
    assert!(matches!(
        breaker.observer().take()[..],
        [Heard::Rejected(_)]
    ));
}

#[test]
fn a_layer_shares_its_breaker_with_all_that_it_makes() {
    let breaker = Arc::new(breaker());
    let layer = CircuitBreakerLayer::new(breaker.clone()).clone();
    let (mut one, mut other) = (
        layer.layer(Strict::default()),
        layer.layer(Strict::default()),
    );
    assert_eq!(call(&mut one, Err(1)), Err(CallError::Inner(1)));
    assert_eq!(refusal(call(&mut other, Ok(1))), Some(Reason::Open));
}

#[test]
fn the_layer_itself_allocates_nothing() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            for request in [Ok(1), Err(2), Ok(3)] {
                let _ = call(&mut service, request);
            }
            breaker.clock().advance(S);
        }
    });
    assert_eq!(allocated.count_total, 0);
}

/// A response is the inner future, the permit and a tag: nothing is behind a pointer.
#[test]
fn a_response_is_small() {
    let judged = size_of::<ResponseFuture<(), ErrorsAsFailures, MonotonicClock, ()>>();
    assert!(judged <= size_of::<OwnedPermit>() + 8, "{judged} bytes");
}

#[test]
fn a_future_that_a_panic_elsewhere_drops_is_ignored() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    assert!(is_ready(&mut service));
    for is_polled in [true, false] {
        let mut future = Box::pin(service.call(1));
        assert!(!is_polled || poll(future.as_mut()).is_pending());
        let unwound = catch_unwind(AssertUnwindSafe(|| {
            let _future = future;
            panic!("elsewhere");
        }));
        assert!(unwound.is_err());
        assert_eq!(breaker.state(), State::Closed, "polled: {is_polled}");
    }
}

#[test]
#[expect(
    clippy::arc_with_non_send_sync,
    reason = "a layer takes an Arc; the ear stays on this thread"
)]
fn the_observer_hears_a_refusal_of_a_circuit_that_changed() {
    let breaker = Arc::new(breaker().observed_by(Ear::default()));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(echo));
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.clock().advance(S);
    breaker.observer().take();
    let refused = at_once(service.call(1));
    assert_eq!(refusal(refused), Some(Reason::Open));
    let heard = breaker.observer().take();
    assert!(
        matches!(heard[..], [Heard::Transition(_), Heard::Rejected(_)]),
        "{heard:?}"
    );
    assert_eq!(in_flight(&breaker), 0);
}

#[test]
fn a_panic_in_the_future_is_a_failure_later_too() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(|_: u32| {
        let mut polls = 0;
        std::future::poll_fn(move |_| -> Poll<Answer> {
            polls += 1;
            assert!(polls < 2, "in the future");
            Poll::Pending
        })
    }));
    assert!(is_ready(&mut service));
    let mut future = pin!(service.call(1));
    assert!(poll(future.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()).is_ready())).is_err());
    assert_eq!(breaker.state(), State::Open);
}
