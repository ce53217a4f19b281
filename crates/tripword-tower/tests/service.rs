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

pub(crate) type Breaker<O = ()> = CircuitBreaker<Arc<ManualClock>, O>;

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<CircuitBreakerLayer>();
    is_send_and_sync::<CircuitBreakerService<()>>();
    is_send_and_sync::<ResponseFuture<(), Arc<CircuitBreaker>, ErrorsAsFailures>>();
    is_send_and_sync::<CircuitBreakerService<(), &'static CircuitBreaker>>();
};

/// Opens on the first failure, for a second.
pub(crate) fn breaker() -> Breaker {
    CircuitBreaker::builder()
        .consecutive_failures(1)
        .open_duration(S)
        .jitter(0.0)
        .build_with(Arc::new(ManualClock::new()))
        .expect("valid settings")
}

/// The same with an observer that records events.
#[expect(clippy::arc_with_non_send_sync, reason = "the recorder stays on this thread")]
fn recorded_breaker() -> Arc<Breaker<Recorder>> {
    Arc::new(breaker().observed_by(Recorder::default()))
}

pub(crate) fn in_flight<O: Observer>(breaker: &Breaker<O>) -> u8 {
    breaker.snapshot().probes.in_flight
}

/// Opens the circuit and lets its deadline pass, so that the next call is a probe.
pub(crate) fn await_probe(breaker: &Breaker) {
    breaker.trip();
    breaker.clock().advance(S);
}

pub(crate) fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Returns the output of a future that is ready at the first poll.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future is pending"),
    }
}

pub(crate) fn is_ready<R, S: Service<R>>(service: &mut S) -> bool {
    service.poll_ready(&mut Context::from_waker(Waker::noop())).is_ready()
}

/// Calls a service that is ready at once and answers at once.
pub(crate) fn call<R, S: Service<R>>(service: &mut S, request: R) -> Result<S::Response, S::Error> {
    assert!(is_ready(service), "the service is not ready");
    at_once(service.call(request))
}

pub(crate) fn refusal<T, E>(result: Result<T, CallError<E>>) -> Option<Reason> {
    Some(result.err()?.rejected()?.reason())
}

fn catch<T>(f: impl FnOnce() -> T) -> std::thread::Result<T> {
    catch_unwind(AssertUnwindSafe(f))
}

/// Answers with its request, and panics if it is called before it was polled for its readiness.
#[derive(Debug, Default)]
struct Strict {
    ready: bool,
    /// How often the service was polled or called.
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
        Self { ready: false, touched }
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
pub(crate) async fn hang(_: u32) -> Answer {
    pending().await
}

pub(crate) async fn echo(n: u32) -> Answer {
    Ok(n)
}

#[test]
fn results_are_returned_and_counted() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(call(&mut service, Err(2)), Err(CallError::Inner(2)));
    assert_eq!(breaker.state(), State::Open);
    let error = call(&mut service, Ok(3)).unwrap_err();
    let rejected = error.into_rejected().expect("a refusal");
    assert_eq!(rejected.retry_after(), Some(S));
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
fn readiness_to_refuse_takes_no_slot() {
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
    let mut service =
        CircuitBreakerLayer::new(breaker.clone()).layer(ConcurrencyLimit::new(service_fn(hang), 1));
    assert!(is_ready(&mut service));
    let hanging = service.call(1);
    assert!(!is_ready(&mut service.clone()), "the limit is reached");
    breaker.trip();
    assert_eq!(refusal(at_once(service.clone().oneshot(2))), Some(Reason::Open));
    drop(hanging);
}

/// The inner service was not polled for its readiness, so it must not be called.
#[test]
fn a_call_after_readiness_to_refuse_is_refused_even_if_the_circuit_admits_calls_again() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.clock().advance(S);
    assert_eq!(refusal(at_once(service.call(Ok(1)))), Some(Reason::Open));
    assert_eq!(service.get_ref().touched.get(), 0);
    assert_eq!(in_flight(&breaker), 0, "no slot was taken");
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

/// The first call is refused by its readiness, the second by its permit.
#[test]
fn a_refusal_has_the_wait_as_of_the_call() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(echo));
    breaker.trip();
    assert!(is_ready(&mut service));
    for left in [S * 3 / 4, S / 2] {
        breaker.clock().advance(S / 4);
        let error = at_once(service.call(1)).unwrap_err();
        let rejected = error.into_rejected().expect("a refusal");
        assert_eq!(rejected.retry_after(), Some(left));
    }
}

#[test]
fn a_foreseen_refusal_stands_if_the_circuit_admits_calls_again() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.close();
    let error = at_once(service.call(Ok(1))).unwrap_err();
    let rejected = error.into_rejected().expect("a refusal");
    assert_eq!((rejected.reason(), rejected.retry_after()), (Reason::Open, Some(S)));
}

/// Readiness is judged anew by each poll.
#[test]
fn a_foreseen_refusal_is_forgotten_by_the_next_readiness() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.close();
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
}

#[test]
fn shadow_mode_refuses_nothing_and_notifies_the_observer() {
    let breaker = recorded_breaker();
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    breaker.set_mode(Mode::Shadow);
    breaker.observer().take();
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    let events = breaker.observer().take();
    let [Event::Rejected(rejected), Event::Outcome(_)] = events[..] else {
        panic!("{events:?}");
    };
    assert!(rejected.is_shadowed());
}

#[test]
fn calls_beyond_the_probes_are_refused() {
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
fn a_dropped_future_gives_its_slot_back_whether_polled_or_not() {
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
    assert!(catch(|| call(&mut service, 1)).is_err());
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
    assert!(catch(|| poll(response.as_mut())).is_err());
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::Open, 0));
    drop(response);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_classifier_is_a_failure() {
    let breaker = Arc::new(breaker());
    let judge = |_: &Answer| -> Outcome { panic!("in the classifier") };
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(judge);
    let mut service = layer.layer(service_fn(echo));
    assert!(catch(|| call(&mut service, 1)).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_clone_has_neither_readiness_nor_permit() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    breaker.trip();
    assert!(is_ready(&mut service), "ready to refuse");
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
fn a_request_need_not_be_clone() {
    struct Once(u32);
    let breaker = Arc::new(breaker());
    let take = |request: Once| ready(Ok::<_, Infallible>(request.0));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(take));
    assert_eq!(call(&mut service, Once(7)), Ok(7));
}

/// Fails in `poll_ready`.
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
fn an_error_of_readiness_is_returned_and_not_counted() {
    let breaker = Arc::new(breaker());
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(Broken);
    assert_eq!(at_once(service.oneshot(1)), Err(CallError::Inner("broken")));
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
}

#[test]
fn a_closure_is_a_classifier() {
    let breaker = Arc::new(breaker());
    let judge = |result: &Result<u32, u32>| match result {
        Ok(_) => Outcome::Success,
        Err(404) => Outcome::Ignored,
        Err(_) => Outcome::Failure,
    };
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(judge);
    let mut service = layer.layer(Strict::default());
    assert_eq!(call(&mut service, Err(404)), Err(CallError::Inner(404)));
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(call(&mut service, Err(500)), Err(CallError::Inner(500)));
    assert_eq!(breaker.state(), State::Open);
}

/// For a service whose errors are the seconds to wait.
#[derive(Debug, Clone, Copy)]
struct ErrorsAreSeconds;

impl Classify<u32, u32> for ErrorsAreSeconds {
    fn classify(&self, result: &Result<u32, u32>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(seconds) => Outcome::RetryAfter(*seconds * S),
        }
    }
}

#[test]
fn a_classifier_can_open_the_circuit_for_a_given_time() {
    let breaker = Arc::new(breaker());
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(ErrorsAreSeconds);
    let mut service = layer.layer(Strict::default());
    assert_eq!(call(&mut service, Err(7)), Err(CallError::Inner(7)));
    assert_eq!(breaker.snapshot().remaining, Some(7 * S));
}

#[test]
fn the_observer_is_notified_once_for_each_call() {
    let breaker = recorded_breaker();
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    let events = breaker.observer().take();
    assert!(matches!(events[..], [Event::Outcome(_)]), "{events:?}");

    breaker.trip();
    breaker.observer().take();
    assert!(is_ready(&mut service) && is_ready(&mut service));
    for _ in 0..2 {
        // First by its readiness, then by its permit.
        let error = at_once(service.call(Ok(1))).unwrap_err();
        let rejected = error.into_rejected().expect("a refusal");
        assert_eq!(breaker.observer().take(), [Event::Rejected(rejected)]);
    }
}

#[test]
fn a_layer_shares_its_breaker_with_all_that_it_makes() {
    let breaker = Arc::new(breaker());
    let layer = CircuitBreakerLayer::new(breaker.clone()).clone();
    let (mut one, mut other) = (layer.layer(Strict::default()), layer.layer(Strict::default()));
    assert_eq!(call(&mut one, Err(1)), Err(CallError::Inner(1)));
    assert_eq!(refusal(call(&mut other, Ok(1))), Some(Reason::Open));
}

#[test]
fn the_service_does_not_allocate() {
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

/// A response is the inner future, the permit and a tag, with no further indirection.
#[test]
fn a_response_is_hardly_larger_than_a_permit() {
    let response = size_of::<ResponseFuture<(), Arc<CircuitBreaker>, ErrorsAsFailures>>();
    assert!(response <= size_of::<OwnedPermit>() + 8, "{response} bytes");
}

#[test]
fn a_future_that_is_dropped_by_a_panic_elsewhere_is_ignored() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    for polls in 0..3 {
        assert!(is_ready(&mut service));
        let mut future = Box::pin(service.call(1));
        for _ in 0..polls {
            assert!(poll(future.as_mut()).is_pending());
        }
        let unwound = catch(|| {
            let _future = future;
            panic!("elsewhere");
        });
        assert!(unwound.is_err());
        assert_eq!(breaker.state(), State::Closed, "after {polls} polls");
    }
}

/// A future that is polled by a destructor during a panic, and then dropped by that panic.
#[test]
fn a_future_that_is_polled_during_a_panic_elsewhere_is_ignored() {
    struct PollOnDrop<F: Future>(Pin<Box<F>>);
    impl<F: Future> Drop for PollOnDrop<F> {
        fn drop(&mut self) {
            assert!(poll(self.0.as_mut()).is_pending());
        }
    }
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    assert!(is_ready(&mut service));
    let future = PollOnDrop(Box::pin(service.call(1)));
    let unwound = catch(|| {
        let _future = future;
        panic!("elsewhere");
    });
    assert!(unwound.is_err());
    assert_eq!(breaker.state(), State::Closed);
}

/// Fails its call, or panics in it, at the second poll.
fn second_poll(panics: bool) -> impl Future<Output = Result<u32, &'static str>> {
    let mut polls = 0;
    poll_fn(move |_| {
        polls += 1;
        assert!(polls < 2 || !panics, "in the future");
        if polls < 2 { Poll::Pending } else { Poll::Ready(Err("down")) }
    })
}

#[test]
fn a_call_that_was_suspended_is_settled() {
    let breaker = Arc::new(breaker());
    let inner = service_fn(|()| second_poll(false));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(inner);
    assert!(is_ready(&mut service));
    let mut future = pin!(service.call(()));
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!(poll(future), Poll::Ready(Err(CallError::Inner("down"))));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_the_future_is_a_failure_at_a_later_poll() {
    let breaker = Arc::new(breaker());
    let inner = service_fn(|()| second_poll(true));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(inner);
    assert!(is_ready(&mut service));
    let mut future = pin!(service.call(()));
    assert!(poll(future.as_mut()).is_pending());
    assert!(catch(|| poll(future.as_mut())).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn panics_are_ignored_where_the_settings_say_so() {
    let settings = CircuitBreaker::builder().consecutive_failures(1);
    let breaker = Arc::new(settings.count_panics(false).build().expect("valid settings"));
    let inner = service_fn(|_: u32| async { panic!("in the future") as Answer });
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(inner);
    assert!(catch(|| call(&mut service, 1)).is_err());
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn a_future_panics_if_it_is_polled_after_completion() {
    let breaker = Arc::new(breaker());
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(echo));
    for _ in 0..2 {
        // First admitted, then refused.
        assert!(is_ready(&mut service));
        let mut future = pin!(service.call(1));
        assert!(poll(future.as_mut()).is_ready());
        let panic = catch(|| poll(future)).unwrap_err();
        let message = panic.downcast_ref::<String>().map(String::as_str);
        let message = message.or(panic.downcast_ref::<&str>().copied());
        assert_eq!(message, Some("`ResponseFuture` polled after completion"));
        breaker.trip();
    }
}

#[test]
fn a_static_breaker_needs_no_arc() {
    static CLOCK: ManualClock = ManualClock::new();
    breaker! {
        static BREAKER: CircuitBreaker<&ManualClock> =
            clock: &CLOCK; consecutive_failures(1), open_duration(S), jitter(0.0);
    }
    let layer = CircuitBreakerLayer::new(&BREAKER);
    assert!(std::ptr::eq(*layer.handle(), &BREAKER));
    let mut service = layer.layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(call(&mut service, Err(2)), Err(CallError::Inner(2)));
    assert_eq!(refusal(call(&mut service, Ok(3))), Some(Reason::Open));
    assert_eq!(service.get_ref().touched.get(), 4);

    CLOCK.advance(S);
    assert!(is_ready(&mut service));
    let probe = service.call(Ok(4));
    assert_eq!(BREAKER.snapshot().probes.in_flight, 1);
    drop(service);
    assert_eq!(at_once(probe), Ok(4));
    assert_eq!(BREAKER.state(), State::Closed);
}

/// A breaker with a name, as a registry has them.
#[derive(Clone)]
struct Named {
    name: &'static str,
    breaker: Arc<Breaker>,
}

/// A refusal that says which circuit refused.
#[derive(Debug, PartialEq)]
struct NamedRejected {
    name: &'static str,
    rejected: Rejected,
}

impl fmt::Display for NamedRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rejected.with_name(self.name).fmt(f)
    }
}

impl Handle for Named {
    type Clock = Arc<ManualClock>;
    type Observer = ();
    type Rejection = NamedRejected;

    fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    fn explain(&self, rejected: Rejected) -> NamedRejected {
        let name = self.name;
        NamedRejected { name, rejected }
    }
}

#[test]
fn a_refusal_is_that_of_the_handle() {
    let payments = Named { name: "payments", breaker: Arc::new(breaker()) };
    let layer = CircuitBreakerLayer::new(payments.clone());
    let mut service = layer.layer(Strict::default());
    assert_eq!(call(&mut service, Ok(1)), Ok(1));
    assert_eq!(call(&mut service, Err(2)), Err(CallError::Inner(2)));
    assert!(is_ready(&mut service));
    for _ in 0..2 {
        // First by its readiness, then by its permit.
        let error = at_once(service.call(Ok(3))).unwrap_err();
        let message = r#"circuit "payments" open, retry in 1.0 s"#;
        assert_eq!(error.to_string(), message);
        let rejected = error.into_rejected().expect("a refusal");
        assert_eq!(rejected.name, payments.name);
        assert_eq!(rejected.rejected.reason(), Reason::Open);
    }
}

#[test]
fn a_foreseen_refusal_is_no_transition() {
    let breaker = recorded_breaker();
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(echo));
    breaker.trip();
    assert!(is_ready(&mut service));
    breaker.clock().advance(S);
    breaker.observer().take();
    assert_eq!(refusal(at_once(service.call(1))), Some(Reason::Open));
    let events = breaker.observer().take();
    assert!(matches!(events[..], [Event::Rejected(_)]), "{events:?}");
    assert_eq!(in_flight(&breaker), 0);
}

#[test]
fn debug_shows_the_breaker() {
    let layer = CircuitBreakerLayer::new(Arc::new(breaker()));
    assert!(format!("{layer:?}").contains("state: Closed"), "{layer:?}");
    let service = layer.layer("inner");
    service.handle().trip();
    let text = format!("{service:?}");
    assert!(text.contains("state: Open") && text.contains("inner"), "{text}");
}
