//! Responses that announce a body, but may have none, and whose body hides that it is at its end,
//! as the `DecompressionBody` of tower-http does.

use crate::wire::{End, Wire, bounded, http2};
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use std::convert::Infallible;
use std::future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};
use tower::{Layer, ServiceExt, service_fn};
use tripword::Outcome::{self, Failure, Success};
use tripword::{CircuitBreaker, ErrorsAsFailures, Probes, State};
use tripword_tower::{CircuitBreakerLayer, GuardedBody, HttpToTheEnd, ToTheEndLayer};

type Breaker = Arc<CircuitBreaker>;
type Layered = ToTheEndLayer<Breaker, ErrorsAsFailures, HttpToTheEnd>;

/// A half-open breaker, in which one probe decides nothing, and a layer with it.
fn half_open() -> (Breaker, Layered) {
    let probes = Probes::new().successes_to_close(2).failures_to_open(2);
    let settings = CircuitBreaker::builder().probes(probes).start(State::HalfOpen);
    let breaker = Arc::new(settings.build().expect("valid settings"));
    let layer = CircuitBreakerLayer::new(breaker.clone()).to_the_end(HttpToTheEnd::new());
    (breaker, layer)
}

/// Asserts that the one call is settled with this outcome, or not yet.
fn assert_settled(breaker: &Breaker, expected: Option<Outcome>, what: &str) {
    let probes = breaker.snapshot().probes;
    let expected = match expected {
        Some(Success) => (0, 1, 0),
        Some(_) => (0, 0, 1),
        None => (1, 0, 0),
    };
    assert_eq!((probes.in_flight, probes.successes, probes.failures), expected, "{what}");
}

/// A body that hides whether it is at its end.
struct Hiding<B>(B);

impl<B: Body + Unpin> Body for Hiding<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

async fn head_or_get(wire: &Wire, method: Method) -> (Breaker, usize) {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let hiding = client.map_response(|response: Response<Incoming>| response.map(Hiding));
    let uri = format!("http://{}/", wire.address);
    let request = Request::builder().method(method).uri(uri).body(Empty::<Bytes>::new());
    let (breaker, layer) = half_open();
    let call = layer.layer(hiding).oneshot(request.expect("a valid request"));
    let mut body = bounded(call).await.expect("a head").into_body();
    assert_settled(&breaker, None, "the end is hidden");
    let mut frames = 0;
    while let Some(Ok(_)) = bounded(body.frame()).await {
        frames += 1;
        // The server goes on once the first data has arrived.
        wire.go();
    }
    (breaker, frames)
}

#[tokio::test]
async fn a_response_to_head_is_a_success() {
    let wire = http2(&[("content-length", "6")], End::Head).await;
    let (breaker, frames) = head_or_get(&wire, Method::HEAD).await;
    assert_eq!(frames, 0);
    assert_settled(&breaker, Some(Success), "HEAD");
}

#[tokio::test]
async fn a_stream_that_is_reset_early_without_an_error_code_is_a_failure() {
    let wire = http2(&[("content-length", "6")], End::Reset(h2::Reason::NO_ERROR)).await;
    let (breaker, frames) = head_or_get(&wire, Method::GET).await;
    assert_eq!(frames, 1);
    assert_settled(&breaker, Some(Failure), "GET");
}

/// A body that the test feeds, of which 6 bytes are announced.
struct Announced {
    fed: Channel<Bytes>,
    missing: u64,
}

impl Body for Announced {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = ready!(Pin::new(&mut self.fed).poll_frame(cx));
        if let Some(Ok(data)) = frame.as_ref().map(|frame| frame.as_ref().map(Frame::data_ref)) {
            self.missing -= data.map_or(0, |data| data.len() as u64);
        }
        Poll::Ready(frame)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.missing)
    }
}

/// Begins a call that is answered with this status.
async fn begin(
    status: StatusCode,
) -> (Breaker, Sender<Bytes>, GuardedBody<Announced, Breaker, HttpToTheEnd>) {
    let (breaker, layer) = half_open();
    let (feed, fed) = Channel::new(4);
    let mut response = Response::new(Announced { fed, missing: 6 });
    *response.status_mut() = status;
    let mut response = Some(response);
    let answer = service_fn(move |()| future::ready(response.take().ok_or("called once")));
    let response = layer.without_clone(answer).oneshot(()).await.expect("an answer");
    (breaker, feed, response.into_body())
}

async fn send(feed: &mut Sender<Bytes>, data: &'static str) {
    feed.send_data(Bytes::from(data)).await.expect("the body is there");
}

/// Polls the body once, and returns whether there is no frame yet.
fn is_pending(body: &mut (impl Body + Unpin)) -> bool {
    Pin::new(body).poll_frame(&mut Context::from_waker(Waker::noop())).is_pending()
}

#[tokio::test]
async fn a_status_without_a_body_is_judged_at_the_head() {
    for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED] {
        let (breaker, feed, body) = begin(status).await;
        assert_settled(&breaker, Some(Success), status.as_str());
        drop(feed);
        assert_eq!(body.collect().await.expect("no error").to_bytes(), "");
        assert_settled(&breaker, Some(Success), status.as_str());
    }
}

#[tokio::test]
async fn an_end_that_came_with_the_head_or_an_empty_frame_is_a_success() {
    for empty in [false, true] {
        let (breaker, mut feed, mut body) = begin(StatusCode::OK).await;
        if empty {
            assert!(is_pending(&mut body), "the frame has not come");
            send(&mut feed, "").await;
        }
        drop(feed);
        assert_settled(&breaker, None, "the body is not read");
        while body.frame().await.is_some() {}
        assert_settled(&breaker, Some(Success), &format!("with an empty frame: {empty}"));
    }
}

#[tokio::test]
async fn an_end_before_the_announced_length_is_a_failure() {
    for (data, waits) in [("abc", false), ("abc", true), ("", true)] {
        let (breaker, mut feed, mut body) = begin(StatusCode::OK).await;
        send(&mut feed, data).await;
        body.frame().await.expect("a frame").expect("data");
        if waits {
            assert!(is_pending(&mut body), "no end yet");
        }
        drop(feed);
        assert!(body.frame().await.is_none());
        assert_settled(&breaker, Some(Failure), &format!("{data:?}, waits: {waits}"));
    }
}

#[tokio::test]
async fn an_end_at_the_announced_length_is_a_success() {
    let (breaker, mut feed, mut body) = begin(StatusCode::OK).await;
    for data in ["abc", "def"] {
        assert!(is_pending(&mut body), "the data has not come");
        send(&mut feed, data).await;
        body.frame().await.expect("a frame").expect("data");
        assert_settled(&breaker, None, data);
    }
    drop(feed);
    assert!(body.frame().await.is_none());
    assert_settled(&breaker, Some(Success), "whole");
}
