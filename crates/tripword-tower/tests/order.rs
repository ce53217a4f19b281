//! The order of layers: what the documented order gives, and what the opposite order does.

use crate::paused::{FAILURES, breaker, within_a_second};
use crate::support::S;
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tower::layer::layer_fn;
use tower::retry::Policy;
use tower::timeout::error::Elapsed;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, service_fn};
use tripword::{CallError, State};
use tripword_tower::{CircuitBreakerLayer, CircuitBreakerService, ErrorsAsFailures};

/// The attempts that a retry makes.
const ATTEMPTS: u32 = 4;

/// The number of requests that reached the backend.
#[derive(Debug, Clone, Default)]
struct Hits(Rc<Cell<u32>>);

impl Hits {
    fn get(&self) -> u32 {
        self.0.get()
    }

    fn increment(&self) -> u32 {
        self.0.set(self.get() + 1);
        self.get()
    }
}

type Answer = Result<(), &'static str>;

/// Fails the first requests, then succeeds.
fn fail_first(
    hits: &Hits,
    first: u32,
) -> impl Service<(), Response = (), Error = &'static str> + Clone {
    let hits = hits.clone();
    service_fn(move |()| {
        let fails = hits.increment() <= first;
        async move { if fails { Err("down") } else { Answer::Ok(()) } }
    })
}

/// Never answers.
fn hang(hits: &Hits) -> impl Service<(), Response = (), Error = &'static str> + Clone {
    let hits = hits.clone();
    service_fn(move |()| {
        hits.increment();
        pending::<Answer>()
    })
}

fn is_refused<E>(result: &Result<(), CallError<E>>) -> bool {
    matches!(result, Err(CallError::Rejected(_)))
}

/// Retries after a failure, and after a refusal either not at all or once its wait is over.
#[derive(Debug, Clone, Copy)]
struct Retries {
    left: u32,
    waits_while_open: bool,
}

impl Retries {
    const NOT_WHILE_OPEN: Self = Self { left: ATTEMPTS - 1, waits_while_open: false };
    const WAITING: Self = Self { left: ATTEMPTS, waits_while_open: true };

    fn wait<E>(self, result: &Result<(), CallError<E>>) -> Option<Duration> {
        match result {
            Ok(()) => None,
            Err(CallError::Inner(_)) => Some(S),
            Err(CallError::Rejected(rejected)) => {
                rejected.retry_after().filter(|_| self.waits_while_open)
            }
        }
    }
}

impl<E> Policy<(), (), CallError<E>> for Retries {
    type Future = Sleep;

    fn retry(&mut self, _: &mut (), result: &mut Result<(), CallError<E>>) -> Option<Sleep> {
        let wait = self.wait(result)?;
        self.left = self.left.checked_sub(1)?;
        Some(sleep(wait))
    }

    fn clone_request(&mut self, _: &()) -> Option<()> {
        Some(())
    }
}

/// For a retry inside the breaker, which sees no refusals.
impl Policy<(), (), &'static str> for Retries {
    type Future = Sleep;

    fn retry(&mut self, _: &mut (), result: &mut Answer) -> Option<Sleep> {
        let mut result = result.map_err(CallError::Inner);
        Policy::<(), (), CallError<_>>::retry(self, &mut (), &mut result)
    }

    fn clone_request(&mut self, _: &()) -> Option<()> {
        Some(())
    }
}

#[tokio::test(start_paused = true)]
async fn an_outer_retry_stops_when_the_circuit_opens() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .retry(Retries::NOT_WHILE_OPEN)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(fail_first(&hits, u32::MAX));
    assert!(is_refused(&stack.clone().oneshot(()).await));
    assert_eq!(hits.get(), FAILURES, "the fourth attempt was refused");
    assert!(is_refused(&stack.oneshot(()).await));
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn an_outer_retry_can_wait_for_the_retry_after_of_a_refusal() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .retry(Retries::WAITING)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(fail_first(&hits, FAILURES));
    assert_eq!(stack.oneshot(()).await, Ok(()));
    assert_eq!(hits.get(), FAILURES + 1, "one probe, and no call before it");
    assert_eq!(breaker.state(), State::Closed);
}

/// The breaker counts a call, not its attempts: it opens late, at the expense of the backend.
#[tokio::test(start_paused = true)]
async fn an_inner_retry_hides_its_attempts_from_the_breaker() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .retry(Retries::NOT_WHILE_OPEN)
        .service(fail_first(&hits, u32::MAX));
    while breaker.state() == State::Closed {
        let result = stack.clone().oneshot(()).await;
        assert_eq!(result, Err(CallError::Inner("down")));
    }
    assert_eq!(hits.get(), FAILURES * ATTEMPTS);
}

#[tokio::test(start_paused = true)]
async fn an_inner_timeout_makes_hanging_calls_count() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .timeout(S)
        .service(hang(&hits).map_err(BoxError::from));
    for _ in 0..FAILURES {
        let error = stack.clone().oneshot(()).await.unwrap_err();
        assert!(error.inner().is_some_and(|error| error.is::<Elapsed>()));
    }
    assert_eq!(breaker.state(), State::Open);
    assert!(is_refused(&stack.oneshot(()).await));
    assert_eq!(hits.get(), FAILURES);
}

/// The timeout drops the call, which is ignored: every caller waits for the timeout.
#[tokio::test(start_paused = true)]
async fn an_outer_timeout_keeps_hanging_calls_from_counting() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .timeout(S)
        .map_err(CallError::<BoxError>::into_boxed)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(hang(&hits).map_err(BoxError::from));
    let calls = 10 * FAILURES;
    for _ in 0..calls {
        let error = stack.clone().oneshot(()).await.unwrap_err();
        assert!(error.is::<Elapsed>());
    }
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    assert_eq!(hits.get(), calls);
}

/// The circuit stays half-open, but each probe gives its slot back.
#[tokio::test(start_paused = true)]
async fn an_outer_timeout_keeps_probes_from_deciding() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .timeout(S)
        .map_err(CallError::<BoxError>::into_boxed)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(hang(&hits).map_err(BoxError::from));
    breaker.half_open();
    for _ in 0..FAILURES {
        assert!(stack.clone().oneshot(()).await.unwrap_err().is::<Elapsed>());
    }
    let snapshot = breaker.snapshot();
    assert_eq!(snapshot.state, State::HalfOpen);
    assert_eq!(snapshot.probes.in_flight, 0);
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_does_not_wait_for_an_inner_concurrency_limit() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(1)
        .service(hang(&hits));
    let mut first = stack.clone();
    let _hanging = first.ready().await.expect("a slot").call(());
    breaker.trip();
    let refused = within_a_second(stack.oneshot(())).await;
    assert!(is_refused(&refused.expect("at once")));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_waits_for_an_outer_concurrency_limit() {
    let (breaker, hits) = (breaker(), Hits::default());
    let stack = ServiceBuilder::new()
        .concurrency_limit(1)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(hang(&hits));
    let mut first = stack.clone();
    let _hanging = first.ready().await.expect("a slot").call(());
    breaker.trip();
    assert_eq!(within_a_second(stack.oneshot(())).await, None);
}

#[tokio::test(start_paused = true)]
async fn refusals_do_not_use_up_an_inner_rate_limit() {
    let (breaker, hits) = (breaker(), Hits::default());
    let without_clone =
        |inner| CircuitBreakerService::without_clone(inner, breaker.clone(), ErrorsAsFailures);
    let mut stack = ServiceBuilder::new()
        .layer(layer_fn(without_clone))
        .rate_limit(1, 3_600 * S)
        .service(fail_first(&hits, 0));
    breaker.trip();
    for _ in 0..FAILURES {
        let ready = stack.ready().await.expect("ready to refuse");
        assert!(is_refused(&ready.call(()).await));
    }
    breaker.reset();
    let ready = within_a_second(stack.ready()).await.expect("at once");
    assert_eq!(ready.expect("within the rate").call(()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_refusal_uses_up_an_outer_rate_limit() {
    let (breaker, hits) = (breaker(), Hits::default());
    let mut stack = ServiceBuilder::new()
        .rate_limit(1, 3_600 * S)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(fail_first(&hits, 0));
    breaker.trip();
    let ready = stack.ready().await.expect("within the rate");
    assert!(is_refused(&ready.call(()).await));
    breaker.reset();
    assert!(within_a_second(stack.ready()).await.is_none());
}
