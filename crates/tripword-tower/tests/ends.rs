//! Each way in which a response can end, from real servers of HTTP/1 and HTTP/2.

use crate::wire::{End, Wire, bounded, http1, http2};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::{Layer, ServiceExt};
use tripword::Outcome::{self, Failure, Ignored, Success};
use tripword::{CircuitBreaker, MonotonicClock, Observer, Probes, Settlement, State};
use tripword_tower::{
    CircuitBreakerLayer, ClassifyBody, GrpcToTheEnd, GuardedBody, HttpToTheEnd,
    ServerErrorsAsFailures,
};

/// An observer that records outcomes.
#[derive(Debug, Default)]
struct Outcomes(watch::Sender<Vec<Outcome>>);

impl Outcomes {
    fn take(&self) -> Vec<Outcome> {
        self.0.send_replace(Vec::new())
    }
}

impl Observer for Outcomes {
    fn on_outcome(&self, settlement: &Settlement) {
        self.0.send_modify(|outcomes| outcomes.push(settlement.outcome));
    }
}

type Breaker = Arc<CircuitBreaker<MonotonicClock, Outcomes>>;
type Guarded<J> = GuardedBody<Incoming, Breaker, J>;

/// A half-open breaker, in which one probe decides nothing.
fn half_open() -> Breaker {
    let probes = Probes::new().successes_to_close(2).failures_to_open(2);
    let settings = CircuitBreaker::builder().probes(probes).start(State::HalfOpen);
    Arc::new(settings.build().expect("valid settings").observed_by(Outcomes::default()))
}

fn client(wire: &Wire) -> Client<HttpConnector, Empty<Bytes>> {
    Client::builder(TokioExecutor::new())
        .http2_only(wire.is_http2)
        .retry_canceled_requests(false)
        .build_http()
}

fn request(wire: &Wire, method: Method) -> Request<Empty<Bytes>> {
    let uri = format!("http://{}/", wire.address);
    Request::builder().method(method).uri(uri).body(Empty::new()).expect("a valid request")
}

/// How the client reads a body.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Read {
    /// To the `None` or the error.
    All,
    /// Until `is_end_stream` says that it is over, as a server does that passes a body on.
    UntilEndStream,
    /// One frame, then drops it.
    One,
    /// Not at all.
    Nothing,
}

async fn read(mut body: Guarded<impl ClassifyBody>, read: Read, wire: &Wire) {
    if read == Read::Nothing {
        return;
    }
    let first = body.frame().await;
    if read == Read::One {
        first.expect("a frame").expect("data");
        return;
    }
    // The server goes on once the first data has arrived, so that nothing overtakes it.
    wire.go();
    while !(read == Read::UntilEndStream && body.is_end_stream()) {
        if !matches!(body.frame().await, Some(Ok(_))) {
            break;
        }
    }
}

/// Makes a call as a probe, and asserts what it settled, that it did once, and where.
async fn assert_end<J: ClassifyBody + Clone>(
    wire: &Wire,
    judge: J,
    (method, how): (Method, Read),
    (at_head, expected): (bool, Outcome),
) {
    let what = format!("{wire:?}, {method}, {how:?}");
    let breaker = half_open();
    let layer = CircuitBreakerLayer::new(breaker.clone()).to_the_end(judge);
    let call = layer.layer(client(wire)).oneshot(request(wire, method));
    let response = bounded(call).await.expect("a head");
    let settled = if at_head { vec![expected] } else { vec![] };
    assert_eq!(breaker.observer().take(), settled, "{what}");
    assert_eq!(breaker.snapshot().probes.in_flight, u8::from(!at_head), "{what}");

    bounded(read(response.into_body(), how, wire)).await;
    let settled = if at_head { vec![] } else { vec![expected] };
    assert_eq!(breaker.observer().take(), settled, "{what}");
    let probes = breaker.snapshot().probes;
    let tally = (probes.in_flight, probes.successes, probes.failures);
    let expected = match expected {
        Success => (0, 1, 0),
        Ignored => (0, 0, 0),
        _ => (0, 0, 1),
    };
    assert_eq!(tally, expected, "{what}");
}

const AT_HEAD: bool = true;
const AT_END: bool = false;
const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";
const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc";
const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n";
const UNTIL_CLOSED: &str = "HTTP/1.1 200 OK\r\n\r\nabc";

async fn http1_ends(
    start: &'static str,
    rest: &'static str,
    how: (Method, Read),
    expected: (bool, Outcome),
) {
    let wire = http1(start, rest).await;
    assert_end(&wire, HttpToTheEnd::new(), how, expected).await;
}

async fn http2_ends(
    head: &'static [(&'static str, &'static str)],
    end: End,
    how: (Method, Read),
    expected: (bool, Outcome),
) {
    let wire = http2(head, end).await;
    assert_end(&wire, HttpToTheEnd::new(), how, expected).await;
}

async fn grpc_ends(
    head: &'static [(&'static str, &'static str)],
    end: End,
    how: Read,
    expected: (bool, Outcome),
) {
    let wire = http2(head, end).await;
    assert_end(&wire, GrpcToTheEnd::new(), (Method::POST, how), expected).await;
}

#[tokio::test]
async fn a_bad_head_of_http1_is_judged_at_once() {
    for (start, outcome) in [
        ("HTTP/1.1 503 Unwell\r\ncontent-length: 6\r\n\r\nabc", Failure),
        ("HTTP/1.1 429 Enough\r\ncontent-length: 6\r\n\r\nabc", Ignored),
    ] {
        for how in [Read::All, Read::Nothing] {
            http1_ends(start, "", (Method::GET, how), (AT_HEAD, outcome)).await;
        }
    }
}

#[tokio::test]
async fn a_response_without_a_body_is_judged_at_its_head() {
    let no_content = "HTTP/1.1 204 No Content\r\n\r\n";
    let zero = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    let not_modified = "HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\n";
    let head_only = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n";
    let get = (Method::GET, Read::Nothing);
    http1_ends(no_content, "", get.clone(), (AT_HEAD, Success)).await;
    http1_ends(zero, "", get.clone(), (AT_HEAD, Success)).await;
    http1_ends(not_modified, "", get.clone(), (AT_HEAD, Success)).await;
    http1_ends(head_only, "", (Method::HEAD, Read::All), (AT_HEAD, Success)).await;
    http2_ends(&[], End::Head, get, (AT_HEAD, Success)).await;
    let head_only = &[("content-length", "6")];
    http2_ends(head_only, End::Head, (Method::HEAD, Read::Nothing), (AT_HEAD, Success)).await;
}

#[tokio::test]
async fn a_body_that_ends_is_a_success() {
    for how in [Read::All, Read::UntilEndStream] {
        http1_ends(WHOLE, "", (Method::GET, how), (AT_END, Success)).await;
        http1_ends(CHUNKED, "0\r\n\r\n", (Method::GET, how), (AT_END, Success)).await;
        http1_ends(UNTIL_CLOSED, "de", (Method::GET, how), (AT_END, Success)).await;
        for end in [End::Data, End::Empty, End::Drain] {
            http2_ends(&[], end, (Method::GET, how), (AT_END, Success)).await;
        }
    }
}

#[tokio::test]
async fn trailers_end_a_body_of_either_version() {
    let trailers = "0\r\nchecksum: 7\r\n\r\n";
    http1_ends(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: checksum\r\n\r\n3\r\nabc\r\n",
        trailers,
        (Method::GET, Read::All),
        (AT_END, Success),
    )
    .await;
    let end = End::Trailers(&[("checksum", "7")]);
    http2_ends(&[], end, (Method::GET, Read::All), (AT_END, Success)).await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_failure() {
    for how in [Read::All, Read::UntilEndStream] {
        http1_ends(HALF, "", (Method::GET, how), (AT_END, Failure)).await;
        http1_ends(HALF, "d", (Method::GET, how), (AT_END, Failure)).await;
        http1_ends(CHUNKED, "", (Method::GET, how), (AT_END, Failure)).await;
        http1_ends(CHUNKED, "gone", (Method::GET, how), (AT_END, Failure)).await;
        for end in
            [End::Reset(h2::Reason::INTERNAL_ERROR), End::Reset(h2::Reason::CANCEL), End::GoAway]
        {
            http2_ends(&[], end, (Method::GET, how), (AT_END, Failure)).await;
        }
    }
}

#[tokio::test]
async fn a_body_that_ends_before_its_announced_length_is_a_failure() {
    let quiet = End::Reset(h2::Reason::NO_ERROR);
    let announced = &[("content-length", "6")];
    http2_ends(announced, quiet, (Method::GET, Read::All), (AT_END, Failure)).await;
    http2_ends(&[], quiet, (Method::GET, Read::All), (AT_END, Success)).await;
}

#[tokio::test]
async fn a_body_that_its_reader_drops_is_a_success() {
    for how in [Read::Nothing, Read::One] {
        http1_ends(HALF, "", (Method::GET, how), (AT_END, Success)).await;
        http2_ends(&[], End::Never, (Method::GET, how), (AT_END, Success)).await;
    }
    http1_ends(WHOLE, "", (Method::GET, Read::Nothing), (AT_END, Success)).await;
}

#[tokio::test]
async fn a_grpc_status_in_the_head_is_judged_at_once() {
    for (head, outcome) in [
        (&[("grpc-status", "0")], Success),
        (&[("grpc-status", "5")], Success),
        (&[("grpc-status", "8")], Ignored),
        (&[("grpc-status", "14")], Failure),
    ] {
        grpc_ends(head, End::Head, Read::Nothing, (AT_HEAD, outcome)).await;
    }
}

#[tokio::test]
async fn a_grpc_stream_is_judged_by_the_status_in_its_trailers() {
    for (trailers, outcome) in [
        (&[("grpc-status", "0")], Success),
        (&[("grpc-status", "5")], Success),
        (&[("grpc-status", "8")], Ignored),
        (&[("grpc-status", "14")], Failure),
        (&[("checksum", "7")], Failure),
    ] {
        grpc_ends(&[], End::Trailers(trailers), Read::All, (AT_END, outcome)).await;
    }
}

#[tokio::test]
async fn a_grpc_stream_without_a_status_is_a_failure() {
    grpc_ends(&[], End::Head, Read::Nothing, (AT_HEAD, Failure)).await;
    for end in [End::Data, End::Empty, End::Reset(h2::Reason::NO_ERROR), End::GoAway] {
        grpc_ends(&[], end, Read::All, (AT_END, Failure)).await;
    }
    grpc_ends(&[], End::Data, Read::UntilEndStream, (AT_END, Failure)).await;
}

#[tokio::test]
async fn a_grpc_stream_that_its_reader_drops_is_a_success_after_a_message() {
    grpc_ends(&[], End::Never, Read::One, (AT_END, Success)).await;
    grpc_ends(&[], End::Never, Read::Nothing, (AT_END, Ignored)).await;
}

#[tokio::test]
async fn a_client_that_reads_only_the_status_closes_the_circuit() {
    let wires = [http1(WHOLE, "").await, http2(&[], End::Never).await];
    for wire in wires {
        let breaker = Arc::new(CircuitBreaker::builder().build().expect("valid settings"));
        breaker.half_open();
        let layer = CircuitBreakerLayer::new(breaker.clone()).to_the_end(HttpToTheEnd::new());
        let call = layer.layer(client(&wire)).oneshot(request(&wire, Method::GET));
        let status = bounded(call).await.expect("a head").status();
        assert_eq!((status.as_u16(), breaker.state()), (200, State::Closed));
    }
}

/// Makes five calls, and returns the failures that a layer counted by the head, and by the end.
async fn five_failures<J: ClassifyBody + Clone>(wire: &Wire, judge: J) -> [u32; 2] {
    let [by_head, by_end] = [(), ()].map(|()| {
        let settings = CircuitBreaker::builder().last_calls(100);
        Arc::new(settings.failures(100).build().expect("valid settings"))
    });
    for _ in 0..5 {
        let layer =
            CircuitBreakerLayer::new(by_head.clone()).classify(ServerErrorsAsFailures::new());
        let end = CircuitBreakerLayer::new(by_end.clone()).to_the_end(judge.clone());
        let stack = layer.layer(client(wire)).map_err(tripword::CallError::into_boxed);
        let call = end.layer(stack).oneshot(request(wire, Method::GET));
        let mut body = bounded(call).await.expect("a head").into_body();
        bounded(body.frame()).await.expect("a frame").expect("data");
        wire.go();
        while let Some(Ok(_)) = bounded(body.frame()).await {}
    }
    [by_head, by_end].map(|breaker| breaker.snapshot().counts.failures)
}

#[tokio::test]
async fn five_of_five_broken_bodies_are_counted() {
    let wire = http1(HALF, "").await;
    assert_eq!(five_failures(&wire, HttpToTheEnd::new()).await, [0, 5]);
}

#[tokio::test]
async fn five_of_five_streams_that_end_unavailable_are_counted() {
    let wire = http2(&[], End::Trailers(&[("grpc-status", "14")])).await;
    assert_eq!(five_failures(&wire, GrpcToTheEnd::new()).await, [0, 5]);
}

#[tokio::test]
async fn a_pushback_opens_the_circuit_up_to_the_cap() {
    let unavailable = &[("grpc-status", "14"), ("grpc-retry-pushback-ms", "7500")];
    let exhausted = &[("grpc-status", "8"), ("grpc-retry-pushback-ms", "99999999999999999999")];
    let minute = Duration::from_secs(60);
    for (trailers, wait) in [(unavailable, Duration::from_millis(7_500)), (exhausted, minute)] {
        let judge = GrpcToTheEnd::new().pushback_at_most(minute);
        for (head, end, at_head) in
            [(&trailers[..], End::Head, AT_HEAD), (&[], End::Trailers(trailers), AT_END)]
        {
            let wire = http2(head, end).await;
            let breaker = half_open();
            let layer = CircuitBreakerLayer::new(breaker.clone()).to_the_end(judge);
            let call = layer.layer(client(&wire)).oneshot(request(&wire, Method::POST));
            let body = bounded(call).await.expect("a head").into_body();
            assert_eq!(breaker.state() == State::Open, at_head);
            bounded(read(body, Read::All, &wire)).await;
            assert_eq!(breaker.observer().take(), [Outcome::RetryAfter(wait)]);
        }
    }
}

#[tokio::test]
async fn the_hints_of_the_body_are_passed_on() {
    let wire = http1(HALF, "def").await;
    let layer = CircuitBreakerLayer::new(half_open()).to_the_end(HttpToTheEnd::new());
    let call = layer.layer(client(&wire)).oneshot(request(&wire, Method::GET));
    let mut body = bounded(call).await.expect("a head").into_body();
    assert_eq!(body.size_hint().exact(), Some(6));
    bounded(Pin::new(&mut body).frame()).await.expect("a frame").expect("data");
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(3), false));
    wire.go();
    bounded(body.frame()).await.expect("a frame").expect("data");
    assert_eq!((body.size_hint().exact(), body.is_end_stream()), (Some(0), true));
    assert!(body.get_ref().is_end_stream());
}
