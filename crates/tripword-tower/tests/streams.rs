//! Bodies that the test feeds by hand: time, streams that last, panics, and what settles when.

use crate::support::{Event, Recorder, S};
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame};
use hyper::{HeaderMap, Response};
use std::cell::Cell;
use std::future::{Ready, pending, ready};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tower::{Service, ServiceExt, service_fn};
use tripword::Outcome::{self, Failure, Ignored, Success};
use tripword::{
    Builder, CallError, CircuitBreaker, Clock, ErrorsAsFailures, ManualClock, Nanos, State,
};
use tripword_tower::{
    CircuitBreakerLayer, ClassifyBody, GrpcToTheEnd, GuardedBody, HttpToTheEnd, ToTheEndLayer,
};

type Breaker<'a> = CircuitBreaker<&'a ManualClock, Recorder>;
type Layer<'a, J> = ToTheEndLayer<&'a Breaker<'a>, ErrorsAsFailures, J>;
type Feed = Sender<Bytes, io::Error>;
type Fed<'a, J> = GuardedBody<Channel<Bytes, io::Error>, &'a Breaker<'a>, J>;

const HOUR: Duration = Duration::from_secs(3_600);

fn breaker(clock: &ManualClock, settings: impl FnOnce(Builder) -> Builder) -> Breaker<'_> {
    let builder = settings(CircuitBreaker::builder());
    let breaker = builder.build_with(clock).expect("valid settings");
    breaker.observed_by(Recorder::default())
}

fn layer<'a, J>(breaker: &'a Breaker<'a>, judge: J) -> Layer<'a, J> {
    CircuitBreakerLayer::new(breaker).to_the_end(judge)
}

/// The outcomes since the last call.
fn outcomes(breaker: &Breaker<'_>) -> Vec<Outcome> {
    let outcome = |event| match event {
        Event::Outcome(settlement) => Some(settlement.outcome),
        _ => None,
    };
    breaker.observer().take().into_iter().filter_map(outcome).collect()
}

/// A service that answers once, with `body`.
fn answering<B>(
    body: B,
) -> impl Service<(), Response = Response<B>, Error = io::Error, Future = Ready<io::Result<Response<B>>>>
{
    let mut response = Some(Response::new(body));
    service_fn(move |()| ready(Ok(response.take().expect("called once"))))
}

/// Begins a call whose body the test feeds.
async fn begin<'a, J: ClassifyBody + Clone>(layer: Layer<'a, J>) -> (Feed, Fed<'a, J>) {
    let (feed, body) = Channel::new(4);
    let response = layer.without_clone(answering(body)).oneshot(()).await;
    (feed, response.expect("an answer").into_body())
}

async fn tick(feed: &mut Feed, body: &mut (impl Body<Error: std::fmt::Debug> + Unpin)) {
    feed.send_data(Bytes::from_static(b"tick")).await.expect("the body is read");
    body.frame().await.expect("a frame").expect("data");
}

fn is_pending(body: &mut (impl Body + Unpin)) -> bool {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop())).is_pending()
}

fn trailers(code: &'static str) -> HeaderMap {
    HeaderMap::from_iter([("grpc-status".parse().expect("a name"), code.parse().expect("digits"))])
}

/// Runs `work` until it panics, as it must.
fn panicking(work: impl FnOnce()) {
    assert!(catch_unwind(AssertUnwindSafe(work)).is_err());
}

#[tokio::test]
async fn a_slow_reader_is_no_slow_service() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(0.5));
    let (feed, body) = begin(layer(&breaker, HttpToTheEnd::new())).await;
    clock.advance(HOUR);
    drop(feed);
    body.collect().await.expect("a whole body");
    let events = breaker.observer().take();
    let [Event::Outcome(settlement)] = events[..] else { panic!("one outcome: {events:?}") };
    assert_eq!((settlement.slow, settlement.elapsed), (false, Some(Duration::ZERO)));
}

#[tokio::test]
async fn a_slow_head_is_slow_however_quick_the_body() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(0.5));
    let (feed, body) = Channel::<Bytes, io::Error>::new(1);
    let mut response = Some(Response::new(body));
    let slow = service_fn(|()| {
        clock.advance(2 * S);
        ready(Ok::<_, io::Error>(response.take().expect("called once")))
    });
    let layer = layer(&breaker, HttpToTheEnd::new());
    let body = layer.without_clone(slow).oneshot(()).await.expect("an answer").into_body();
    clock.advance(HOUR);
    drop((feed, body));
    assert_eq!(breaker.snapshot().counts.slow_calls, 1);
    let Some(Event::Outcome(settlement)) = breaker.observer().take().pop() else {
        panic!("no outcome")
    };
    assert_eq!(settlement.elapsed, Some(2 * S));
}

/// The reader waits for a frame, and gives up then.
#[tokio::test]
async fn a_body_that_stalls_has_failed_where_it_is_given_up_late() {
    for (waits, outcome) in [(S, Outcome::Success), (2 * S, Outcome::Failure)] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b.abandoned_after(S));
        let (mut feed, mut body) =
            begin(layer(&breaker, HttpToTheEnd::new()).good_after(Duration::MAX)).await;
        tick(&mut feed, &mut body).await;
        // A reader that is slow itself lets nothing stall.
        clock.advance(HOUR);
        tick(&mut feed, &mut body).await;
        clock.advance(HOUR);
        assert!(is_pending(&mut body));
        clock.advance(waits);
        assert!(is_pending(&mut body));
        drop(body);
        assert_eq!(outcomes(&breaker), [outcome]);
    }
}

#[tokio::test]
async fn an_empty_frame_is_no_message() {
    let clock = ManualClock::new();
    for (sent, outcome) in [("", Outcome::Ignored), ("tick", Outcome::Success)] {
        let breaker = breaker(&clock, |b| b);
        let (mut feed, mut body) = begin(layer(&breaker, GrpcToTheEnd::new())).await;
        feed.send_data(Bytes::from_static(sent.as_bytes())).await.expect("the body is read");
        body.frame().await.expect("a frame").expect("data");
        drop(body);
        assert_eq!(outcomes(&breaker), [outcome]);
    }
}

#[tokio::test]
async fn a_stream_that_lasts_for_an_hour_closes_the_circuit_as_its_probe() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(Some(64 * S)));
    breaker.half_open();
    let (mut feed, mut body) = begin(layer(&breaker, GrpcToTheEnd::new())).await;
    clock.advance(32 * S - Duration::from_nanos(1));
    tick(&mut feed, &mut body).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    clock.advance(Duration::from_nanos(1));
    tick(&mut feed, &mut body).await;
    assert_eq!((breaker.state(), outcomes(&breaker)), (State::Closed, vec![Success]));

    clock.advance(HOUR);
    feed.abort(io::ErrorKind::ConnectionReset.into());
    assert!(body.frame().await.expect("an error").is_err());
    drop(body);
    assert_eq!(outcomes(&breaker), [], "the call is settled");
}

#[tokio::test]
async fn a_stream_that_may_last_without_end_loses_its_lease_as_the_probe() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(Some(64 * S)));
    breaker.half_open();
    let layer = layer(&breaker, HttpToTheEnd::new()).good_after(Duration::MAX);
    let (mut feed, mut body) = begin(layer).await;
    clock.advance(67 * S);
    tick(&mut feed, &mut body).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    assert!(breaker.try_acquire().is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[tokio::test]
async fn without_a_lease_a_stream_is_judged_at_its_end() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(None));
    breaker.half_open();
    let (mut feed, mut body) = begin(layer(&breaker, HttpToTheEnd::new())).await;
    clock.advance(HOUR);
    tick(&mut feed, &mut body).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    feed.abort(io::ErrorKind::ConnectionReset.into());
    assert!(body.frame().await.expect("an error").is_err());
    assert_eq!((breaker.state(), outcomes(&breaker)), (State::Open, vec![Failure]));
}

#[tokio::test]
async fn a_set_time_after_which_a_stream_is_good_replaces_the_default() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.probe_lease(None));
    let layer = layer(&breaker, HttpToTheEnd::new()).good_after(S);
    let (mut feed, mut body) = begin(layer).await;
    tick(&mut feed, &mut body).await;
    assert_eq!(outcomes(&breaker), []);
    clock.advance(S);
    tick(&mut feed, &mut body).await;
    assert_eq!(outcomes(&breaker), [Success]);
}

#[tokio::test]
async fn an_end_that_comes_late_is_judged_as_an_end() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let late = || layer(&breaker, GrpcToTheEnd::new()).good_after(S);

    let (mut feed, mut body) = begin(late()).await;
    clock.advance(HOUR);
    feed.send_trailers(trailers("14")).await.expect("the body is read");
    assert!(body.frame().await.expect("trailers").expect("no error").is_trailers());
    assert_eq!(outcomes(&breaker), [Failure]);

    let (feed, mut body) = begin(late()).await;
    clock.advance(HOUR);
    feed.abort(io::ErrorKind::ConnectionReset.into());
    assert!(body.frame().await.expect("an error").is_err());
    assert_eq!(outcomes(&breaker), [Failure]);

    let (feed, mut body) = begin(late()).await;
    clock.advance(HOUR);
    drop(feed);
    assert!(body.frame().await.is_none());
    assert_eq!(outcomes(&breaker), [Failure], "it ended without a status");
}

#[tokio::test]
async fn a_reader_that_panics_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    for frames in [0, 1] {
        let (mut feed, mut body) = begin(layer(&breaker, HttpToTheEnd::new())).await;
        for _ in 0..frames {
            tick(&mut feed, &mut body).await;
        }
        let waiting = body.frame().now_or_pending();
        assert!(waiting.is_pending());
        panicking(|| {
            let _reader = body;
            panic!("in the code that reads");
        });
        assert_eq!(outcomes(&breaker), [Ignored]);
        let probes = breaker.snapshot().probes;
        assert_eq!((breaker.state(), probes.in_flight), (State::HalfOpen, 0));
    }
}

/// Polls a future once.
trait Once: Future + Sized {
    fn now_or_pending(self) -> Poll<Self::Output> {
        let mut context = Context::from_waker(std::task::Waker::noop());
        std::pin::pin!(self).poll(&mut context)
    }
}

impl<F: Future> Once for F {}

/// A body that panics while it is polled.
struct Panicking;

impl Body for Panicking {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        panic!("in the body")
    }
}

#[tokio::test]
async fn a_body_that_panics_is_a_failure_even_if_the_panic_is_caught() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let service = layer(&breaker, HttpToTheEnd::new()).without_clone(answering(Panicking));
    let mut body = service.oneshot(()).await.expect("an answer").into_body();
    panicking(|| drop(body.frame().now_or_pending()));
    assert_eq!(outcomes(&breaker), [Failure]);
    panicking(|| drop(body.frame().now_or_pending()));
    drop(body);
    assert_eq!(outcomes(&breaker), [], "the call is settled");
}

#[tokio::test]
async fn a_call_that_is_given_up_before_its_head_is_ignored() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let hanging = service_fn(|()| pending::<io::Result<Response<Full<Bytes>>>>());
    let mut call =
        Box::pin(layer(&breaker, HttpToTheEnd::new()).without_clone(hanging).oneshot(()));
    assert!(call.as_mut().now_or_pending().is_pending());
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(call);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
    assert_eq!(outcomes(&breaker), [Ignored]);
}

#[tokio::test]
async fn a_service_that_panics_before_the_head_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let service =
        service_fn(async |()| -> io::Result<Response<Full<Bytes>>> { panic!("in the service") });
    let call = layer(&breaker, HttpToTheEnd::new()).without_clone(service).oneshot(());
    panicking(|| drop(call.now_or_pending()));
    assert_eq!(outcomes(&breaker), [Failure]);
}

/// The classifier of the layer judges errors, and heads before the judge does.
#[tokio::test]
async fn the_classifier_of_the_layer_judges_first() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let classify = |result: &io::Result<Response<Full<Bytes>>>| match result {
        Ok(response) if response.headers().contains_key("busy") => Failure,
        Ok(_) => Success,
        Err(_) => Ignored,
    };
    let layer =
        CircuitBreakerLayer::new(&breaker).classify(classify).to_the_end(HttpToTheEnd::new());
    let call = |result: io::Result<Response<Full<Bytes>>>| {
        let mut result = Some(result);
        let service = service_fn(move |()| ready(result.take().expect("called once")));
        layer.without_clone(service).oneshot(())
    };
    assert!(matches!(call(Err(io::Error::other("full"))).await, Err(CallError::Inner(_))));
    assert_eq!(outcomes(&breaker), [Ignored]);

    let body = || Full::from("whole");
    let busy = Response::builder().header("busy", "yes").body(body()).expect("a response");
    let response = call(Ok(busy)).await.expect("an answer");
    assert_eq!(outcomes(&breaker), [Failure]);
    response.into_body().collect().await.expect("a whole body");
    assert_eq!(outcomes(&breaker), [], "the call is settled");

    let response = call(Ok(Response::new(body()))).await.expect("an answer");
    assert_eq!(outcomes(&breaker), []);
    response.into_body().collect().await.expect("a whole body");
    assert_eq!(outcomes(&breaker), [Success]);
}

/// A clock that counts how often it is read.
#[derive(Default)]
struct Readings(Cell<u32>);

impl Clock for Readings {
    fn now(&self) -> Nanos {
        self.0.set(self.0.get() + 1);
        Nanos::ZERO
    }
}

#[tokio::test]
async fn the_clock_is_read_only_where_a_stream_may_be_let_go() {
    let breaker = CircuitBreaker::builder().build_with(Readings::default()).expect("defaults");
    let readings = || breaker.clock().0.take();
    let layer = CircuitBreakerLayer::new(&breaker).to_the_end(HttpToTheEnd::new());

    let empty = layer.without_clone(answering(Full::<Bytes>::default())).oneshot(()).await;
    drop(empty.expect("an answer"));
    assert_eq!(readings(), 0, "no body");

    let (mut feed, body) = Channel::new(1);
    let service = layer.without_clone(answering(body));
    let mut body = service.oneshot(()).await.expect("an answer").into_body();
    assert_eq!(readings(), 1, "the head");
    tick(&mut feed, &mut body).await;
    assert_eq!(readings(), 1, "a frame");
    drop(body);
    assert_eq!(readings(), 0, "a drop");

    let (mut feed, body) = Channel::new(1);
    let service = layer.good_after(Duration::MAX).without_clone(answering(body));
    let mut body = service.oneshot(()).await.expect("an answer").into_body();
    tick(&mut feed, &mut body).await;
    drop(body);
    assert_eq!(readings(), 0, "off");
}

#[tokio::test]
async fn a_refusal_is_foreseen_and_gives_back_what_was_reserved() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let layer = layer(&breaker, HttpToTheEnd::new());
    let limited = tower::limit::ConcurrencyLimit::new(
        service_fn(|()| ready(Ok::<_, io::Error>(Response::new(Full::<Bytes>::default())))),
        1,
    );
    let mut service = tower::Layer::layer(&layer, limited.clone());
    service.ready().await.expect("a slot is free");
    breaker.trip();
    assert!(matches!(service.call(()).await, Err(CallError::Rejected(_))));
    let mut other = limited;
    assert!(other.ready().now_or_pending().is_ready(), "the slot is free again");
    assert!(service.ready().now_or_pending().is_ready(), "it is ready to refuse");
    breaker.close();
    assert!(matches!(service.call(()).await, Err(CallError::Rejected(_))), "as was foreseen");
}

#[test]
fn a_call_to_the_end_does_not_allocate() {
    let clock = ManualClock::new();
    let settings = CircuitBreaker::builder().last_calls(10).slow_call_duration(S);
    let breaker = settings.slow_call_rate(0.5).build_with(&clock).expect("valid settings");
    let layer = CircuitBreakerLayer::new(&breaker).to_the_end(HttpToTheEnd::new());
    let whole = || ready(Ok::<_, io::Error>(Response::new(Full::<Bytes>::from("whole"))));
    let mut service = tower::Layer::layer(&layer, service_fn(|()| whole()));
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            assert!(service.ready().now_or_pending().is_ready());
            let Poll::Ready(Ok(response)) = service.call(()).now_or_pending() else {
                panic!("no answer")
            };
            let mut body = response.into_body();
            while let Poll::Ready(Some(Ok(_))) = body.frame().now_or_pending() {}
        }
    });
    assert_eq!(allocated.count_total, 0);
    assert_eq!(breaker.snapshot().counts.calls, 10);
}
