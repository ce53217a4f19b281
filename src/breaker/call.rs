//! A whole call in one step: ask, call, judge, settle.

use super::CircuitBreaker;
use crate::clock::Clock;
use crate::error::CallError;
use crate::observer::Observer;
use crate::outcome::{Finding, Outcome};
use crate::raw::Admission;
use core::future::poll_fn;
use core::mem;
use core::pin::pin;

/// A call that was admitted. It is dropped only by a panic, and so need not ask, as a permit must, whether one is going on.
struct UnderWay<'a, C: Clock, O: Observer>(&'a CircuitBreaker<C, O>, Admission);

impl<C: Clock, O: Observer> UnderWay<'_, C, O> {
    #[inline]
    fn end(self, finding: Finding) {
        let (breaker, admission) = (self.0, self.1);
        mem::forget(self);
        breaker.record(admission, finding);
    }
}

impl<C: Clock, O: Observer> Drop for UnderWay<'_, C, O> {
    #[cold]
    fn drop(&mut self) {
        let outcome = self.0.raw.outcome_of_a_panic();
        self.0
            .settle_in_full(self.1, Finding::Outcome(outcome), None);
    }
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Calls `f` if the circuit admits it; `Ok` is a success, `Err` a failure, and so is a panic
    /// ([`Builder::count_panics`](crate::Builder::count_panics)), which goes on unwinding.
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `f` was not called, [`CallError::Inner`] with the error of `f` if it was. A fallback that is told which
    /// is a matter of `Result`; one for every call of a function, of [`wrap`](Self::wrap).
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let fetch = || "42".parse::<u32>();
    /// assert_eq!(breaker.call(fetch).unwrap_or_else(|_why| 0), 0);
    ///
    /// let stale_if_refused = breaker.call(fetch).or_else(|why| match why {
    ///     CallError::Rejected(_) => Ok(40),
    ///     CallError::Inner(error) => Err(error),
    /// });
    /// assert_eq!(stale_if_refused, Ok(40));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.call_with(Outcome::of, f)
    }

    /// Calls `f` if the circuit admits it; `classify` judges what it returned, by an [`Outcome`] or, where a time to stay away was named, a
    /// [`Finding`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(1).build()?;
    /// let not_found_is_fine = |result: &Result<(), u16>| match result {
    ///     Err(500..) => Outcome::Failure,
    ///     Err(_) => Outcome::Ignored,
    ///     Ok(()) => Outcome::Success,
    /// };
    /// assert_eq!(breaker.call_with(not_found_is_fine, || Err(404)), Err(CallError::Inner(404)));
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[inline]
    pub fn call_with<T, E, J: Into<Finding>>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> J,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E>> {
        let call = UnderWay(self, self.admit()?);
        let result = f();
        call.end(classify(&result).into());
        result.map_err(CallError::Inner)
    }

    /// Awaits `future` if the circuit admits it when this is first polled; `Ok` is a success, `Err` a failure. Needs no particular
    /// executor. Dropped before it is done, it is ignored, and a probe gives its slot back; one that panics is a failure, as in
    /// [`call`](Self::call), with the feature `std`.
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `future` was not polled, [`CallError::Inner`] with its error if it was.
    pub async fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        self.call_async_with(Outcome::of, future).await
    }

    /// Awaits `future` if the circuit admits it; `classify` judges its output, by an [`Outcome`] or a [`Finding`].
    ///
    /// # Errors
    ///
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<T, E, J: Into<Finding>>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> J,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        let mut permit = self.try_acquire()?;
        let mut future = pin!(future);
        let result = poll_fn(|cx| {
            permit.resume();
            let polled = future.as_mut().poll(cx);
            permit.rest();
            polled
        });
        let result = result.await;
        permit.resume();
        permit.record(classify(&result));
        result.map_err(CallError::Inner)
    }
}
