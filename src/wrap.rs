//! Functions that go through a breaker whenever they are called: decorators.

use crate::breaker::CircuitBreaker;
use crate::classify::{Classify, ErrorsAsFailures};
use crate::clock::Clock;
use crate::error::CallError;
use crate::handle::Handle;
use crate::observer::Observer;
use core::fmt;

/// A function behind a breaker, from [`CircuitBreaker::wrap`].
///
/// `H` is the breaker's [`Handle`], `F` the function, `K` the classifier.
///
/// # Examples
///
/// ```
/// use tripword::{CallError, CircuitBreaker, Outcome};
///
/// fn price(of: &str) -> Result<u32, std::num::ParseIntError> {
///     of.parse()
/// }
///
/// let breaker = CircuitBreaker::builder().consecutive_failures(1).build()?;
/// let price = breaker.wrap(price).judged_by(|result: &Result<u32, _>| match result {
///     Ok(0) => Outcome::Failure,
///     other => Outcome::of(other),
/// });
/// assert_eq!(price.call("42"), Ok(42));
/// assert_eq!(price.call("0"), Ok(0));
/// assert!(matches!(price.call("42"), Err(CallError::Rejected(_))));
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Wrapped<H, F, K = ErrorsAsFailures> {
    handle: H,
    function: F,
    classify: K,
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Returns `function` behind this breaker, which goes through it at each call. The function
    /// takes one argument; several are a tuple. For another handle of the breaker, see
    /// [`Wrapped::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::breaker;
    ///
    /// breaker! { static DIVISION = consecutive_failures(5); }
    ///
    /// let divide = DIVISION.wrap(|(a, b): (u32, u32)| a.checked_div(b).ok_or("division by zero"));
    /// assert_eq!(divide.call((42, 6)), Ok(7));
    /// ```
    #[must_use]
    pub const fn wrap<F>(&self, function: F) -> Wrapped<&Self, F> {
        Wrapped::new(self, function)
    }
}

impl<H, F> Wrapped<H, F> {
    /// Puts `function` behind the breaker of `handle`.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword::{CircuitBreaker, Wrapped};
    ///
    /// let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let length = Wrapped::new(breaker, |text: String| Ok::<_, ()>(text.len()));
    /// let task = std::thread::spawn(move || length.call("seven".to_owned()));
    /// assert_eq!(task.join().unwrap(), Ok(5));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn new(handle: H, function: F) -> Self {
        Self { handle, function, classify: ErrorsAsFailures }
    }
}

impl<H, F, K> Wrapped<H, F, K> {
    /// Judges results by `classify` (a [`Classify`]) instead.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Outcome, State};
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(1).build()?;
    /// let get = breaker.wrap(|status: u16| Ok::<_, ()>(status));
    /// let get = get.judged_by(|result: &Result<u16, ()>| match result {
    ///     Ok(500..) | Err(_) => Outcome::Failure,
    ///     Ok(_) => Outcome::Success,
    /// });
    /// assert_eq!(get.call(503), Ok(503));
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn judged_by<J>(self, classify: J) -> Wrapped<H, F, J> {
        Wrapped { handle: self.handle, function: self.function, classify }
    }
}

impl<H: Handle, F, K> Wrapped<H, F, K> {
    /// Calls the function if the circuit admits it.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call`]; the refusal is that of the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let length = breaker.wrap(|text: &str| Ok::<_, ()>(text.len()));
    /// assert_eq!(length.call("seven"), Ok(5));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn call<A, T, E>(&self, argument: A) -> Result<T, CallError<E, H::Rejection>>
    where
        F: Fn(A) -> Result<T, E>,
        K: Classify<T, E>,
    {
        let classify = |result: &Result<T, E>| self.classify.classify(result);
        let breaker = self.handle.breaker();
        let called = breaker.call_with(classify, || (self.function)(argument));
        called.map_err(|error| error.map_rejected(|rejected| self.handle.explain(rejected)))
    }

    /// Calls and awaits the function if the circuit admits it when this is first polled.
    ///
    /// If the call is to be spawned, write the argument types of closures (`|of: &str|`), or the
    /// compiler infers a single lifetime.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call_async`]; the refusal is that of the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// async fn price(of: &str) -> Result<u32, std::num::ParseIntError> {
    ///     of.parse()
    /// }
    ///
    /// # pollster::block_on(async {
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert_eq!(breaker.wrap(price).call_async("42").await, Ok(42));
    /// # Ok::<(), tripword::ConfigError>(())
    /// # }).unwrap();
    /// ```
    pub async fn call_async<A, T, E>(&self, argument: A) -> Result<T, CallError<E, H::Rejection>>
    where
        F: AsyncFn(A) -> Result<T, E>,
        K: Classify<T, E>,
    {
        let classify = |result: &Result<T, E>| self.classify.classify(result);
        let breaker = self.handle.breaker();
        let called = breaker.call_async_with(classify, async { (self.function)(argument).await });
        let called = called.await;
        called.map_err(|error| error.map_rejected(|rejected| self.handle.explain(rejected)))
    }
}

impl<H, F, K> fmt::Debug for Wrapped<H, F, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wrapped").finish_non_exhaustive()
    }
}
