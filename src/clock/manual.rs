//! A clock that only its user moves.

use super::source::Clock;
use crate::nanos::Nanos;
use crate::sync::Ordering::Relaxed;
use crate::sync::{Word, const_unless_loom};
use core::time::Duration;

/// A clock for tests: it stands still until it is moved. Share it by reference, or in an `Arc`.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock, State};
///
/// let clock = ManualClock::new();
/// let open = Duration::from_secs(30);
/// let breaker = CircuitBreaker::builder().open_duration(open).build_with(&clock)?;
/// breaker.trip();
/// assert_eq!(breaker.state(), State::Open);
/// clock.advance(open);
/// assert_eq!(breaker.state(), State::HalfOpen);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct ManualClock(Word);

impl ManualClock {
    const_unless_loom! {
        /// Creates a clock at zero.
        ///
        /// # Examples
        ///
        /// ```
        /// use tripword::{Clock, ManualClock, Nanos};
        ///
        /// assert_eq!(ManualClock::new().now(), Nanos::ZERO);
        /// ```
        #[must_use]
        pub const fn new() -> Self {
            Self::at(Nanos::ZERO)
        }
    }

    const_unless_loom! {
        /// Creates a clock at `now`.
        ///
        /// # Examples
        ///
        /// ```
        /// use tripword::{Clock, ManualClock, Nanos};
        ///
        /// let now = Nanos::from_millis(1_700_000_000_000);
        /// assert_eq!(ManualClock::at(now).now(), now);
        /// ```
        #[must_use]
        pub const fn at(now: Nanos) -> Self {
            Self(Word::of(now.as_nanos()))
        }
    }

    /// Moves the clock ahead, at most to [`Nanos::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Clock, ManualClock, Nanos};
    ///
    /// let clock = ManualClock::new();
    /// clock.advance(Duration::from_millis(7));
    /// assert_eq!(clock.now(), Nanos::from_millis(7));
    /// ```
    pub fn advance(&self, by: Duration) {
        let mut now = self.now();
        // Relaxed: one word; a test orders its own steps.
        // Relaxed: a lost race is tried again from the newer word.
        while let Err(newer) =
            self.0.replace(now.as_nanos(), now.saturating_add(by).as_nanos(), Relaxed, Relaxed)
        {
            now = Nanos::from_nanos(newer);
        }
    }

    /// Sets the clock to any time, also to an earlier one, to test what a clock that steps back
    /// does.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Clock, ManualClock, Nanos};
    ///
    /// let clock = ManualClock::at(Nanos::from_millis(5));
    /// clock.set(Nanos::from_millis(3));
    /// assert_eq!(clock.now(), Nanos::from_millis(3));
    /// ```
    pub fn set(&self, now: Nanos) {
        // Relaxed: one word; a test orders its own steps.
        self.0.store(now.as_nanos(), Relaxed);
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Nanos {
        // Relaxed: one word; no other read relies on it.
        Nanos::from_nanos(self.0.load(Relaxed))
    }
}
