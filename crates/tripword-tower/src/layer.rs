//! The layer: a choice of breakers, and a classifier.

use crate::select::SelectBy;
use crate::service::CircuitBreakerService;
use core::fmt;
use std::sync::Arc;
use tower_layer::Layer;
use tripword::ErrorsAsFailures;
use tripword::{CircuitBreaker, Handle};

/// A layer that puts services behind a circuit breaker.
///
/// All services that the layer is applied to share the breaker, and so do their clones. `Sel`
/// chooses the breaker of each request ([`Select`](crate::Select)). A [`Handle`] chooses its
/// breaker for all requests: an `Arc<CircuitBreaker>`, a `&'static CircuitBreaker` (which costs
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
pub struct CircuitBreakerLayer<Sel = Arc<CircuitBreaker>, K = ErrorsAsFailures> {
    select: Sel,
    classify: K,
    count_unready: bool,
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
        Self::select(handle)
    }
}

impl<F> CircuitBreakerLayer<SelectBy<F>> {
    /// Creates a layer with the breaker that `select` returns for each request: any [`Handle`], or
    /// `None` to bypass all breakers.
    ///
    /// Where the names are known, a `&'static` breaker costs nothing to hand out. With a registry,
    /// this is the way to a key that is computed.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::LazyLock;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::CircuitBreaker;
    /// use tripword_registry::NamedBreaker;
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// type Named = NamedBreaker<&'static str>;
    /// static SEARCH: LazyLock<Named> = LazyLock::new(|| named("search"));
    /// static ORDERS: LazyLock<Named> = LazyLock::new(|| named("orders"));
    ///
    /// fn named(name: &'static str) -> Named {
    ///     Named::new(name, CircuitBreaker::default())
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = CircuitBreakerLayer::select_by(|path: &&'static str| match *path {
    ///     "/healthz" => None,
    ///     "/search" => Some(&*SEARCH),
    ///     _ => Some(&*ORDERS),
    /// });
    /// let service = layer.layer(service_fn(|_: &'static str| async { Ok::<_, ()>(()) }));
    /// SEARCH.breaker().trip();
    /// assert!(service.clone().oneshot("/healthz").await.is_ok());
    /// assert!(service.clone().oneshot("/orders/7").await.is_ok());
    /// let refused = service.oneshot("/search").await.unwrap_err().into_rejected().unwrap();
    /// assert_eq!(refused.name, "search");
    /// # }
    /// ```
    #[must_use]
    pub const fn select_by<Request, H: Handle>(select: F) -> Self
    where
        F: Fn(&Request) -> Option<H>,
    {
        Self::select(SelectBy::new(select))
    }
}

impl<Sel> CircuitBreakerLayer<Sel> {
    /// Creates a layer with a choice of breakers of your own, a [`Select`](crate::Select), where
    /// each response is a success and each error a failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, Select};
    ///
    /// breaker! { static SHARDS: [CircuitBreaker; 16] = consecutive_failures(5); }
    ///
    /// #[derive(Clone)]
    /// struct ByShard;
    ///
    /// impl Select<u64> for ByShard {
    ///     type Handle = &'static CircuitBreaker;
    ///
    ///     fn select(&self, id: &u64) -> Option<&'static CircuitBreaker> {
    ///         SHARDS.get((id % 16) as usize)
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let layer = CircuitBreakerLayer::select(ByShard);
    /// let service = layer.layer(service_fn(|_: u64| async { Err::<(), _>("no answer") }));
    /// assert!(service.oneshot(35).await.is_err());
    /// assert_eq!(SHARDS[3].snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub const fn select(select: Sel) -> Self {
        Self { select, classify: ErrorsAsFailures, count_unready: false }
    }
}

impl<Sel, K> CircuitBreakerLayer<Sel, K> {
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
    pub fn classify<J>(self, classify: J) -> CircuitBreakerLayer<Sel, J> {
        CircuitBreakerLayer { select: self.select, classify, count_unready: self.count_unready }
    }

    /// Counts errors of the inner service's `poll_ready`, which by default are passed on only.
    ///
    /// See [`CircuitBreakerService::count_unready`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::buffer::Buffer;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, breaker};
    /// use tripword_tower::CircuitBreakerLayer;
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// // The worker of this buffer is gone, which it reports when it is polled for its readiness.
    /// let (buffer, _) = Buffer::pair(service_fn(|()| async { Ok::<_, std::io::Error>(()) }), 1);
    /// let service = CircuitBreakerLayer::new(&BACKEND).count_unready().layer(buffer);
    /// assert!(service.oneshot(()).await.is_err());
    /// assert_eq!(BACKEND.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub fn count_unready(self) -> Self {
        Self { count_unready: true, ..self }
    }

    /// The choice, the classifier, and whether errors of readiness count.
    #[cfg(feature = "http")]
    pub(crate) fn into_parts(self) -> (Sel, K, bool) {
        (self.select, self.classify, self.count_unready)
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
    pub const fn handle(&self) -> &Sel
    where
        Sel: Handle,
    {
        &self.select
    }
}

/// For a service without `Clone`, see [`CircuitBreakerService::without_clone`].
impl<S: Clone, Sel: Clone, K: Clone> Layer<S> for CircuitBreakerLayer<Sel, K> {
    type Service = CircuitBreakerService<S, Sel, K>;

    fn layer(&self, inner: S) -> Self::Service {
        let service = CircuitBreakerService::new(inner, self.select.clone(), self.classify.clone());
        service.counting_unready(self.count_unready)
    }
}

impl<Sel: fmt::Debug, K> fmt::Debug for CircuitBreakerLayer<Sel, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerLayer").field("select", &self.select).finish_non_exhaustive()
    }
}
