//! A whole call in one step: admit, call, classify, settle.

use super::CircuitBreaker;
use crate::clock::Clock;
use crate::error::CallError;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::rules::admission::Admission;
use core::future::poll_fn;
use core::mem;
use core::pin::pin;
use core::task::{Poll, ready};

/// A call that was admitted. It is dropped only by a panic, so that, unlike a permit, it need not
/// check for one.
struct InFlight<'a, C: Clock, O: Observer>(&'a CircuitBreaker<C, O>, Admission);

impl<C: Clock, O: Observer> InFlight<'_, C, O> {
    #[inline]
    fn settle(self, outcome: Outcome) {
        let (breaker, admission) = (self.0, self.1);
        mem::forget(self);
        breaker.settle(admission, outcome);
    }
}

impl<C: Clock, O: Observer> Drop for InFlight<'_, C, O> {
    #[cold]
    fn drop(&mut self) {
        let outcome = self.0.engine().outcome_of_a_panic();
        self.0.settle_any(self.1, outcome, None);
    }
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Calls `f` if the circuit admits it. `Ok` is a success, `Err` a failure, and so is a panic
    /// ([`Builder::count_panics`](crate::Builder::count_panics)), which continues to unwind.
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `f` was not called, [`CallError::Inner`] with the error of `f` if
    /// it was. To react to the two cases differently, match on the error; to attach a fallback to a
    /// function once, use [`wrap`](Self::wrap).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let fetch = || "42".parse::<u32>();
    /// assert_eq!(breaker.call(fetch).unwrap_or_else(|_error| 0), 0);
    ///
    /// let stale_if_rejected = breaker.call(fetch).or_else(|error| match error {
    ///     CallError::Rejected(_) => Ok(40),
    ///     CallError::Inner(error) => Err(error),
    /// });
    /// assert_eq!(stale_if_rejected, Ok(40));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    ///
    /// `?` converts into a boxed error. Where a closure leaves the error type open, name it:
    ///
    /// ```
    /// # use tripword::CircuitBreaker;
    /// fn answer(breaker: &CircuitBreaker) -> Result<u32, Box<dyn std::error::Error>> {
    ///     Ok(breaker.call(|| Ok::<_, std::io::Error>("42".len() as u32))?)
    /// }
    /// # let breaker = CircuitBreaker::default();
    /// assert_eq!(answer(&breaker)?, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, CallError<E>> {
        self.call_with(Outcome::of, f)
    }

    /// Calls `f` if the circuit admits it, and judges its result by `classify`.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
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
    pub fn call_with<T, E>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> Outcome,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E>> {
        let call = InFlight(self, self.admit()?);
        let result = f();
        call.settle(classify(&result));
        result.map_err(CallError::Inner)
    }

    /// Awaits `future` if the circuit admits it at the first poll. `Ok` is a success, `Err` a
    /// failure. Needs no particular executor. If the returned future is dropped before it is ready,
    /// the call is ignored, and a probe gives its slot back; a panic is a failure, as in
    /// [`call`](Self::call), with feature `std`.
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `future` was not polled, [`CallError::Inner`] with its error if
    /// it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker};
    ///
    /// async fn fetch() -> Result<u32, std::num::ParseIntError> {
    ///     "42".parse()
    /// }
    ///
    /// # pollster::block_on(async {
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert_eq!(breaker.call_async(fetch()).await, Ok(42));
    ///
    /// breaker.trip();
    /// assert!(matches!(breaker.call_async(fetch()).await, Err(CallError::Rejected(_))));
    /// # Ok::<(), tripword::ConfigError>(())
    /// # }).unwrap();
    /// ```
    #[inline]
    pub fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> impl Future<Output = Result<T, CallError<E>>> {
        self.call_async_with(Outcome::of, future)
    }

    /// Awaits `future` if the circuit admits it, and judges its output by `classify`.
    ///
    /// # Errors
    ///
    /// As [`call_async`](Self::call_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, Outcome, State};
    ///
    /// # pollster::block_on(async {
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let judge = |result: &Result<u16, std::io::Error>| match result {
    ///     Ok(503) => Outcome::RetryAfter(Duration::from_secs(5)),
    ///     Ok(500..) | Err(_) => Outcome::Failure,
    ///     Ok(_) => Outcome::Success,
    /// };
    /// let response = breaker.call_async_with(judge, async { Ok(503) }).await;
    /// assert_eq!(response.unwrap(), 503);
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// # }).unwrap();
    /// ```
    pub async fn call_async_with<T, E>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> Outcome,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E>> {
        let mut permit = self.try_acquire()?;
        let (mut future, mut classify) = (pin!(future), Some(classify));
        let judged = poll_fn(|cx| {
            let _entered = permit.enter();
            let result = ready!(future.as_mut().poll(cx));
            let judge = classify.take().map(|classify| classify(&result));
            Poll::Ready((result, judge.unwrap_or(Outcome::Ignored)))
        });
        let (result, outcome) = judged.await;
        permit.settle(outcome);
        result.map_err(CallError::Inner)
    }
}
