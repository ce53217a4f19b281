//! The service: first the breaker, then the inner service.

use crate::gate::{Entry, Gate};
use crate::response::ResponseFuture;
use crate::select::Select;
use core::fmt;
use core::task::{Context, Poll};
use std::sync::Arc;
use tower_service::Service;
use tripword::ErrorsAsFailures;
use tripword::{CallError, CircuitBreaker, Classify, Handle};

/// A service behind a circuit breaker, usually made by a
/// [`CircuitBreakerLayer`](crate::CircuitBreakerLayer).
///
/// See [*Calls and readiness*](crate#calls-and-readiness) for when it consults the breaker and the
/// inner service. `S` is the inner service, `Sel` chooses the breaker of a request ([`Select`]; a
/// [`Handle`] has one breaker for all), and `K` is the classifier.
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use tower::{Service, ServiceExt};
/// use tripword::{CallError, CircuitBreaker};
/// use tripword_tower::{CircuitBreakerService, ErrorsAsFailures};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let breaker = Arc::new(CircuitBreaker::builder().build()?);
/// let parse = tower::service_fn(|text: &'static str| async { text.parse::<u32>() });
/// let mut service = CircuitBreakerService::new(parse, breaker.clone(), ErrorsAsFailures);
/// assert_eq!(service.ready().await?.call("42").await?, 42);
///
/// breaker.trip();
/// let rejected = service.ready().await?.call("42").await.unwrap_err();
/// assert!(matches!(rejected, CallError::Rejected(_)));
/// # Ok(())
/// # }
/// ```
pub struct CircuitBreakerService<S, Sel = Arc<CircuitBreaker>, K = ErrorsAsFailures> {
    gate: Gate<S, Sel>,
    classify: K,
}

impl<S, Sel, K> CircuitBreakerService<S, Sel, K> {
    /// Puts `inner` behind the breaker that `select` chooses, usually a handle of one breaker, with
    /// results judged by `classify`.
    ///
    /// If a call is refused for which `inner` was polled, a new clone replaces `inner`, so that a
    /// slot that was reserved for the call is free at once. For a service without `Clone`,
    /// see [`without_clone`](Self::without_clone).
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::{ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, ErrorsAsFailures, breaker};
    /// use tripword_tower::CircuitBreakerService;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let inner = service_fn(|()| async { Err::<(), _>("no answer") });
    /// let service = CircuitBreakerService::new(inner, &BACKEND, ErrorsAsFailures);
    /// assert!(service.oneshot(()).await.is_err());
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub const fn new(inner: S, select: Sel, classify: K) -> Self
    where
        S: Clone,
    {
        Self { gate: Gate::new(inner, select), classify }
    }

    /// Puts an `inner` without `Clone`, such as tower's `RateLimit`, behind the breaker that
    /// `select` chooses. What `inner` reserved for a call that is then refused stays reserved for
    /// the next call that is admitted, or until the service is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower::{ServiceBuilder, ServiceExt, layer::layer_fn, service_fn};
    /// use tripword::{CircuitBreaker, ErrorsAsFailures, breaker};
    /// use tripword_tower::CircuitBreakerService;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let guard = |inner| CircuitBreakerService::without_clone(inner, &BACKEND, ErrorsAsFailures);
    /// let service = ServiceBuilder::new()
    ///     .layer(layer_fn(guard))
    ///     .rate_limit(100, Duration::from_secs(1))
    ///     .service(service_fn(|()| async { Err::<(), _>("no answer") }));
    /// assert!(service.oneshot(()).await.is_err());
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub const fn without_clone(inner: S, select: Sel, classify: K) -> Self {
        Self { gate: Gate::without_clone(inner, select), classify }
    }

    /// Counts errors of the inner service's `poll_ready`, which by default are passed on only.
    ///
    /// The classifier judges such an error as that of a call, on a permit acquired at that moment.
    /// In half-open it is the probe. With more than one breaker there is none to count it in, since
    /// the request is not known yet: then this has no effect.
    ///
    /// It is off by default, since services report there what is no illness of the dependency, such
    /// as an idle connection that was closed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::task::{Context, Poll};
    /// use tower::{Service, ServiceExt};
    /// use tripword::{CallError, CircuitBreaker, ErrorsAsFailures, breaker};
    /// use tripword_tower::CircuitBreakerService;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// #[derive(Clone)]
    /// struct Unreachable;
    ///
    /// impl Service<()> for Unreachable {
    ///     type Response = ();
    ///     type Error = &'static str;
    ///     type Future = std::future::Ready<Result<(), &'static str>>;
    ///
    ///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
    ///         Poll::Ready(Err("no connection"))
    ///     }
    ///
    ///     fn call(&mut self, (): ()) -> Self::Future {
    ///         unreachable!("it is never ready")
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let service = CircuitBreakerService::new(Unreachable, &BACKEND, ErrorsAsFailures);
    /// let failed = service.count_unready().oneshot(()).await;
    /// assert_eq!(failed, Err(CallError::Inner("no connection")));
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub fn count_unready(self) -> Self {
        self.counting_unready(true)
    }

    pub(crate) fn counting_unready(self, count_unready: bool) -> Self {
        let Self { gate, classify } = self;
        Self { gate: gate.counting_unready(count_unready), classify }
    }

    /// Returns the handle of the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tripword::{CircuitBreaker, ErrorsAsFailures, State};
    /// # use tripword_tower::CircuitBreakerService;
    /// # let inner = ();
    /// let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let service = CircuitBreakerService::new(inner, breaker, ErrorsAsFailures);
    /// assert_eq!(service.handle().state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn handle(&self) -> &Sel
    where
        Sel: Handle,
    {
        &self.gate.select
    }

    /// Returns the inner service.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tripword::{CircuitBreaker, ErrorsAsFailures};
    /// # use tripword_tower::CircuitBreakerService;
    /// # let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let service = CircuitBreakerService::new("inner", breaker, ErrorsAsFailures);
    /// assert_eq!(service.get_ref(), &"inner");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn get_ref(&self) -> &S {
        &self.gate.inner
    }

    /// Returns the inner service. A call made on it bypasses the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tripword::{CircuitBreaker, ErrorsAsFailures};
    /// # use tripword_tower::CircuitBreakerService;
    /// # let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let mut service = CircuitBreakerService::new("inner", breaker, ErrorsAsFailures);
    /// *service.get_mut() = "another";
    /// assert_eq!(service.get_ref(), &"another");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.gate.inner
    }

    /// Returns the inner service, and drops the rest.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tripword::{CircuitBreaker, ErrorsAsFailures};
    /// # use tripword_tower::CircuitBreakerService;
    /// # let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let service = CircuitBreakerService::new("inner", breaker, ErrorsAsFailures);
    /// assert_eq!(service.into_inner(), "inner");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn into_inner(self) -> S {
        self.gate.inner
    }
}

impl<S, Sel, K, Request> Service<Request> for CircuitBreakerService<S, Sel, K>
where
    S: Service<Request>,
    Sel: Select<Request>,
    K: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = CallError<S::Error, <Sel::Handle as Handle>::Rejection>;
    type Future = ResponseFuture<S::Future, Sel::Handle, K>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.gate.poll_ready(cx, &self.classify).map_err(CallError::Inner)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.gate.call(request) {
            Entry::Admitted(inner, permit) => {
                ResponseFuture::admitted(inner, permit, self.classify.clone())
            }
            Entry::Bypassing(inner) => ResponseFuture::bypassing(inner),
            Entry::Refused(rejection) => ResponseFuture::rejected(rejection),
        }
    }
}

impl<S: Clone, Sel: Clone, K: Clone> Clone for CircuitBreakerService<S, Sel, K> {
    /// Returns another service behind the same breakers, which is not ready yet.
    fn clone(&self) -> Self {
        Self { gate: self.gate.clone(), classify: self.classify.clone() }
    }
}

impl<S: fmt::Debug, Sel: fmt::Debug, K> fmt::Debug for CircuitBreakerService<S, Sel, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gate.debug("CircuitBreakerService", f)
    }
}
