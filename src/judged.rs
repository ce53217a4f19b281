//! A breaker with a judge of its own.

use crate::breaker::CircuitBreaker;
use crate::classify::Classify;
use crate::clock::Clock;
use crate::error::CallError;
use crate::handle::Handle;
use crate::observer::Observer;
use crate::wrap::Wrapped;
use core::fmt;
use core::ops::Deref;

/// A breaker and the classifier that judges its calls, from [`CircuitBreaker::judged_by`], so that
/// calls need not name it.
///
/// `H` is the breaker's [`Handle`], `J` the classifier. It derefs to the breaker, also for a call
/// that is to be judged in another way ([`call_with`](CircuitBreaker::call_with)).
///
/// # Examples
///
/// As a `static`:
///
/// ```
/// use tripword::{CallError, CircuitBreaker, Classify, Judged, Outcome, State, breaker};
///
/// struct ServerErrors;
///
/// impl<E> Classify<u16, E> for ServerErrors {
///     fn classify(&self, result: &Result<u16, E>) -> Outcome {
///         match result {
///             Ok(500..) | Err(_) => Outcome::Failure,
///             Ok(_) => Outcome::Success,
///         }
///     }
/// }
///
/// breaker! { static BREAKER: CircuitBreaker = consecutive_failures(1); }
/// static PAYMENTS: Judged<&CircuitBreaker, ServerErrors> = BREAKER.judged_by(ServerErrors);
///
/// assert_eq!(PAYMENTS.call(|| Ok::<_, ()>(404)), Ok(404));
/// assert_eq!(PAYMENTS.call(|| Ok::<_, ()>(503)), Ok(503));
/// assert_eq!(PAYMENTS.state(), State::Open);
/// assert!(matches!(PAYMENTS.call(|| Ok::<_, ()>(404)), Err(CallError::Rejected(_))));
/// ```
#[derive(Clone, Copy)]
pub struct Judged<H, J> {
    handle: H,
    judge: J,
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Returns this breaker with `judge` (a [`Classify`]), which judges the calls that are made
    /// through it. For another handle of the breaker, see [`Judged::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(1).build()?;
    /// let files = breaker.judged_by(|result: &Result<String, std::io::Error>| match result {
    ///     Err(error) if error.kind() == std::io::ErrorKind::NotFound => Outcome::Success,
    ///     result => Outcome::of(result),
    /// });
    /// assert!(files.call(|| std::fs::read_to_string("no/such/file")).is_err());
    /// assert!(files.rejection().is_none());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn judged_by<J>(&self, judge: J) -> Judged<&Self, J> {
        Judged::new(self, judge)
    }
}

impl<H, J> Judged<H, J> {
    /// Gives the breaker of `handle` a judge.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword::{CircuitBreaker, ErrorsAsFailures, Judged};
    ///
    /// let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let judged = Judged::new(breaker, ErrorsAsFailures);
    /// let task = std::thread::spawn(move || judged.call(|| "42".parse::<u32>()));
    /// assert_eq!(task.join().unwrap(), Ok(42));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn new(handle: H, judge: J) -> Self {
        Self { handle, judge }
    }
}

impl<H: Handle, J> Judged<H, J> {
    /// Calls `f` if the circuit admits it.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call`]; the refusal is that of the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let never_bad = breaker.judged_by(|_: &Result<u32, _>| Outcome::Success);
    /// assert!(never_bad.call(|| "many".parse::<u32>()).is_err());
    /// assert_eq!(never_bad.snapshot().consecutive_failures, 0);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[inline]
    pub fn call<T, E>(
        &self,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E, H::Rejection>>
    where
        J: Classify<T, E>,
    {
        let classify = |result: &Result<T, E>| self.judge.classify(result);
        let called = self.handle.breaker().call_with(classify, f);
        called.map_err(|error| error.map_rejected(|rejected| self.handle.explain(rejected)))
    }

    /// Awaits `future` if the circuit admits it at the first poll.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call_async`]; the refusal is that of the handle.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ErrorsAsFailures};
    ///
    /// # pollster::block_on(async {
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let judged = breaker.judged_by(ErrorsAsFailures);
    /// assert_eq!(judged.call_async(async { "42".parse::<u32>() }).await, Ok(42));
    /// # Ok::<(), tripword::ConfigError>(())
    /// # }).unwrap();
    /// ```
    pub async fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E, H::Rejection>>
    where
        J: Classify<T, E>,
    {
        let classify = |result: &Result<T, E>| self.judge.classify(result);
        let called = self.handle.breaker().call_async_with(classify, future).await;
        called.map_err(|error| error.map_rejected(|rejected| self.handle.explain(rejected)))
    }

    /// Returns `function` behind this breaker and a clone of its judge, as [`CircuitBreaker::wrap`]
    /// does.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ErrorsAsFailures};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let judged = breaker.judged_by(ErrorsAsFailures);
    /// let length = judged.wrap(|text: &str| Ok::<_, ()>(text.len()));
    /// assert_eq!(length.call("seven"), Ok(5));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn wrap<F>(&self, function: F) -> Wrapped<&H, F, J>
    where
        J: Clone,
    {
        Wrapped::new(&self.handle, function).judged_by(self.judge.clone())
    }
}

impl<H: Handle, J> Deref for Judged<H, J> {
    type Target = CircuitBreaker<H::Clock, H::Observer>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        self.handle.breaker()
    }
}

impl<H: Handle, J> fmt::Debug for Judged<H, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judged").field("breaker", &**self).finish_non_exhaustive()
    }
}
