//! Refusals, found in the errors of programs.

use crate::support::{Timed, half_open, timed};
use reqwest::{Client, Request};
use std::error::Error;
use std::fmt;
use tower::{BoxError, ServiceBuilder};
use tripword_registry::{NamedBreaker, Registry};
use tripword_reqwest::tripword::Outcome::Ignored;
use tripword_reqwest::tripword::{CallError, CircuitBreaker, ManualClock, Mode, Reason, Rejected};
use tripword_reqwest::tripword_tower::CircuitBreakerLayer;
use tripword_reqwest::{guard, refusal};

fn unreachable() -> Request {
    Client::new().get("http://127.0.0.1:0").build().expect("a valid request")
}

async fn call(breaker: &Timed) -> CallError<reqwest::Error> {
    guard(Client::new(), breaker.clone()).execute(unreachable()).await.expect_err("no response")
}

/// An error of a program, around that of a call.
#[derive(Debug)]
struct PayError(CallError<reqwest::Error>);

impl fmt::Display for PayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not paid")
    }
}

impl Error for PayError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn a_refusal_is_found_in_any_wrapping() {
    let breaker = timed();
    breaker.trip();
    let expected = breaker.rejection();
    assert!(expected.is_some());
    assert_eq!(refusal(&expected.expect("it is open")), expected);
    assert_eq!(refusal(&call(&breaker).await), expected);
    assert_eq!(refusal(&PayError(call(&breaker).await)), expected);
    assert_eq!(refusal(&*call(&breaker).await.into_boxed()), expected);
    let wrapped = anyhow::Error::new(call(&breaker).await).context("paying");
    assert_eq!(refusal(wrapped.as_ref()), expected);
}

#[tokio::test]
async fn a_failure_is_no_refusal() {
    let breaker = timed();
    assert_eq!(refusal(&call(&breaker).await), None);
    assert_eq!(refusal(&PayError(call(&breaker).await)), None);
    assert_eq!(breaker.snapshot().consecutive_failures, 2);
}

#[tokio::test]
async fn a_named_breaker_says_its_name() {
    let registry = Registry::builder().build();
    let payments = registry.get_or_create("payments");
    payments.breaker().set_mode(Mode::ForceOpen);
    let client = guard(Client::new(), payments.clone());
    let error = client.execute(unreachable()).await.expect_err("it is open");
    assert_eq!(error.to_string(), r#"circuit "payments" forced open"#);
    let rejected: &Rejected = error.rejected().expect("a refusal").as_ref();
    assert_eq!(rejected.reason(), Reason::ForcedOpen);
}

#[tokio::test]
async fn a_named_refusal_is_found_in_any_wrapping() {
    let breaker = CircuitBreaker::builder().build_with(ManualClock::new());
    let payments = NamedBreaker::new("payments", breaker.expect("valid settings"));
    payments.breaker().trip();
    let call = || async {
        let called = guard(Client::new(), payments.clone()).execute(unreachable()).await;
        called.expect_err("it is open")
    };
    let expected = payments.breaker().rejection();
    assert!(expected.is_some());
    assert_eq!(refusal(&call().await), expected);
    assert_eq!(refusal(&call().await.into_rejected().expect("a refusal")), expected);
    assert_eq!(refusal(&*call().await.into_boxed()), expected);
    let wrapped = anyhow::Error::new(call().await).context("paying");
    assert_eq!(refusal(wrapped.as_ref()), expected);
    let wrapped = std::io::Error::other(call().await);
    assert_eq!(refusal(&wrapped), expected);
}

#[tokio::test]
async fn a_refusal_of_a_breaker_around_the_connector_is_found_and_ignored() {
    let (dials, breaker) = (timed(), half_open());
    dials.trip();
    let layer = ServiceBuilder::new()
        .map_err(CallError::<BoxError>::into_boxed)
        .layer(CircuitBreakerLayer::new(dials.clone()))
        .into_inner();
    let client = Client::builder().connector_layer(layer).build().expect("a client");
    let called = guard(client, breaker.clone()).execute(unreachable()).await;
    let error = called.expect_err("no connection").into_inner().expect("an error of the client");
    assert!(error.is_connect(), "as reqwest calls it: {error:?}");
    assert_eq!(refusal(&error), dials.rejection());
    assert_eq!(breaker.observer().take(), [Ignored]);
}
