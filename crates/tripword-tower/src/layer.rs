//! The layer: a breaker, and how to judge what goes through it.

use super::{CircuitBreakerService, ErrorsAsFailures};
use crate::{CircuitBreaker, MonotonicClock};
use alloc::sync::Arc;
use core::fmt;
use tower_layer::Layer;

/// Puts services behind a circuit breaker: one breaker for all that it is applied to, and for their clones.
///
/// ```
/// use std::sync::Arc;
/// use tripword::tower::CircuitBreakerLayer;
/// use tripword::{CircuitBreaker, Outcome};
///
/// let breaker = Arc::new(CircuitBreaker::builder().build()?);
/// let layer = CircuitBreakerLayer::new(breaker.clone()).classify(
///     |result: &Result<u16, std::io::Error>| match result {
///         Ok(500..) | Err(_) => Outcome::Failure,
///         Ok(_) => Outcome::Success,
///     },
/// );
/// # use tower::{Layer, service_fn};
/// # let _ = layer.layer(service_fn(|()| async { Ok::<_, std::io::Error>(200_u16) }));
/// # Ok::<(), tripword::ConfigError>(())
/// ```
///
/// A future may outlive whoever made it, so the breaker is shared by an `Arc`. One for the whole program is a
/// `static BREAKER: LazyLock<Arc<CircuitBreaker>>`.
pub struct CircuitBreakerLayer<K = ErrorsAsFailures, C = MonotonicClock, O = ()> {
    breaker: Arc<CircuitBreaker<C, O>>,
    classify: K,
}

impl<C, O> CircuitBreakerLayer<ErrorsAsFailures, C, O> {
    /// A layer that asks `breaker`; every response is a success, every error a failure.
    #[must_use]
    pub fn new(breaker: Arc<CircuitBreaker<C, O>>) -> Self {
        Self {
            breaker,
            classify: ErrorsAsFailures,
        }
    }
}

impl<K, C, O> CircuitBreakerLayer<K, C, O> {
    /// The same layer, with results judged by `classify` (a [`Classify`](super::Classify)). Each call gets a clone of it.
    #[must_use]
    pub fn classify<J>(self, classify: J) -> CircuitBreakerLayer<J, C, O> {
        CircuitBreakerLayer {
            breaker: self.breaker,
            classify,
        }
    }

    /// The breaker.
    pub const fn breaker(&self) -> &Arc<CircuitBreaker<C, O>> {
        &self.breaker
    }
}

impl<S, K: Clone, C, O> Layer<S> for CircuitBreakerLayer<K, C, O> {
    type Service = CircuitBreakerService<S, K, C, O>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreakerService::new(inner, self.breaker.clone(), self.classify.clone())
    }
}

impl<K: Clone, C, O> Clone for CircuitBreakerLayer<K, C, O> {
    fn clone(&self) -> Self {
        Self {
            breaker: self.breaker.clone(),
            classify: self.classify.clone(),
        }
    }
}

impl<K, C, O> fmt::Debug for CircuitBreakerLayer<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer")
            .finish_non_exhaustive()
    }
}
