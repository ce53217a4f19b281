//! A breaker with a fallback of its own.

use crate::classify::Classify;
use crate::error::CallError;
use crate::handle::Handle;
use crate::judged::Judged;
use core::fmt;
use core::ops::Deref;

/// A judged breaker with a default fallback, from [`Judged::or_else`].
///
/// The fallback is called with each error, a refusal or that of the call, after the call was
/// settled. It derefs to the [`Judged`] breaker, whose other methods, such as `wrap`, apply no
/// fallback.
///
/// # Examples
///
/// ```
/// use tripword::{CallError, CircuitBreaker, ErrorsAsFailures, breaker};
///
/// breaker! { static PRICES: CircuitBreaker = consecutive_failures(5); }
///
/// let prices = PRICES.judged_by(ErrorsAsFailures).or_else(|error| match error {
///     CallError::Rejected(_) => Ok(100),
///     CallError::Inner(error) => Err(error),
/// });
/// assert_eq!(prices.call(|| "42".parse::<u32>()), Ok(42));
/// assert!(prices.call(|| "many".parse::<u32>()).is_err());
///
/// prices.trip();
/// assert_eq!(prices.call(|| "42".parse::<u32>()), Ok(100));
/// // The fallback of a single call comes first.
/// assert_eq!(prices.call_or_else(|| "42".parse::<u32>(), |_| Err("no price")), Err("no price"));
/// ```
#[derive(Clone, Copy)]
pub struct OrElse<H, J, F> {
    judged: Judged<H, J>,
    fallback: F,
}

impl<H, J> Judged<H, J> {
    /// Adds a default fallback for calls that are refused or fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ErrorsAsFailures};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let always = breaker.judged_by(ErrorsAsFailures).or_else(|_| Ok::<_, ()>(0));
    /// assert_eq!(always.call(|| "many".parse::<u32>()), Ok(0));
    /// assert_eq!(always.snapshot().consecutive_failures, 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn or_else<F>(self, fallback: F) -> OrElse<H, J, F> {
        OrElse { judged: self, fallback }
    }
}

impl<H: Handle, J, F> OrElse<H, J, F> {
    /// Calls `f` if the circuit admits it, and the default fallback with an error.
    ///
    /// # Errors
    ///
    /// Those of the fallback.
    pub fn call<T, E, X>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, X>
    where
        J: Classify<T, E>,
        F: Fn(CallError<E, H::Rejection>) -> Result<T, X>,
    {
        self.judged.call(f).or_else(&self.fallback)
    }

    /// Calls `f` if the circuit admits it, and `fallback` with an error, in place of the default
    /// one.
    ///
    /// # Errors
    ///
    /// Those of `fallback`.
    pub fn call_or_else<T, E, X>(
        &self,
        f: impl FnOnce() -> Result<T, E>,
        fallback: impl FnOnce(CallError<E, H::Rejection>) -> Result<T, X>,
    ) -> Result<T, X>
    where
        J: Classify<T, E>,
    {
        self.judged.call(f).or_else(fallback)
    }

    /// Awaits `future` if the circuit admits it at the first poll, and calls the default fallback
    /// with an error.
    ///
    /// # Errors
    ///
    /// Those of the fallback.
    pub async fn call_async<T, E, X>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, X>
    where
        J: Classify<T, E>,
        F: Fn(CallError<E, H::Rejection>) -> Result<T, X>,
    {
        self.judged.call_async(future).await.or_else(&self.fallback)
    }
}

impl<H, J, F> Deref for OrElse<H, J, F> {
    type Target = Judged<H, J>;

    fn deref(&self) -> &Judged<H, J> {
        &self.judged
    }
}

impl<H: Handle, J, F> fmt::Debug for OrElse<H, J, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OrElse").field("judged", &self.judged).finish_non_exhaustive()
    }
}
