//! A clock that moves when it is told to.

use super::Clock;
use crate::nanos::Nanos;
use crate::sync::Ordering::Relaxed;
use crate::sync::{Word, const_unless_loom};
use core::time::Duration;

/// A clock that stands still until it is moved, for tests. Shared by reference (or in an `Arc`).
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock, State};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder().open_duration(Duration::from_secs(30)).build_with(&clock)?;
/// breaker.trip();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(breaker.state(), State::HalfOpen);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct ManualClock(Word);

impl ManualClock {
    const_unless_loom! {
        /// A clock at zero.
        #[must_use]
        pub const fn new() -> Self {
            Self::at(Nanos::ZERO)
        }
    }

    const_unless_loom! {
        /// A clock at `now`.
        #[must_use]
        pub const fn at(now: Nanos) -> Self {
            Self(Word::of(now.as_nanos()))
        }
    }

    /// Moves the clock ahead, at most to [`Nanos::MAX`].
    pub fn advance(&self, by: Duration) {
        let mut now = self.now();
        // Relaxed: one word; what a test orders, it orders by its own means.
        // Relaxed: a lost race is tried again from the newer word.
        while let Err(newer) = self.0.replace(
            now.as_nanos(),
            now.saturating_add(by).as_nanos(),
            Relaxed,
            Relaxed,
        ) {
            now = Nanos::from_nanos(newer);
        }
    }

    /// Sets the clock, back too: a test of what a clock that misbehaves does.
    pub fn set(&self, now: Nanos) {
        // Relaxed: one word; what a test orders, it orders by its own means.
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
        // Relaxed: one word; nothing else is read on its strength.
        Nanos::from_nanos(self.0.load(Relaxed))
    }
}
