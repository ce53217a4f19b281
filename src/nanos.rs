//! Time as the breaker sees it: nanoseconds since the zero of some clock, in one `u64`.

use core::fmt;
use core::time::Duration;

const PER_MILLI: u64 = 1_000_000;

/// A moment of a [`Clock`](crate::Clock): nanoseconds since the zero of that clock.
///
/// The clock chooses where zero lies (boot, first use, the Unix epoch); the breaker only compares
/// moments. All arithmetic saturates, so no input overflows or panics. 64 bits of nanoseconds last
/// 584 years.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::Nanos;
///
/// let start = Nanos::from_millis(1_500);
/// let later = start.saturating_add(Duration::from_secs(2));
/// assert_eq!(later.as_millis(), 3_500);
/// assert_eq!(later.saturating_since(start), Duration::from_secs(2));
/// assert_eq!(start.saturating_since(later), Duration::ZERO);
/// assert_eq!(start.saturating_add(Duration::MAX), Nanos::MAX);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(u64);

impl Nanos {
    /// The zero of the clock.
    pub const ZERO: Self = Self(0);
    /// The last moment, 584 years after zero.
    pub const MAX: Self = Self(u64::MAX);

    /// Returns the moment `nanos` nanoseconds after zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_nanos(2_000_000), Nanos::from_millis(2));
    /// ```
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Returns the moment `millis` milliseconds after zero, or [`Nanos::MAX`] if that is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_millis(2).as_nanos(), 2_000_000);
    /// assert_eq!(Nanos::from_millis(u64::MAX), Nanos::MAX);
    /// ```
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(PER_MILLI))
    }

    /// Returns the moment `since_zero` after zero, or [`Nanos::MAX`] if that is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_duration(Duration::from_secs(2)), Nanos::from_millis(2_000));
    /// assert_eq!(Nanos::from_duration(Duration::MAX), Nanos::MAX);
    /// ```
    #[must_use]
    pub const fn from_duration(since_zero: Duration) -> Self {
        let nanos = since_zero.as_nanos();
        Self(if nanos > u64::MAX as u128 { u64::MAX } else { nanos as u64 })
    }

    /// Returns the nanoseconds since zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_nanos(7).as_nanos(), 7);
    /// ```
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Returns the whole milliseconds since zero, rounded down.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_nanos(1_999_999).as_millis(), 1);
    /// ```
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / PER_MILLI
    }

    pub(crate) const fn is_max(self) -> bool {
        self.0 == u64::MAX
    }

    /// Returns the time since zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Nanos;
    ///
    /// assert_eq!(Nanos::from_millis(1_500).as_duration(), Duration::from_millis(1_500));
    /// ```
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// Returns the moment `duration` after this one, at most [`Nanos::MAX`].
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Nanos;
    ///
    /// let later = Nanos::from_millis(500).saturating_add(Duration::from_secs(1));
    /// assert_eq!(later, Nanos::from_millis(1_500));
    /// ```
    #[must_use]
    pub const fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(Self::from_duration(duration).0))
    }

    /// Returns the time from `earlier` to this moment, zero if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Nanos;
    ///
    /// let (early, late) = (Nanos::from_millis(500), Nanos::from_millis(1_500));
    /// assert_eq!(late.saturating_since(early), Duration::from_secs(1));
    /// assert_eq!(early.saturating_since(late), Duration::ZERO);
    /// ```
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl From<Duration> for Nanos {
    fn from(since_zero: Duration) -> Self {
        Self::from_duration(since_zero)
    }
}

impl From<Nanos> for Duration {
    fn from(moment: Nanos) -> Self {
        moment.as_duration()
    }
}

impl fmt::Debug for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_duration(), f)
    }
}

/// The milliseconds of a wait, rounded up: after as many it is over.
#[cfg(any(feature = "serde", feature = "tracing"))]
pub(crate) fn millis_rounded_up(wait: Duration) -> u64 {
    u64::try_from(wait.as_nanos().div_ceil(PER_MILLI.into())).unwrap_or(u64::MAX)
}

/// A waiting time as people write it: `350 ms`, `8.2 s`, `12.5 min`, `10.0 h`. It is rounded up, so
/// that a caller that waits as long as it says does not come too early.
pub(crate) struct Wait(pub(crate) Duration);

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SECOND: u64 = 1_000 * PER_MILLI;
        let nanos = Nanos::from_duration(self.0).0;
        match nanos.div_ceil(PER_MILLI) {
            millis @ 0..1_000 => write!(f, "{millis} ms"),
            1_000..600_000 => write_tenths(f, nanos, SECOND, "s"),
            600_000..36_000_000 => write_tenths(f, nanos, 60 * SECOND, "min"),
            _ => write_tenths(f, nanos, 3_600 * SECOND, "h"),
        }
    }
}

fn write_tenths(f: &mut fmt::Formatter<'_>, nanos: u64, unit: u64, name: &str) -> fmt::Result {
    let tenths = nanos.div_ceil(unit / 10);
    write!(f, "{}.{} {name}", tenths / 10, tenths % 10)
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn wait(duration: Duration) -> alloc::string::String {
        Wait(duration).to_string()
    }

    #[test]
    fn a_wait_is_displayed_in_the_unit_that_people_use() {
        assert_eq!(wait(Duration::ZERO), "0 ms");
        assert_eq!(wait(Duration::from_nanos(1)), "1 ms");
        assert_eq!(wait(Duration::from_millis(350)), "350 ms");
        assert_eq!(wait(Duration::from_micros(998_001)), "999 ms");
        assert_eq!(wait(Duration::from_micros(999_001)), "1.0 s");
        assert_eq!(wait(Duration::from_micros(7_000_999)), "7.1 s");
        assert_eq!(wait(Duration::from_millis(1_000)), "1.0 s");
        assert_eq!(wait(Duration::from_millis(8_101)), "8.2 s");
        assert_eq!(wait(Duration::from_millis(599_901)), "600.0 s");
        assert_eq!(wait(Duration::from_secs(750)), "12.5 min");
        assert_eq!(wait(Duration::from_secs(751)), "12.6 min");
        assert_eq!(wait(Duration::from_secs(10_800)), "180.0 min");
        assert_eq!(wait(Duration::from_secs(36_000)), "10.0 h");
        assert_eq!(wait(Duration::MAX), "5124095.6 h");
    }
}
