//! Errors that say nothing about the dependency: those of neighbours in the stack.

use crate::refusal::{MaybeRefused, is_refusal};
use core::error::Error;
use core::fmt;
use core::iter;
use std::io;
use tripword::{Classify, ErrorsAsFailures, Outcome};

/// The boxed error of tower's layers.
type BoxError = Box<dyn Error + Send + Sync>;

/// A classifier that ignores some errors, and lets `K` judge all other results.
///
/// `E` is the error of the inner service. The refusals of another breaker, of a limit, or of load
/// shedding say nothing about the dependency: the call did not reach it. As failures they would
/// open this circuit, too.
///
/// # Examples
///
/// A breaker around another one, which is open:
///
/// ```
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, State, breaker};
/// use tripword_tower::{CircuitBreakerLayer, Ignoring};
///
/// breaker! {
///     static CLUSTER: CircuitBreaker = consecutive_failures(1);
///     static REPLICA: CircuitBreaker = consecutive_failures(1);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = ServiceBuilder::new()
///     .layer(CircuitBreakerLayer::new(&CLUSTER).classify(Ignoring::refusals()))
///     .layer(CircuitBreakerLayer::new(&REPLICA))
///     .service(service_fn(|()| async { Ok::<_, std::io::Error>(()) }));
/// REPLICA.trip();
/// assert!(service.oneshot(()).await.is_err());
/// assert_eq!(CLUSTER.state(), State::Closed);
/// # }
/// ```
pub struct Ignoring<E = BoxError, K = ErrorsAsFailures> {
    is_ignored: fn(&E) -> bool,
    others: K,
}

/// Returns a classifier that ignores boxed errors with an `N` among their sources, and refusals of
/// breakers. Other errors are failures, unless [`otherwise`](Ignoring::otherwise) sets another
/// classifier.
///
/// `N` is the error of a neighbour: tower's `Overloaded` of load shedding, or `Closed` of a buffer.
/// `Elapsed` of a timeout should count.
///
/// # Examples
///
/// ```
/// use std::convert::Infallible;
/// use std::future::pending;
/// use tower::load_shed::error::Overloaded;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, State, breaker};
/// use tripword_tower::{CircuitBreakerLayer, ignoring};
///
/// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(1); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = ServiceBuilder::new()
///     .layer(CircuitBreakerLayer::new(&BACKEND).classify(ignoring::<Overloaded>()))
///     .load_shed()
///     .concurrency_limit(1)
///     .service(service_fn(|()| pending::<Result<(), Infallible>>()));
/// let _hanging = tokio::spawn(service.clone().oneshot(()));
/// tokio::task::yield_now().await;
/// assert!(service.oneshot(()).await.unwrap_err().inner().unwrap().is::<Overloaded>());
/// assert_eq!(BACKEND.state(), State::Closed);
/// # }
/// ```
#[must_use]
pub fn ignoring<N: Error + 'static>() -> Ignoring {
    Ignoring::when(|error: &BoxError| error.refusal().is_some() || has_source::<N>(&**error))
}

impl<E> Ignoring<E> {
    /// Creates a classifier that ignores the errors for which `is_ignored` returns true.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Classify, Outcome};
    /// use tripword_tower::Ignoring;
    ///
    /// let classify = Ignoring::when(|status: &u16| *status < 500);
    /// assert_eq!(classify.classify(&Err::<(), _>(404)), Outcome::Ignored);
    /// assert_eq!(classify.classify(&Err::<(), _>(503)), Outcome::Failure);
    /// assert_eq!(classify.classify(&Ok::<_, u16>(())), Outcome::Success);
    /// ```
    #[must_use]
    pub const fn when(is_ignored: fn(&E) -> bool) -> Self {
        Self { is_ignored, others: ErrorsAsFailures }
    }

    /// Creates a classifier that ignores the refusals of other breakers, which are further in.
    ///
    /// `E` is a [`CallError`](tripword::CallError), of which only the refusal of the breaker right
    /// inside is seen, or a boxed error with a refusal among its sources, however far in. With more
    /// than two breakers around one another, box the errors between them.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Classify, Outcome, breaker};
    /// use tripword_tower::Ignoring;
    ///
    /// breaker! { static REPLICA: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let classify = Ignoring::refusals();
    /// let call = || REPLICA.call(|| Err::<(), _>("no answer"));
    /// assert_eq!(classify.classify(&call()), Outcome::Failure);
    /// REPLICA.trip();
    /// assert_eq!(classify.classify(&call()), Outcome::Ignored);
    /// ```
    #[must_use]
    pub fn refusals() -> Self
    where
        E: MaybeRefused,
    {
        Self::when(|error| error.refusal().is_some())
    }

    /// Creates a classifier that ignores refusals of breakers, and errors that are an `N` or have
    /// one among their sources. For boxed errors, see [`ignoring`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io;
    /// use tripword::{Classify, Outcome, Rejected, breaker};
    /// use tripword_tower::Ignoring;
    ///
    /// breaker! { static REPLICA: tripword::CircuitBreaker = consecutive_failures(5); }
    /// REPLICA.trip();
    ///
    /// let classify = Ignoring::<io::Error>::source::<Rejected>();
    /// let refused = REPLICA.call(|| Ok::<_, io::Error>(())).map_err(io::Error::other);
    /// assert_eq!(classify.classify(&refused), Outcome::Ignored);
    /// let timed_out = Err::<(), _>(io::ErrorKind::TimedOut.into());
    /// assert_eq!(classify.classify(&timed_out), Outcome::Failure);
    /// ```
    #[must_use]
    pub fn source<N: Error + 'static>() -> Self
    where
        E: Error + 'static,
    {
        Self::when(|error| is_refusal(error) || has_source::<N>(error))
    }
}

impl<E, K> Ignoring<E, K> {
    /// Sets the classifier of all results that are not ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::load_shed::error::Overloaded;
    /// use tripword::{Classify, Outcome};
    /// use tripword_tower::{Ignoring, ignoring};
    ///
    /// type BoxError = Box<dyn std::error::Error + Send + Sync>;
    ///
    /// // Two errors to be ignored, and a judgement of the rest.
    /// let by_status = |result: &Result<u16, BoxError>| match result {
    ///     Ok(500..) | Err(_) => Outcome::Failure,
    ///     Ok(_) => Outcome::Success,
    /// };
    /// let closed = ignoring::<tower::buffer::error::Closed>().otherwise(by_status);
    /// let classify = ignoring::<Overloaded>().otherwise(closed);
    /// assert_eq!(classify.classify(&Err(Overloaded::new().into())), Outcome::Ignored);
    /// assert_eq!(classify.classify(&Ok(503)), Outcome::Failure);
    /// assert_eq!(classify.classify(&Err("no answer".into())), Outcome::Failure);
    /// ```
    #[must_use]
    pub fn otherwise<J>(self, classify: J) -> Ignoring<E, J> {
        Ignoring { is_ignored: self.is_ignored, others: classify }
    }
}

impl<T, E, K: Classify<T, E>> Classify<T, E> for Ignoring<E, K> {
    fn classify(&self, result: &Result<T, E>) -> Outcome {
        match result {
            Err(error) if (self.is_ignored)(error) => Outcome::Ignored,
            result => self.others.classify(result),
        }
    }
}

impl<E, K: Clone> Clone for Ignoring<E, K> {
    fn clone(&self) -> Self {
        Self { is_ignored: self.is_ignored, others: self.others.clone() }
    }
}

impl<E, K: Copy> Copy for Ignoring<E, K> {}

impl<E, K: fmt::Debug> fmt::Debug for Ignoring<E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ignoring").field("others", &self.others).finish_non_exhaustive()
    }
}

/// Returns whether an error is an `N`, or has one among its sources.
fn has_source<N: Error + 'static>(error: &(dyn Error + 'static)) -> bool {
    iter::successors(Some(error), |&error| source(error)).any(|error| error.is::<N>())
}

/// The source of an error. An `io::Error` passes over the error that it wraps: its source is that
/// error's source.
fn source<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
