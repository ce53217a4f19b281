//! Which layer goes around which, and what the other order does.
//!
//! The order to take is retry, breaker, limits, timeout, from the outside to the service.
#![cfg(feature = "tower")]

use crate::paused::{Breaker, TokioClock, breaker};
use std::cell::Cell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Sleep, sleep};
use tower::retry::Policy;
use tower::timeout::error::Elapsed;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tripword::tower::{CircuitBreakerLayer, ErrorsAsFailures};
use tripword::{CallError, State};

const S: Duration = Duration::from_secs(1);
/// How long the circuit is open.
const OPEN: Duration = Duration::from_secs(10);
/// The failures in a row that open it.
const FAILURES: u32 = 3;
/// The attempts that a retry makes.
const ATTEMPTS: u32 = 4;

fn three_strikes() -> Breaker {
    breaker(|b| b.consecutive_failures(FAILURES).open_duration(OPEN))
}

fn layer(breaker: &Breaker) -> CircuitBreakerLayer<ErrorsAsFailures, TokioClock> {
    CircuitBreakerLayer::new(breaker.clone())
}

/// Requests that reached the backend.
#[derive(Debug, Clone, Default)]
struct Hits(Rc<Cell<u32>>);

impl Hits {
    fn get(&self) -> u32 {
        self.0.get()
    }

    fn hit(&self) -> u32 {
        self.0.set(self.get() + 1);
        self.get()
    }
}

type Answer = Result<(), &'static str>;

/// Fails its first requests, and is well from then on.
fn failing(
    hits: &Hits,
    first: u32,
) -> impl Service<(), Response = (), Error = &'static str> + Clone {
    let hits = hits.clone();
    service_fn(move |()| {
        let fails = hits.hit() <= first;
        async move { if fails { Err("down") } else { Answer::Ok(()) } }
    })
}

/// Never answers.
fn hanging(hits: &Hits) -> impl Service<(), Response = (), Error = &'static str> + Clone {
    let hits = hits.clone();
    service_fn(move |()| {
        hits.hit();
        pending::<Answer>()
    })
}

fn is_refused<E>(result: &Result<(), CallError<E>>) -> bool {
    matches!(result, Err(CallError::Rejected(_)))
}

/// Tries again after a failure, and after a refusal at most once the circuit may be asked again.
#[derive(Debug, Clone, Copy)]
struct Retries {
    left: u32,
    waits_while_open: bool,
}

impl Retries {
    const NOT_WHILE_OPEN: Self = Self {
        left: ATTEMPTS - 1,
        waits_while_open: false,
    };
    const WAITING: Self = Self {
        waits_while_open: true,
        ..Self::NOT_WHILE_OPEN
    };

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

/// The same below a breaker, where nothing is refused.
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
async fn retry_outside_stops_when_the_circuit_opens() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .retry(Retries::NOT_WHILE_OPEN)
        .layer(layer(&breaker))
        .service(failing(&hits, u32::MAX));
    assert!(is_refused(&stack.clone().oneshot(()).await));
    assert_eq!(hits.get(), FAILURES, "the fourth attempt was refused");
    assert!(is_refused(&stack.oneshot(()).await));
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn retry_outside_can_wait_as_long_as_the_refusal_says() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .retry(Retries {
            left: ATTEMPTS,
            ..Retries::WAITING
        })
        .layer(layer(&breaker))
        .service(failing(&hits, FAILURES));
    assert_eq!(stack.oneshot(()).await, Ok(()));
    assert_eq!(
        hits.get(),
        FAILURES + 1,
        "one probe, and not a call before it"
    );
    assert_eq!(breaker.state(), State::Closed);
}

/// The breaker sees a call, not its attempts: it opens late, and the backend pays for it.
#[tokio::test(start_paused = true)]
async fn retry_inside_hides_the_attempts_from_the_breaker() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(layer(&breaker))
        .retry(Retries::NOT_WHILE_OPEN)
        .service(failing(&hits, u32::MAX));
    while breaker.state() == State::Closed {
        assert_eq!(
            stack.clone().oneshot(()).await,
            Err(CallError::Inner("down"))
        );
    }
    assert_eq!(hits.get(), FAILURES * ATTEMPTS);
}

#[tokio::test(start_paused = true)]
async fn timeout_inside_lets_a_hang_count() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(layer(&breaker))
        .timeout(S)
        .service(hanging(&hits).map_err(tower::BoxError::from));
    for _ in 0..FAILURES {
        let error = stack.clone().oneshot(()).await.unwrap_err();
        assert!(
            error
                .into_inner()
                .is_some_and(|error| error.is::<Elapsed>())
        );
    }
    assert_eq!(breaker.state(), State::Open);
    assert!(is_refused(&stack.oneshot(()).await));
    assert_eq!(hits.get(), FAILURES);
}

/// The timeout drops the call, which says nothing to the breaker: it never opens, and nobody is spared the wait.
#[tokio::test(start_paused = true)]
async fn timeout_outside_keeps_a_hang_from_counting() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .timeout(S)
        .map_err(CallError::<tower::BoxError>::into_boxed)
        .layer(layer(&breaker))
        .service(hanging(&hits).map_err(tower::BoxError::from));
    let calls = 10 * FAILURES;
    for _ in 0..calls {
        let error = stack.clone().oneshot(()).await.unwrap_err();
        assert!(error.is::<Elapsed>());
    }
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failures, 0);
    assert_eq!(hits.get(), calls);
}

/// Nor does half-open come to a verdict. Its slots at least come back.
#[tokio::test(start_paused = true)]
async fn timeout_outside_keeps_probes_from_deciding() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .timeout(S)
        .map_err(CallError::<tower::BoxError>::into_boxed)
        .layer(layer(&breaker))
        .service(hanging(&hits).map_err(tower::BoxError::from));
    breaker.half_open();
    for _ in 0..FAILURES {
        assert!(stack.clone().oneshot(()).await.unwrap_err().is::<Elapsed>());
    }
    let snapshot = breaker.snapshot();
    assert_eq!(
        (snapshot.state, snapshot.probes.in_flight),
        (State::HalfOpen, 0)
    );
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn bulkhead_inside_lets_a_refusal_pass_it_by() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .layer(layer(&breaker))
        .concurrency_limit(1)
        .service(hanging(&hits));
    let mut first = stack.clone();
    let _hanging = first.ready().await.expect("a slot").call(());
    breaker.trip();
    let refused = tokio::time::timeout(S, stack.oneshot(())).await;
    assert!(is_refused(&refused.expect("at once")));
}

#[tokio::test(start_paused = true)]
async fn bulkhead_outside_makes_a_refusal_wait_for_a_slot() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let stack = ServiceBuilder::new()
        .concurrency_limit(1)
        .layer(layer(&breaker))
        .service(hanging(&hits));
    let mut first = stack.clone();
    let _hanging = first.ready().await.expect("a slot").call(());
    breaker.trip();
    let waits = tokio::time::timeout(S, stack.oneshot(())).await;
    assert!(waits.is_err(), "a second later it still waits");
}

#[tokio::test(start_paused = true)]
async fn rate_limit_inside_is_not_used_up_by_refusals() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let mut stack = ServiceBuilder::new()
        .layer(layer(&breaker))
        .rate_limit(1, 3_600 * S)
        .service(failing(&hits, 0));
    breaker.trip();
    for _ in 0..FAILURES {
        assert!(is_refused(
            &stack.ready().await.expect("to refuse").call(()).await
        ));
    }
    breaker.reset();
    let ready = tokio::time::timeout(S, stack.ready()).await;
    let ready = ready.expect("at once").expect("rate");
    assert_eq!(ready.call(()).await, Ok(()));
}

#[tokio::test(start_paused = true)]
async fn rate_limit_outside_is_used_up_by_refusals() {
    let (breaker, hits) = (three_strikes(), Hits::default());
    let mut stack = ServiceBuilder::new()
        .rate_limit(1, 3_600 * S)
        .layer(layer(&breaker))
        .service(failing(&hits, 0));
    breaker.trip();
    assert!(is_refused(
        &stack.ready().await.expect("rate").call(()).await
    ));
    breaker.reset();
    let waits = tokio::time::timeout(S, stack.ready()).await;
    assert!(waits.is_err(), "a second later it still waits");
}
