//! The service: first the breaker, then the inner service.

use crate::response::ResponseFuture;
use core::fmt;
use core::mem;
use core::task::{Context, Poll};
use std::sync::Arc;
use tower_service::Service;
use tripword::ErrorsAsFailures;
use tripword::{CallError, CircuitBreaker, Classify, Handle, Held, Observer, Rejected};

/// A service behind a circuit breaker, usually made by a
/// [`CircuitBreakerLayer`](crate::CircuitBreakerLayer).
///
/// See [*Calls and readiness*](crate#calls-and-readiness) for when it consults the breaker and the
/// inner service. `S` is the inner service, `H` the [`Handle`] of the breaker, and `K` the
/// classifier.
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
pub struct CircuitBreakerService<S, H = Arc<CircuitBreaker>, K = ErrorsAsFailures> {
    inner: S,
    handle: H,
    classify: K,
    /// Makes the inner service give back what it reserved for a call.
    release: fn(&mut S),
    /// Whether the inner service may have reserved something: it was polled for its readiness, and
    /// not called since.
    polled: bool,
    /// Why the next call is refused, where this is why the service is ready.
    foreseen: Option<Rejected>,
}

impl<S, H, K> CircuitBreakerService<S, H, K> {
    /// Puts `inner` behind the breaker of `handle`, with results judged by `classify`.
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
    pub const fn new(inner: S, handle: H, classify: K) -> Self
    where
        S: Clone,
    {
        let mut service = Self::without_clone(inner, handle, classify);
        service.release = |inner| *inner = inner.clone();
        service
    }

    /// Puts an `inner` without `Clone`, such as tower's `RateLimit`, behind the breaker of
    /// `handle`. What `inner` reserved for a call that is then refused stays reserved for the next
    /// call that is admitted, or until the service is dropped.
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
    pub const fn without_clone(inner: S, handle: H, classify: K) -> Self {
        Self { inner, handle, classify, release: |_| (), polled: false, foreseen: None }
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
    pub const fn handle(&self) -> &H {
        &self.handle
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
        &self.inner
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
        &mut self.inner
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
        self.inner
    }
}

impl<S, H: Handle + Clone, K> CircuitBreakerService<S, H, K> {
    /// Refuses a call because the readiness before it foresaw a refusal.
    fn refuse(&self, foreseen: Rejected) -> H::Rejection {
        let breaker = self.handle.breaker();
        // What would be refused now is refused as any call is: it may be the call that gives up a
        // probe whose lease expired, which no foresight does.
        let refused = breaker.rejection().map(|_| Held::acquire(self.handle.clone()));
        if let Some(Err((handle, rejected))) = refused {
            return handle.explain(rejected);
        }
        // The circuit would admit calls again, but the inner service was not polled for this one.
        breaker.observer().on_rejected(&foreseen);
        self.handle.explain(foreseen)
    }

    /// Gives back at once what the inner service reserved for a call that is refused.
    fn release(&mut self) {
        if mem::take(&mut self.polled) {
            (self.release)(&mut self.inner);
        }
    }
}

impl<S, H, K, Request> Service<Request> for CircuitBreakerService<S, H, K>
where
    S: Service<Request>,
    H: Handle + Clone,
    K: Classify<S::Response, S::Error> + Clone,
{
    type Response = S::Response;
    type Error = CallError<S::Error, H::Rejection>;
    type Future = ResponseFuture<S::Future, H, K>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.foreseen = self.handle.breaker().rejection();
        if self.foreseen.is_some() {
            self.release();
            return Poll::Ready(Ok(()));
        }
        self.polled = true;
        self.inner.poll_ready(cx).map_err(CallError::Inner)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if let Some(foreseen) = self.foreseen.take() {
            return ResponseFuture::rejected(self.refuse(foreseen));
        }
        match Held::acquire(self.handle.clone()) {
            Ok(permit) => {
                self.polled = false;
                let response = self.inner.call(request);
                ResponseFuture::admitted(response, permit, self.classify.clone())
            }
            Err((handle, rejected)) => {
                self.release();
                ResponseFuture::rejected(handle.explain(rejected))
            }
        }
    }
}

impl<S: Clone, H: Clone, K: Clone> Clone for CircuitBreakerService<S, H, K> {
    /// Returns another service behind the same breaker, which is not ready yet.
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.handle.clone(), self.classify.clone())
    }
}

impl<S: fmt::Debug, H: Handle, K> fmt::Debug for CircuitBreakerService<S, H, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerService")
            .field("inner", &self.inner)
            .field("breaker", self.handle.breaker())
            .finish_non_exhaustive()
    }
}
