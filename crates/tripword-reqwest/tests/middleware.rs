//! The middleware, alone and with others.

use crate::support::{
    Answer, BEGUN, Backdrop, HALF, UNWELL, WHOLE, bounded, client, half_open, timed,
};
use async_trait::async_trait;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next, Result};
use reqwest_retry::RetryTransientMiddleware;
use reqwest_retry::policies::ExponentialBackoff;
use std::io;
use std::time::Duration;
use tripword_registry::{NamedRejected, Registry};
use tripword_reqwest::tripword::Outcome::{Failure, Ignored, Success};
use tripword_reqwest::tripword::{Handle, Mode, Reason, Rejected, State};
use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
use tripword_reqwest::{CircuitBreakerMiddleware, ReqwestErrors, refusal};

fn builder() -> ClientBuilder {
    ClientBuilder::new(client().build().expect("a client"))
}

fn guarded<H>(handle: H) -> ClientWithMiddleware
where
    H: Handle + Clone + Send + Sync + 'static,
    H::Rejection: std::error::Error + Send + Sync,
{
    builder().with(CircuitBreakerMiddleware::new(handle)).build()
}

async fn get(client: &ClientWithMiddleware, backdrop: &Backdrop) -> Result<Response> {
    bounded(client.get(backdrop.url("/there")).send()).await
}

#[tokio::test]
async fn an_unwell_service_opens_the_circuit() {
    let (backdrop, breaker) = (Backdrop::start(|_| UNWELL).await, timed());
    let client = guarded(breaker.clone());
    for _ in 0..3 {
        let response = get(&client, &backdrop).await.expect("a response");
        assert_eq!((response.status().as_u16(), response.url().path()), (503, "/there"));
    }
    let refused = get(&client, &backdrop).await.expect_err("it is open");
    assert_eq!((backdrop.calls(), breaker.state()), (3, State::Open));
    assert_eq!(refusal(&refused), breaker.rejection());
    let Error::Middleware(wrapped) = refused else { panic!("{refused:?}") };
    assert_eq!(wrapped.downcast_ref().copied(), breaker.rejection());
}

#[tokio::test]
async fn a_refusal_of_a_named_breaker_is_found_with_its_name() {
    let registry = Registry::builder().build();
    let payments = registry.get_or_create("payments");
    payments.breaker().set_mode(Mode::ForceOpen);
    let request = guarded(payments.clone()).get("http://127.0.0.1:0");
    let Err(Error::Middleware(wrapped)) = request.send().await else { panic!("not refused") };
    let message = r#"circuit "payments" forced open: the circuit breaker refused the call"#;
    assert_eq!(format!("{wrapped:#}"), message);
    let named: &NamedRejected = wrapped.downcast_ref().expect("the named refusal");
    assert_eq!((&*named.name, named.rejected.reason()), ("payments", Reason::ForcedOpen));
}

#[tokio::test]
async fn bodies_are_counted() {
    for (plan, outcome) in [((|_| WHOLE) as fn(&str) -> Answer, Success), (|_| HALF, Failure)] {
        let (backdrop, breaker) = (Backdrop::start(plan).await, half_open());
        let response = get(&guarded(breaker.clone()), &backdrop).await.expect("a good head");
        assert_eq!(breaker.observer().take(), []);
        let text = bounded(response.text()).await;
        assert_eq!((text.is_ok(), breaker.observer().take()), (outcome == Success, vec![outcome]));
        assert_eq!(breaker.snapshot().probes.in_flight, 0);
    }
}

#[tokio::test]
async fn a_stream_that_is_left_unread_is_a_success() {
    let (backdrop, breaker) = (Backdrop::start(|_| BEGUN).await, half_open());
    let response = get(&guarded(breaker.clone()), &backdrop).await.expect("a good head");
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(response);
    assert_eq!(breaker.observer().take(), [Success]);
}

#[tokio::test]
async fn the_answer_to_a_head_is_counted_at_once() {
    const HEAD: Answer = Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n");
    let (backdrop, breaker) = (Backdrop::start(|_| HEAD).await, half_open());
    let call = guarded(breaker.clone()).head(backdrop.url("/")).send();
    let response = bounded(call).await.expect("a response");
    assert_eq!(breaker.observer().take(), [Success]);
    drop(response);
    assert_eq!(breaker.observer().take(), []);
}

#[tokio::test]
async fn errors_of_the_client_are_judged_by_their_kind() {
    let breaker = half_open();
    let client = guarded(breaker.clone());
    for (url, outcome) in [("http://127.0.0.1:0", Failure), ("ftp://localhost", Ignored)] {
        bounded(client.get(url).send()).await.expect_err("no response");
        assert_eq!(breaker.observer().take(), [outcome], "{url}");
    }
}

#[tokio::test]
async fn a_layer_with_settings_is_taken() {
    const WAIT: Answer =
        Answer::Text("HTTP/1.1 503 Unwell\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n");
    let (backdrop, breaker) = (Backdrop::start(|_| WAIT).await, timed());
    let judge = HttpToTheEnd::new().retry_after_at_most(Duration::from_secs(60));
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(ReqwestErrors).to_the_end(judge);
    let client = builder().with(CircuitBreakerMiddleware::with_layer(layer)).build();
    get(&client, &backdrop).await.expect("a response");
    let wait = breaker.rejection().and_then(Rejected::retry_after);
    assert_eq!(wait, Some(Duration::from_secs(7)));
}

/// A middleware that fails.
struct Failing;

#[async_trait]
impl Middleware for Failing {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        Err(Error::middleware(io::Error::other("no token")))
    }
}

#[tokio::test]
async fn an_error_of_an_inner_middleware_is_a_failure_but_a_refusal_is_ignored() {
    let (outer, inner) = (half_open(), timed());
    let client = builder().with(CircuitBreakerMiddleware::new(outer.clone())).with(Failing).build();
    client.get("http://127.0.0.1:0").send().await.expect_err("no token");
    assert_eq!(outer.observer().take(), [Failure]);

    inner.trip();
    let client = builder()
        .with(CircuitBreakerMiddleware::new(outer.clone()))
        .with(CircuitBreakerMiddleware::new(inner.clone()))
        .build();
    let refused = client.get("http://127.0.0.1:0").send().await.expect_err("it is open");
    assert_eq!(refusal(&refused), inner.rejection());
    assert_eq!(outer.observer().take(), [Ignored]);
}

fn retry(times: u32) -> RetryTransientMiddleware<ExponentialBackoff> {
    let policy = ExponentialBackoff::builder()
        .retry_bounds(Duration::from_millis(1), Duration::from_millis(1))
        .build_with_max_retries(times);
    RetryTransientMiddleware::new_with_policy(policy)
}

#[tokio::test]
async fn a_retry_stops_at_a_refusal() {
    let (backdrop, breaker) = (Backdrop::start(|_| UNWELL).await, timed());
    let client =
        builder().with(retry(100)).with(CircuitBreakerMiddleware::new(breaker.clone())).build();
    let refused = get(&client, &backdrop).await.expect_err("it stays unwell");
    assert_eq!((backdrop.calls(), breaker.state()), (3, State::Open));
    assert_eq!(refusal(&refused), breaker.rejection(), "{refused:?}");
}

#[tokio::test]
async fn a_refusal_of_the_first_attempt_is_found_behind_a_retry() {
    let breaker = timed();
    breaker.trip();
    let client =
        builder().with(retry(100)).with(CircuitBreakerMiddleware::new(breaker.clone())).build();
    let refused = client.get("http://127.0.0.1:0").send().await.expect_err("it is open");
    assert_eq!(refusal(&refused), breaker.rejection(), "{refused:?}");
}

/// A middleware that adds a context to errors, which keep their type or are those of reqwest.
#[derive(Debug, Clone, Copy)]
enum Wrapping {
    Whole,
    Bare,
}

#[async_trait]
impl Middleware for Wrapping {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let called = next.run(request, extensions).await;
        called.map_err(|error| {
            let error = match (*self, error) {
                (Self::Bare, Error::Reqwest(bare)) => anyhow::Error::new(bare),
                (_, whole) => anyhow::Error::new(whole),
            };
            error.context("sending").into()
        })
    }
}

#[tokio::test]
async fn an_error_that_an_inner_middleware_wraps_is_judged_by_its_kind() {
    let breaker = half_open();
    for wrapping in [Wrapping::Whole, Wrapping::Bare] {
        let middleware = CircuitBreakerMiddleware::new(breaker.clone());
        let client = builder().with(middleware).with(wrapping).build();
        for (url, outcome) in [("http://127.0.0.1:0", Failure), ("ftp://localhost", Ignored)] {
            let failed = bounded(client.get(url).send()).await.expect_err("no response");
            assert!(failed.is_middleware(), "{failed:?}");
            assert_eq!(breaker.observer().take(), [outcome], "{wrapping:?} {url}");
        }
    }
}
