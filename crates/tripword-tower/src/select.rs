//! Which breaker a request goes through.

use core::fmt;
use tripword::Handle;

/// Chooses the breaker of each request.
///
/// Every [`Handle`] is a choice: its breaker, for all requests. Others are [`SelectBy`], which
/// calls a function, and with the feature `registry` `PerKey` and `PerAuthority`, which look up a
/// name. See [*A breaker for each key*](crate#a-breaker-for-each-key).
///
/// # Examples
///
/// A choice between two breakers:
///
/// ```
/// use tower::{Layer, Service, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, State, breaker};
/// use tripword_tower::{CircuitBreakerLayer, Select};
///
/// breaker! {
///     static READS: CircuitBreaker = consecutive_failures(5);
///     static WRITES: CircuitBreaker = consecutive_failures(1);
/// }
///
/// enum Query {
///     Read,
///     Write,
///     Ping,
/// }
///
/// #[derive(Clone)]
/// struct ByKind;
///
/// impl Select<Query> for ByKind {
///     type Handle = &'static CircuitBreaker;
///
///     fn select(&self, query: &Query) -> Option<&'static CircuitBreaker> {
///         match query {
///             Query::Read => Some(&READS),
///             Query::Write => Some(&WRITES),
///             Query::Ping => None,
///         }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let backend = service_fn(|_: Query| async { Err::<(), _>("no answer") });
/// let service = CircuitBreakerLayer::select(ByKind).layer(backend);
/// for query in [Query::Read, Query::Write, Query::Ping] {
///     assert!(service.clone().oneshot(query).await.is_err());
/// }
/// assert_eq!(READS.snapshot().consecutive_failures, 1);
/// assert_eq!(WRITES.state(), State::Open);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not choose a circuit breaker for a `{Request}`",
    note = "expected a handle that can be cloned (an `Arc<CircuitBreaker>`, a `&'static \
            CircuitBreaker`, a named breaker), `SelectBy` with a function of `&{Request}`, or \
            `PerKey` or `PerAuthority` (which is for an `http::Request`)"
)]
pub trait Select<Request> {
    /// The handle of a chosen breaker.
    type Handle: Handle;

    /// Returns the breaker of `request`. `None` lets the request bypass all breakers: it is
    /// neither refused nor counted. That is right for health checks.
    fn select(&self, request: &Request) -> Option<Self::Handle>;

    /// Returns the breaker if it is the same one for every request, and none bypasses it.
    ///
    /// With it, the service foresees refusals in `poll_ready`, before there is a request. It must
    /// be the breaker that [`select`](Self::select) returns, and always the same.
    fn single(&self) -> Option<&Self::Handle> {
        None
    }
}

// Without this, rustc says that a choice of another request is no handle.
#[diagnostic::do_not_recommend]
impl<Request, H: Handle + Clone> Select<Request> for H {
    type Handle = H;

    #[inline]
    fn select(&self, _: &Request) -> Option<H> {
        Some(self.clone())
    }

    #[inline]
    fn single(&self) -> Option<&H> {
        Some(self)
    }
}

/// A choice by a function of the request, from
/// [`CircuitBreakerLayer::select_by`](crate::CircuitBreakerLayer::select_by).
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, breaker};
/// use tripword_tower::{Select, SelectBy};
///
/// breaker! { static WRITES: CircuitBreaker = consecutive_failures(5); }
///
/// let choice = SelectBy::new(|is_write: &bool| is_write.then_some(&WRITES));
/// assert!(choice.select(&true).is_some());
/// assert!(choice.select(&false).is_none());
/// ```
#[derive(Clone, Copy)]
pub struct SelectBy<F>(F);

impl<F> SelectBy<F> {
    /// Creates a choice by `select`, a function from `&Request` to an optional [`Handle`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::{ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, ErrorsAsFailures, breaker};
    /// use tripword_tower::{CircuitBreakerService, SelectBy};
    ///
    /// breaker! { static WRITES: CircuitBreaker = consecutive_failures(5); }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let choice = SelectBy::new(|is_write: &bool| is_write.then_some(&WRITES));
    /// let backend = service_fn(|_: bool| async { Err::<(), _>("no answer") });
    /// let service = CircuitBreakerService::new(backend, choice, ErrorsAsFailures);
    /// assert!(service.clone().oneshot(false).await.is_err());
    /// assert!(service.oneshot(true).await.is_err());
    /// assert_eq!(WRITES.snapshot().consecutive_failures, 1);
    /// # }
    /// ```
    #[must_use]
    pub const fn new(select: F) -> Self {
        Self(select)
    }
}

impl<Request, F, H> Select<Request> for SelectBy<F>
where
    F: Fn(&Request) -> Option<H>,
    H: Handle,
{
    type Handle = H;

    #[inline]
    fn select(&self, request: &Request) -> Option<H> {
        (self.0)(request)
    }
}

impl<F> fmt::Debug for SelectBy<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SelectBy").finish_non_exhaustive()
    }
}
