//! The counts of a window.

/// The counts of a window: its calls, and how many of them failed or were slow. Each saturates at
/// `u32::MAX`.
///
/// # Examples
///
/// ```
/// use tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder().last_calls(10).failures(5).build()?;
/// for status in [200, 503, 200, 200] {
///     let _ = breaker.call(|| if status == 200 { Ok(()) } else { Err(status) });
/// }
/// let counts = breaker.snapshot().counts;
/// assert_eq!((counts.calls, counts.failures), (4, 1));
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Calls that succeeded or failed. Ignored ones are not counted.
    pub calls: u32,
    /// Calls that failed.
    pub failures: u32,
    /// Calls that took longer than the limit, whether they succeeded or failed; zero where slow
    /// calls are not judged.
    pub slow_calls: u32,
}

impl Counts {
    pub(crate) const NONE: Self = Self { calls: 0, failures: 0, slow_calls: 0 };

    /// Returns the calls that succeeded.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().last_calls(9).failures(9).build()?;
    /// breaker.try_acquire()?.success();
    /// breaker.try_acquire()?.failure();
    /// assert_eq!(breaker.snapshot().counts.successes(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn successes(&self) -> u32 {
        self.calls.saturating_sub(self.failures)
    }

    /// Returns the share of calls that failed, from 0 to 1; 0 without calls.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().last_calls(9).failures(9).build()?;
    /// assert_eq!(breaker.snapshot().counts.failure_rate(), 0.0);
    /// breaker.try_acquire()?.success();
    /// breaker.try_acquire()?.failure();
    /// assert_eq!(breaker.snapshot().counts.failure_rate(), 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn failure_rate(&self) -> f64 {
        share(self.failures, self.calls)
    }

    /// Returns the share of calls that were slow, from 0 to 1; 0 without calls.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .last_calls(10)
    ///     .slow_call_duration(Duration::from_secs(1))
    ///     .slow_call_rate(1.0)
    ///     .build()?;
    /// breaker.try_acquire()?.settle_elapsed(Outcome::Success, Duration::from_secs(2));
    /// breaker.try_acquire()?.settle_elapsed(Outcome::Success, Duration::ZERO);
    /// assert_eq!(breaker.snapshot().counts.slow_call_rate(), 0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn slow_call_rate(&self) -> f64 {
        share(self.slow_calls, self.calls)
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failures: self.failures.saturating_add(other.failures),
            slow_calls: self.slow_calls.saturating_add(other.slow_calls),
        }
    }
}

fn share(part: u32, calls: u32) -> f64 {
    f64::from(part) / f64::from(calls.max(1))
}
