//! tower's retry around a breaker: what was refused is not retried.

use crate::service::breaker;
use crate::support::S;
use std::cell::Cell;
use std::future::{Ready, ready};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use tower::retry::{Policy, RetryLayer};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn};
use tripword::{CallError, CircuitBreaker, ManualClock};
use tripword_tower::{CircuitBreakerLayer, UnlessRefused};

const FAILURES: u32 = 3;

/// Retries every error at once, and counts how often it was consulted.
#[derive(Debug, Clone, Default)]
struct Always(Rc<Cell<u32>>);

impl<Response, Error> Policy<(), Response, Error> for Always {
    type Future = Ready<()>;

    fn retry(&mut self, (): &mut (), result: &mut Result<Response, Error>) -> Option<Ready<()>> {
        self.0.set(self.0.get() + 1);
        result.is_err().then(|| ready(()))
    }

    fn clone_request(&mut self, (): &()) -> Option<()> {
        Some(())
    }
}

type Breaker = Arc<CircuitBreaker<Arc<ManualClock>>>;

/// A breaker that opens on the third failure in a row.
fn slow_breaker() -> Breaker {
    let settings = CircuitBreaker::builder().consecutive_failures(FAILURES).jitter(0.0);
    Arc::new(settings.build_with(Arc::new(ManualClock::new())).expect("valid settings"))
}

/// Fails the first requests, and counts all.
fn fail_first(failures: u32, hits: &Cell<u32>) -> Ready<io::Result<u32>> {
    hits.set(hits.get() + 1);
    ready(if hits.get() <= failures { Err(io::Error::other("down")) } else { Ok(hits.get()) })
}

#[tokio::test]
async fn retries_end_when_the_circuit_opens() {
    let (breaker, hits, policy) = (slow_breaker(), Cell::new(0), Always::default());
    let stack = ServiceBuilder::new()
        .layer(RetryLayer::new(UnlessRefused::new(policy.clone())))
        .layer(CircuitBreakerLayer::new(breaker))
        .service(service_fn(|()| fail_first(u32::MAX, &hits)));
    let refused = stack.oneshot(()).await.unwrap_err();
    assert!(refused.rejected().is_some());
    assert_eq!((hits.get(), policy.0.get()), (FAILURES, FAILURES));
}

#[tokio::test]
async fn other_results_are_left_to_the_policy() {
    let (breaker, hits, policy) = (slow_breaker(), Cell::new(0), Always::default());
    let stack = ServiceBuilder::new()
        .layer(RetryLayer::new(UnlessRefused::new(policy.clone())))
        .layer(CircuitBreakerLayer::new(breaker))
        .service(service_fn(|()| fail_first(FAILURES - 1, &hits)));
    assert_eq!(stack.oneshot(()).await.expect("the last attempt"), FAILURES);
    assert_eq!(policy.0.get(), FAILURES);
}

/// A timeout between the retry and the breaker boxes the refusal.
#[tokio::test(start_paused = true)]
async fn boxed_refusals_are_not_retried() {
    let (breaker, policy) = (Arc::new(breaker()), Always::default());
    breaker.trip();
    let stack = ServiceBuilder::new()
        .layer(RetryLayer::new(UnlessRefused::new(policy.clone())))
        .timeout(S)
        .layer(CircuitBreakerLayer::new(breaker))
        .service(service_fn(|()| ready(Ok::<_, io::Error>(()))));
    let refused: BoxError = stack.oneshot(()).await.unwrap_err();
    assert!(refused.is::<CallError<io::Error>>(), "{refused}");
    assert_eq!(policy.0.get(), 0);
}

#[cfg(feature = "registry")]
#[tokio::test]
async fn refusals_with_a_name_are_not_retried() {
    let (registry, policy) = (Arc::new(crate::keyed::builder().build()), Always::default());
    registry.get_or_create("host").breaker().trip();
    let stack = ServiceBuilder::new()
        .layer(RetryLayer::new(UnlessRefused::new(policy.clone())))
        .layer(CircuitBreakerLayer::per_key(registry, |(): &()| Some("host")))
        .service(service_fn(|()| ready(Ok::<_, io::Error>(()))));
    let refused = stack.oneshot(()).await.unwrap_err().into_rejected().expect("a refusal");
    assert_eq!(&*refused.name, "host");
    assert_eq!(policy.0.get(), 0);
}
