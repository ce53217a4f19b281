//! The service: first the breaker, then the inner service.

use crate::response::ResponseFuture;
use crate::select::Select;
use core::fmt;
use core::mem;
use core::task::{Context, Poll, ready};
use std::sync::Arc;
use tower_service::Service;
use tripword::ErrorsAsFailures;
use tripword::{CallError, CircuitBreaker, Classify, Handle, Held, Observer, Rejected};

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
    inner: S,
    select: Sel,
    classify: K,
    /// Makes the inner service give back what it reserved for a call.
    release: fn(&mut S),
    /// Whether the inner service may have reserved something: it was polled for its readiness, and
    /// not called since.
    polled: bool,
    /// Why the next call is refused, where this is why the service is ready.
    foreseen: Option<Rejected>,
    /// Whether an error of readiness counts as one of a call.
    count_unready: bool,
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
        let mut service = Self::without_clone(inner, select, classify);
        service.release = |inner| *inner = inner.clone();
        service
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
        Self {
            inner,
            select,
            classify,
            release: |_| (),
            polled: false,
            foreseen: None,
            count_unready: false,
        }
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
        Self { count_unready, ..self }
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
        &self.select
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

impl<S, Sel, K> CircuitBreakerService<S, Sel, K> {
    /// Gives back at once what the inner service reserved for a call that is refused.
    fn release(&mut self) {
        if mem::take(&mut self.polled) {
            (self.release)(&mut self.inner);
        }
    }

    /// Counts an error of readiness as one of a call, if there is a breaker to count it in.
    fn count<T, E>(&self, unready: &Result<T, E>, handle: Option<&impl Handle>)
    where
        K: Classify<T, E>,
    {
        let handle = handle.filter(|_| self.count_unready);
        if let Some(Ok(permit)) = handle.map(Held::acquire) {
            permit.settle(self.classify.classify(unready));
        }
    }
}

/// Refuses a call because the readiness before it foresaw a refusal.
fn refuse<H: Handle>(handle: &H, foreseen: Rejected) -> H::Rejection {
    let breaker = handle.breaker();
    // What would be refused now is refused as any call is: it may be the call that gives up a
    // probe whose lease expired, which no foresight does.
    let refused = breaker.rejection().map(|_| Held::acquire(handle));
    if let Some(Err((handle, rejected))) = refused {
        return handle.explain(rejected);
    }
    // The circuit would admit calls again, but the inner service was not polled for this one.
    breaker.observer().on_rejected(&foreseen);
    handle.explain(foreseen)
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
        let single = self.select.single();
        self.foreseen = single.and_then(|handle| handle.breaker().rejection());
        if self.foreseen.is_some() {
            self.release();
            return Poll::Ready(Ok(()));
        }
        self.polled = true;
        let Err(error) = ready!(self.inner.poll_ready(cx)) else {
            return Poll::Ready(Ok(()));
        };
        let unready = Err(error);
        self.count(&unready, self.select.single());
        Poll::Ready(unready.map(drop).map_err(CallError::Inner))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        if let (Some(foreseen), Some(handle)) = (self.foreseen.take(), self.select.single()) {
            return ResponseFuture::rejected(refuse(handle, foreseen));
        }
        match self.select.select(&request).map(Held::acquire) {
            Some(Ok(permit)) => {
                self.polled = false;
                let response = self.inner.call(request);
                ResponseFuture::admitted(response, permit, self.classify.clone())
            }
            Some(Err((handle, rejected))) => {
                self.release();
                ResponseFuture::rejected(handle.explain(rejected))
            }
            None => {
                self.polled = false;
                ResponseFuture::bypassing(self.inner.call(request))
            }
        }
    }
}

impl<S: Clone, Sel: Clone, K: Clone> Clone for CircuitBreakerService<S, Sel, K> {
    /// Returns another service behind the same breakers, which is not ready yet.
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.select.clone(), self.classify.clone())
            .counting_unready(self.count_unready)
    }
}

impl<S: fmt::Debug, Sel: fmt::Debug, K> fmt::Debug for CircuitBreakerService<S, Sel, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerService")
            .field("inner", &self.inner)
            .field("select", &self.select)
            .finish_non_exhaustive()
    }
}
