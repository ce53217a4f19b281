//! Errors of the inner service's `poll_ready`: passed on, and counted on request.

use crate::service::{at_once, await_probe, breaker, call, in_flight};
use std::cell::Cell;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::{Layer, Service, ServiceExt};
use tripword::{CallError, Outcome, Reason, State};
use tripword_tower::CircuitBreakerLayer;

/// Fails in `poll_ready` while it is broken, and echoes otherwise.
#[derive(Debug, Clone)]
struct Connection {
    broken: Rc<Cell<bool>>,
}

impl Connection {
    fn broken() -> Self {
        Self { broken: Rc::new(Cell::new(true)) }
    }
}

impl Service<u32> for Connection {
    type Response = u32;
    type Error = &'static str;
    type Future = Ready<Result<u32, &'static str>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
        Poll::Ready(if self.broken.get() { Err("closed") } else { Ok(()) })
    }

    fn call(&mut self, n: u32) -> Self::Future {
        ready(Ok(n))
    }
}

const CLOSED: Result<u32, CallError<&str>> = Err(CallError::Inner("closed"));

#[test]
fn an_error_of_readiness_counts_once_if_that_is_set() {
    let breaker = Arc::new(breaker());
    let layer = CircuitBreakerLayer::new(breaker.clone()).count_unready();
    let service = layer.layer(Connection::broken());
    assert_eq!(at_once(service.clone().oneshot(1)), CLOSED);
    assert_eq!(breaker.state(), State::Open);
    let refused = at_once(service.oneshot(1)).unwrap_err();
    assert_eq!(refused.rejected().map(|rejected| rejected.reason()), Some(Reason::Open));
}

#[test]
fn an_error_of_readiness_is_the_probe_and_fails_it() {
    let breaker = Arc::new(breaker());
    let connection = Connection::broken();
    let layer = CircuitBreakerLayer::new(breaker.clone()).count_unready();
    let mut service = layer.layer(connection.clone());
    await_probe(&breaker);
    assert_eq!(at_once(service.clone().oneshot(1)), CLOSED);
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::Open, 0));

    await_probe(&breaker);
    connection.broken.set(false);
    assert_eq!(call(&mut service, 1), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn an_error_of_readiness_is_judged_by_the_classifier() {
    let breaker = Arc::new(breaker());
    let judge = |result: &Result<u32, &str>| match result {
        Err("closed") => Outcome::Ignored,
        result => Outcome::of(result),
    };
    let layer = CircuitBreakerLayer::new(breaker.clone()).count_unready().classify(judge);
    await_probe(&breaker);
    assert_eq!(at_once(layer.layer(Connection::broken()).oneshot(1)), CLOSED);
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::HalfOpen, 0));
}

/// The request is not known yet, so no breaker is.
#[test]
fn with_a_choice_there_is_no_breaker_to_count_in() {
    let breaker = Arc::new(breaker());
    let chosen = breaker.clone();
    let layer = CircuitBreakerLayer::select_by(move |_: &u32| Some(chosen.clone()));
    let service = layer.count_unready().layer(Connection::broken());
    assert_eq!(at_once(service.oneshot(1)), CLOSED);
    assert_eq!(breaker.state(), State::Closed);
}

/// A layer that judges to the end of the body counts by the same rule.
#[cfg(feature = "http")]
#[test]
fn an_error_of_readiness_counts_to_the_end() {
    use hyper::Response;
    use tripword_tower::HttpToTheEnd;

    let breaker = Arc::new(breaker());
    let in_text = |n: u32| Response::new(n.to_string());
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let passed_on = layer.clone().to_the_end(HttpToTheEnd::new());
    let counted = layer.count_unready().to_the_end(HttpToTheEnd::new());
    for (layer, state) in [(passed_on, State::Closed), (counted, State::Open)] {
        let service = layer.layer(Connection::broken().map_response(in_text));
        let failed = at_once(service.clone().oneshot(1)).map(drop);
        assert_eq!((failed, breaker.state()), (CLOSED.map(drop), state));
    }
}
