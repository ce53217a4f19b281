//! How long the circuit stays open: a fixed, a growing, or a computed duration, shortened at
//! random.

use super::check::{self, tri};
use crate::error::ConfigError;
use crate::nanos::Nanos;
use crate::word::MAX_STREAK;
use crate::word::deadline::Deadline;
use core::num::NonZeroU32;
use core::time::Duration;

/// How long the circuit stays open, depending on its streak: how often it has opened again without
/// having closed in between, from 0 to 15.
///
/// A very long duration never ends: see [*Limits*](crate::docs::limits).
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{Backoff, Builder};
///
/// // 1 s, 2 s, 4 s, ... 60 s
/// let doubling = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60));
/// // 1 s, 1.5 s, 2.25 s, ... 60 s
/// let slower = doubling.factor(1.5);
/// for backoff in [doubling, slower] {
///     let config = Builder::new().backoff(backoff).config()?;
///     assert_eq!(config.first_open_duration(), Duration::from_secs(1));
/// }
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Backoff(pub(super) Growth);

#[derive(Debug, Clone, Copy)]
pub(super) enum Growth {
    Fixed(Duration),
    Exponential { base: Duration, cap: Duration, factor: f64 },
    ByStreak(fn(u8) -> Duration),
}

impl Backoff {
    pub(super) const DEFAULT_FACTOR: f64 = 2.0;

    /// Creates a backoff of the same duration each time. Zero makes the next call a probe.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Backoff, Builder};
    ///
    /// let config = Builder::new().backoff(Backoff::fixed(Duration::from_secs(10))).config()?;
    /// assert_eq!(config.first_open_duration(), Duration::from_secs(10));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn fixed(duration: Duration) -> Self {
        Self(Growth::Fixed(duration))
    }

    /// Creates a backoff of `base` at first, twice as long each time the circuit opens again, and
    /// at most `cap`.
    ///
    /// The cap must be at least the base, and be reached within 15 steps.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Backoff, CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .consecutive_failures(1)
    ///     .backoff(Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60)))
    ///     .jitter(0.0)
    ///     .build_with(&clock)?;
    /// for seconds in [1, 2, 4] {
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    ///     let wait = breaker.try_acquire().unwrap_err().retry_after();
    ///     assert_eq!(wait, Some(Duration::from_secs(seconds)));
    ///     clock.advance(Duration::from_secs(seconds));
    /// }
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn exponential(base: Duration, cap: Duration) -> Self {
        Self(Growth::Exponential { base, cap, factor: Self::DEFAULT_FACTOR })
    }

    /// Sets the factor by which an exponential backoff grows, from 1 to 65,535. The default is 2.
    ///
    /// The factor is rounded to 1/65,536. Other backoffs have none, and stay as they are.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Backoff, Builder};
    ///
    /// let backoff = Backoff::exponential(Duration::from_secs(1), Duration::from_secs(60));
    /// assert!(Builder::new().backoff(backoff.factor(1.5)).config().is_ok());
    ///
    /// let error = Builder::new().backoff(backoff.factor(1.1)).config().unwrap_err();
    /// assert!(error.to_string().starts_with("backoff.cap (60 s) must be at most 4.17"));
    /// ```
    #[must_use]
    pub const fn factor(self, factor: f64) -> Self {
        match self.0 {
            Growth::Exponential { base, cap, .. } => {
                Self(Growth::Exponential { base, cap, factor })
            }
            _ => self,
        }
    }

    /// Creates a backoff that `duration` computes from the streak: 0 when the circuit opens for the
    /// first time since it was closed, 1 when it opens again, and so on; 15 stands for all that
    /// follow.
    ///
    /// The function is called when the circuit opens, by the thread that tries to open it, and
    /// perhaps more than once. It must not panic: the circuit would stay as it is, and a probe
    /// whose failure was being settled would keep its slot until its lease ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Backoff, CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder()
    ///     .consecutive_failures(1)
    ///     .backoff(Backoff::by_streak(|streak| {
    ///         Duration::from_secs(if streak < 3 { 1 } else { 30 })
    ///     }))
    ///     .jitter(0.0)
    ///     .build_with(&clock)?;
    /// for seconds in [1, 1, 1, 30] {
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    ///     let wait = breaker.try_acquire().unwrap_err().retry_after();
    ///     assert_eq!(wait, Some(Duration::from_secs(seconds)));
    ///     clock.advance(Duration::from_secs(seconds));
    /// }
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn by_streak(duration: fn(u8) -> Duration) -> Self {
        Self(Growth::ByStreak(duration))
    }

    /// The first open duration, where it is known.
    pub(super) const fn first(self) -> Duration {
        match self.0 {
            Growth::Fixed(duration) => duration,
            Growth::Exponential { base, .. } => base,
            Growth::ByStreak(_) => Duration::ZERO,
        }
    }

    pub(super) const fn check(self) -> Result<Delay, ConfigError> {
        match self.0 {
            Growth::Fixed(duration) => exponential(duration, duration, 1.0),
            Growth::Exponential { base, cap, factor } => exponential(base, cap, factor),
            Growth::ByStreak(duration) => Ok(Delay::ByStreak { duration, jitter: 0 }),
        }
    }
}

const fn exponential(base: Duration, cap: Duration, factor: f64) -> Result<Delay, ConfigError> {
    let factor = tri!(check::fraction("backoff.factor", factor, 1.0, 65_535.0));
    let delay = Exponential {
        base: Nanos::from_duration(base).as_nanos(),
        cap: Nanos::from_duration(cap).as_nanos(),
        factor: match NonZeroU32::new((factor * 65_536.0 + 0.5) as u32) {
            Some(factor) => factor,
            None => NonZeroU32::MIN,
        },
        jitter: 0,
    };
    if delay.cap < delay.base {
        return Err(ConfigError::CapBelowBase { cap, base });
    }
    let reached = delay.nanos(MAX_STREAK);
    if reached < delay.cap {
        let reached = Duration::from_nanos(reached);
        return Err(ConfigError::CapOutOfReach { cap, reached });
    }
    Ok(Delay::Exponential(delay))
}

/// The factors that can be set, in 1/65,536.
pub(super) const FACTORS: (u32, u32) = (1 << 16, 65_535 << 16);

/// [`Backoff`] as the engine reads it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Delay {
    Exponential(Exponential),
    ByStreak { duration: fn(u8) -> Duration, jitter: u32 },
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Exponential {
    /// In nanoseconds.
    pub(super) base: u64,
    /// In nanoseconds; the same as `base` where nothing grows.
    pub(super) cap: u64,
    /// In 1/65,536.
    pub(super) factor: NonZeroU32,
    /// The most that chance takes off, in parts per million.
    pub(super) jitter: u32,
}

impl Exponential {
    const fn nanos(self, streak: u8) -> u64 {
        let mut nanos = self.base;
        let mut step = 0;
        while step < streak && nanos < self.cap {
            nanos = self.grown(nanos);
            step += 1;
        }
        if nanos < self.cap { nanos } else { self.cap }
    }

    const fn grown(self, nanos: u64) -> u64 {
        let whole = (nanos >> 16).saturating_mul(self.factor.get() as u64);
        let rest = ((nanos & 0xFFFF) * self.factor.get() as u64) >> 16;
        whole.saturating_add(rest)
    }
}

impl Delay {
    /// The longest wait that ends, in nanoseconds; zero where a function says it.
    pub(super) const fn longest(self) -> u64 {
        let Self::Exponential(exponential) = self else {
            return 0;
        };
        let (mut longest, mut streak) = (0, 0);
        while streak <= MAX_STREAK
            && !Deadline::is_never_after(Nanos::from_nanos(exponential.nanos(streak)))
        {
            longest = exponential.nanos(streak);
            streak += 1;
        }
        longest
    }

    /// Whether one can be replaced by the other: numbers by numbers, a function only by itself.
    pub(super) fn can_become(self, other: Self) -> bool {
        match (self, other) {
            (Self::Exponential(_), Self::Exponential(_)) => true,
            (Self::ByStreak { duration: one, .. }, Self::ByStreak { duration: other, .. }) => {
                core::ptr::fn_addr_eq(one, other)
            }
            _ => false,
        }
    }

    pub(crate) fn nanos(self, streak: u8) -> u64 {
        match self {
            Self::Exponential(exponential) => exponential.nanos(streak),
            Self::ByStreak { duration, .. } => Nanos::from_duration(duration(streak)).as_nanos(),
        }
    }

    /// The most that chance takes off, in parts per million.
    pub(crate) const fn jitter(self) -> u32 {
        match self {
            Self::Exponential(Exponential { jitter, .. }) | Self::ByStreak { jitter, .. } => jitter,
        }
    }

    pub(super) const fn jittered_by(self, jitter: u32) -> Self {
        match self {
            Self::Exponential(exponential) => {
                Self::Exponential(Exponential { jitter, ..exponential })
            }
            Self::ByStreak { duration, .. } => Self::ByStreak { duration, jitter },
        }
    }
}

/// The share of the open duration that jitter may take off, unless a setting says otherwise.
pub(super) const DEFAULT_JITTER: f64 = 0.1;

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn nanos(backoff: Backoff, streak: u8) -> Duration {
        Duration::from_nanos(backoff.check().unwrap().nanos(streak))
    }

    #[test]
    fn doubles_up_to_its_cap() {
        let backoff = Backoff::exponential(SECOND, 10 * SECOND);
        let seconds = [0, 1, 2, 3, 4, 15].map(|streak| nanos(backoff, streak).as_secs());
        assert_eq!(seconds, [1, 2, 4, 8, 10, 10]);
    }

    #[test]
    fn grows_by_its_factor() {
        let backoff = Backoff::exponential(SECOND, 10 * SECOND).factor(1.5);
        assert_eq!(nanos(backoff, 2), Duration::from_millis(2_250));
    }

    #[test]
    fn a_cap_out_of_reach_is_refused() {
        let backoff = Backoff::exponential(SECOND, 100_000 * SECOND);
        let reached = 32_768 * SECOND;
        assert_eq!(
            backoff.check().unwrap_err(),
            ConfigError::CapOutOfReach { reached, cap: 100_000 * SECOND }
        );
        assert!(Backoff::exponential(SECOND, reached).check().is_ok());
        assert!(Backoff::exponential(Duration::ZERO, SECOND).check().is_err());
        assert!(Backoff::exponential(SECOND, Duration::MAX).factor(65_535.0).check().is_ok());
    }

    #[test]
    fn a_factor_that_does_not_grow_is_refused() {
        for factor in [0.5, -1.0, f64::NAN, f64::INFINITY, 65_536.0] {
            assert!(Backoff::exponential(SECOND, SECOND).factor(factor).check().is_err());
        }
    }
}
