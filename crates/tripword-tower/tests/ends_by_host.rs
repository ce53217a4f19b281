//! Calls judged to their end by the breaker of their host, and calls without a breaker.

use crate::keyed::{Clocked, builder, state};
use crate::service::{at_once, is_ready};
use crate::wire::{Wire, bounded, http1};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use tower::limit::ConcurrencyLimit;
use tower::{Layer, Service, ServiceExt, service_fn};
use tripword::{CallError, CircuitBreaker, State};
use tripword_registry::NamedRejected;
use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};

const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc";
const HALF: &str = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabc";

fn client()
-> impl Service<Request<Empty<Bytes>>, Response = Response<Incoming>, Error = Error> + Clone {
    // The server closes each connection after one answer.
    Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http()
}

fn get(wire: &Wire, path: &str) -> Request<Empty<Bytes>> {
    let uri = format!("http://{}{path}", wire.address);
    Request::get(uri).body(Empty::new()).expect("a valid request")
}

/// Reads a body, of which the server sends the rest, and returns whether it was whole.
async fn is_whole(body: impl Body<Error: std::fmt::Debug>, wire: &Wire) -> bool {
    wire.go();
    bounded(body.collect()).await.is_ok()
}

#[tokio::test]
async fn a_host_whose_bodies_break_off_is_refused_and_the_other_is_called() {
    let (ill, well) = (http1(HALF, "").await, http1(WHOLE, "").await);
    let registry: Arc<Clocked> = Arc::new(builder().build());
    let layer = CircuitBreakerLayer::per_authority(registry.clone());
    let client = layer.to_the_end(HttpToTheEnd::new()).layer(client());

    let body = bounded(client.clone().oneshot(get(&ill, "/"))).await.expect("a head").into_body();
    assert_eq!(state(&registry, &ill.address.to_string()), Some(State::Closed));
    assert!(!is_whole(body, &ill).await);
    assert_eq!(state(&registry, &ill.address.to_string()), Some(State::Open));

    let refused = bounded(client.clone().oneshot(get(&ill, "/other"))).await.expect_err("open");
    assert_eq!(refused.to_string(), format!("circuit \"{}\" open, retry in 1.0 s", ill.address));
    for _ in 0..3 {
        let response = bounded(client.clone().oneshot(get(&well, "/"))).await.expect("a head");
        assert!(is_whole(response.into_body(), &well).await);
    }
    assert_eq!(state(&registry, &well.address.to_string()), Some(State::Closed));
}

#[tokio::test]
async fn a_request_that_bypasses_the_breakers_has_a_body_that_does_not_count() {
    let wire = http1(HALF, "").await;
    let breaker = CircuitBreaker::builder().consecutive_failures(1).build();
    let breaker = Arc::new(breaker.expect("valid settings"));
    let chosen = breaker.clone();
    let choice = move |request: &Request<Empty<Bytes>>| {
        (request.uri().path() != "/healthz").then(|| chosen.clone())
    };
    let layer = CircuitBreakerLayer::select_by(choice).to_the_end(HttpToTheEnd::new());
    let client = layer.layer(client());

    for circuit in [State::Closed, State::Open] {
        let call = client.clone().oneshot(get(&wire, "/healthz"));
        let body = bounded(call).await.expect("it is never refused").into_body();
        assert!(!is_whole(body, &wire).await);
        assert_eq!((breaker.state(), breaker.snapshot().consecutive_failures), (circuit, 0));
        breaker.trip();
    }
    assert!(bounded(client.oneshot(get(&wire, "/"))).await.unwrap_err().rejected().is_some());
}

/// Answers with an empty body, or with an error.
fn echo(result: Result<(), &'static str>) -> Ready<Result<Response<String>, &'static str>> {
    ready(result.map(|()| Response::new(String::new())))
}

#[test]
fn an_error_of_a_call_that_bypasses_the_breakers_is_passed_on() {
    let none = |_: &Result<(), &'static str>| None::<&'static CircuitBreaker>;
    let layer = CircuitBreakerLayer::select_by(none).to_the_end(HttpToTheEnd::new());
    let service = layer.layer(service_fn(echo));
    assert_eq!(at_once(service.clone().oneshot(Err("down"))).err(), Some(CallError::Inner("down")));
    assert!(at_once(service.oneshot(Ok(()))).is_ok());
}

#[test]
fn a_refusal_by_key_gives_its_slot_back() {
    let registry = Arc::new(builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |key: &&'static str| Some(*key));
    let inner = service_fn(|_| ready(Ok::<_, Infallible>(Response::new(String::new()))));
    let mut service = layer.to_the_end(HttpToTheEnd::new()).layer(ConcurrencyLimit::new(inner, 1));
    let mut other = service.clone();
    registry.get_or_create("open").breaker().trip();
    assert!(is_ready(&mut service));
    assert!(!is_ready(&mut other), "`service` has the only slot");
    let refused = service.call("open");
    assert!(is_ready(&mut other), "it is free again");
    let named: NamedRejected =
        at_once(refused).map(drop).unwrap_err().into_rejected().expect("a refusal");
    assert_eq!(&*named.name, "open");
    assert!(at_once(other.call("closed")).is_ok());
}
