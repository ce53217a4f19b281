//! The layer: a handle of a breaker, and a classifier.

use crate::service::CircuitBreakerService;
use core::fmt;
use std::sync::Arc;
use tower_layer::Layer;
use tripword::ErrorsAsFailures;
use tripword::{CircuitBreaker, Handle};

/// A layer that puts services behind a circuit breaker.
///
/// All services that the layer is applied to share the breaker, and so do their clones. `H` is the
/// [`Handle`] of the breaker: an `Arc<CircuitBreaker>`, a `&'static CircuitBreaker` (which costs
/// nothing to clone), or the named breaker of a registry. `K` is the classifier that judges
/// results, [`ErrorsAsFailures`] unless [`classify`](Self::classify) sets another.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tower::{Layer, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, State};
/// use tripword_tower::CircuitBreakerLayer;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(1).build()?);
/// let layer = CircuitBreakerLayer::new(breaker.clone());
/// let parse = layer.layer(service_fn(|text: &'static str| async { text.parse::<u32>() }));
///
/// assert_eq!(parse.clone().oneshot("42").await?, 42);
/// assert!(parse.oneshot("x").await.is_err());
/// assert_eq!(breaker.state(), State::Open);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CircuitBreakerLayer<H = Arc<CircuitBreaker>, K = ErrorsAsFailures> {
    handle: H,
    classify: K,
}

impl<H: Handle> CircuitBreakerLayer<H> {
    /// Creates a layer with the breaker of `handle`, where each response is a success and each
    /// error a failure.
    ///
    /// # Examples
    ///
    /// A breaker in a `static`:
    ///
    /// ```
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, breaker};
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = CircuitBreakerLayer::new(&BACKEND);
    /// let service = layer.layer(service_fn(|()| async { Err::<(), _>("no answer") }));
    /// assert!(service.oneshot(()).await.is_err());
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub const fn new(handle: H) -> Self {
        Self { handle, classify: ErrorsAsFailures }
    }
}

impl<H, K> CircuitBreakerLayer<H, K> {
    /// Sets the classifier, which judges the result of each call. Each call clones it.
    ///
    /// `classify` is a [`Classify`](crate::Classify): a type such as `ServerErrorsAsFailures`, or a
    /// closure from `&Result<Response, Error>`, with the types of the inner service, to an
    /// [`Outcome`](tripword::Outcome). A closure must name these types. If a method of the service
    /// is not found because of unsatisfied trait bounds, they do not match.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, Outcome, State, breaker};
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(1); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let judge = |result: &Result<u16, std::io::Error>| match result {
    ///     Ok(500..) | Err(_) => Outcome::Failure,
    ///     Ok(_) => Outcome::Success,
    /// };
    /// let layer = CircuitBreakerLayer::new(&BACKEND).classify(judge);
    /// let service = layer.layer(service_fn(|()| async { Ok(503) }));
    /// assert_eq!(service.oneshot(()).await?, 503);
    /// assert_eq!(BACKEND.state(), State::Open);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn classify<J>(self, classify: J) -> CircuitBreakerLayer<H, J> {
        CircuitBreakerLayer { handle: self.handle, classify }
    }

    #[cfg(feature = "http")]
    pub(crate) fn into_parts(self) -> (H, K) {
        (self.handle, self.classify)
    }

    /// Returns the handle of the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword::{CircuitBreaker, State};
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// let layer = CircuitBreakerLayer::new(Arc::new(CircuitBreaker::builder().build()?));
    /// assert_eq!(layer.handle().state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn handle(&self) -> &H {
        &self.handle
    }
}

/// For a service without `Clone`, see [`CircuitBreakerService::without_clone`].
impl<S: Clone, H: Clone, K: Clone> Layer<S> for CircuitBreakerLayer<H, K> {
    type Service = CircuitBreakerService<S, H, K>;

    fn layer(&self, inner: S) -> Self::Service {
        CircuitBreakerService::new(inner, self.handle.clone(), self.classify.clone())
    }
}

impl<H: Handle, K> fmt::Debug for CircuitBreakerLayer<H, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer")
            .field("breaker", self.handle.breaker())
            .finish_non_exhaustive()
    }
}
