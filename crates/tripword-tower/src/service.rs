//! The service: asks the breaker, then the inner service.

use super::{Classify, ErrorsAsFailures, ResponseFuture};
use crate::{CallError, CircuitBreaker, Clock, MonotonicClock, Observer, Rejected};
use alloc::sync::Arc;
use core::fmt;
use core::task::{Context, Poll};
use tower_service::Service;

/// A service behind a circuit breaker; see the [module](super) for what it asks when.
pub struct CircuitBreakerService<S, K = ErrorsAsFailures, C = MonotonicClock, O = ()> {
    inner: S,
    breaker: Arc<CircuitBreaker<C, O>>,
    classify: K,
    /// What the next call will be refused with, if the inner service was not asked whether it is ready.
    refusal: Option<Rejected>,
}

impl<S, K, C, O> CircuitBreakerService<S, K, C, O> {
    /// `inner` behind `breaker`, with results judged by `classify`.
    #[must_use]
    pub const fn new(inner: S, breaker: Arc<CircuitBreaker<C, O>>, classify: K) -> Self {
        Self {
            inner,
            breaker,
            classify,
            refusal: None,
        }
    }

    /// The breaker.
    pub const fn breaker(&self) -> &Arc<CircuitBreaker<C, O>> {
        &self.breaker
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service. What is called on it goes past the breaker.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, without the breaker.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, K, C, O, Request> Service<Request> for CircuitBreakerService<S, K, C, O>
where
    S: Service<Request>,
    K: Classify<S::Response, S::Error> + Clone,
    C: Clock,
    O: Observer,
{
    type Response = S::Response;
    type Error = CallError<S::Error>;
    type Future = ResponseFuture<S::Future, K, C, O>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        // A refusal needs nothing of the inner service, so it neither waits for it nor takes a slot of it.
        self.refusal = self.breaker.rejection();
        match self.refusal {
            Some(_) => Poll::Ready(Ok(())),
            None => self.inner.poll_ready(cx).map_err(CallError::Inner),
        }
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let foreseen = self.refusal.take();
        match (self.breaker.clone().try_acquire_owned(), foreseen) {
            (Ok(permit), None) => {
                let response = self.inner.call(request);
                ResponseFuture::of_a_call(response, permit, self.classify.clone())
            }
            // The circuit changed its mind, but nobody knows whether the inner service is ready.
            (Ok(permit), Some(rejected)) => {
                permit.withdraw(&rejected);
                ResponseFuture::of_a_refusal(rejected)
            }
            (Err(rejected), _) => ResponseFuture::of_a_refusal(rejected),
        }
    }
}

impl<S: Clone, K: Clone, C, O> Clone for CircuitBreakerService<S, K, C, O> {
    /// Another service behind the same breaker, not yet ready.
    fn clone(&self) -> Self {
        Self::new(
            self.inner.clone(),
            self.breaker.clone(),
            self.classify.clone(),
        )
    }
}

impl<S: fmt::Debug, K, C, O> fmt::Debug for CircuitBreakerService<S, K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
