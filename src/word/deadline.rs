//! The end of an open period: milliseconds of the breaker's clock in 40 bits, compared modulo
//! 2^40.

use crate::bits::Field;
use crate::nanos::Nanos;
use core::time::Duration;

const MILLIS: Field = Field::new(0, 40);
/// A deadline that reads as further ahead than this many milliseconds, 17.4 years, has passed.
const HALF: u64 = 1 << 39;
/// The shortest wait that is permanent: 17 years of 365.25 days.
const PERMANENT: u64 = 17 * 31_557_600_000;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// When an open circuit may be tried again: 12,000 is "at 12 s of the clock", all ones is "never".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Deadline(u64);

impl Deadline {
    pub(crate) const NEVER: Self = Self(MILLIS.max());

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits & MILLIS.max())
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    /// Whether a wait of so many nanoseconds is permanent.
    pub(crate) const fn is_never_after(nanos: u64) -> bool {
        nanos / NANOS_PER_MILLI >= PERMANENT
    }

    /// The deadline `wait` after `now`, rounded up to a millisecond; never, if the wait is
    /// permanent.
    pub(crate) const fn after(now: Nanos, wait: Duration) -> Self {
        let wait = Nanos::from_duration(wait);
        if Self::is_never_after(wait.as_nanos()) {
            return Self::NEVER;
        }
        let into_the_millisecond = now.as_nanos() % NANOS_PER_MILLI;
        let ahead = (into_the_millisecond + wait.as_nanos()).div_ceil(NANOS_PER_MILLI);
        Self::at(now.as_millis() + ahead)
    }

    /// The deadline at `millis`, or one millisecond later where that would read as never.
    const fn at(millis: u64) -> Self {
        let deadline = Self::from_bits(millis);
        if deadline.0 == Self::NEVER.0 {
            Self(0)
        } else {
            deadline
        }
    }

    /// Whether the deadline is `now` or past.
    pub(crate) const fn is_reached(self, now: Nanos) -> bool {
        matches!(self.left(now), Nanos::ZERO)
    }

    /// The time until the deadline, zero if it is reached; `None` if it never comes.
    pub(crate) const fn remaining(self, now: Nanos) -> Option<Duration> {
        match self.left(now) {
            Nanos::MAX => None,
            left => Some(left.as_duration()),
        }
    }

    /// The time until the deadline, zero if it is reached; [`Nanos::MAX`] if it never comes.
    #[inline]
    pub(crate) const fn left(self, now: Nanos) -> Nanos {
        let ahead = MILLIS.distance(now.as_millis(), self.0);
        if self.0 == Self::NEVER.0 {
            Nanos::MAX
        } else if ahead == 0 || ahead > HALF {
            Nanos::ZERO
        } else {
            Nanos::from_nanos(ahead * NANOS_PER_MILLI - now.as_nanos() % NANOS_PER_MILLI)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_deadline_is_rounded_up_and_reached_at_that_moment() {
        let now = Nanos::from_nanos(1_500_000);
        let deadline = Deadline::after(now, MS);
        assert_eq!(deadline.bits(), 3);
        assert_eq!(
            deadline.remaining(now),
            Some(Duration::from_nanos(1_500_000))
        );
        assert!(!deadline.is_reached(Nanos::from_nanos(2_999_999)));
        assert!(deadline.is_reached(Nanos::from_millis(3)));
    }

    #[test]
    fn a_wait_of_zero_is_over_at_once_on_a_whole_millisecond() {
        let now = Nanos::from_millis(7);
        assert!(Deadline::after(now, Duration::ZERO).is_reached(now));
    }

    #[test]
    fn a_permanent_wait_never_ends() {
        for wait in [
            Duration::MAX,
            Duration::from_millis(HALF),
            Duration::from_millis(PERMANENT),
        ] {
            let deadline = Deadline::after(Nanos::MAX, wait);
            assert_eq!(deadline, Deadline::NEVER);
            assert!(!deadline.is_reached(Nanos::MAX));
            assert_eq!(deadline.remaining(Nanos::ZERO), None);
        }
    }

    #[test]
    fn the_longest_wait_counts_down_across_the_wrap() {
        let now = Nanos::from_millis(MILLIS.max() - 5);
        let wait = Duration::from_millis(PERMANENT - 1);
        let deadline = Deadline::after(now, wait);
        assert_eq!(deadline.remaining(now), Some(wait));
        assert!(deadline.is_reached(now.saturating_add(wait)));
    }

    #[test]
    fn a_deadline_that_would_read_as_never_is_a_millisecond_later() {
        let now = Nanos::from_millis(MILLIS.max() - 1);
        let deadline = Deadline::after(now, MS);
        assert_eq!(deadline.bits(), 0);
        assert_eq!(deadline.remaining(now), Some(2 * MS));
    }

    /// It is rounded up by a millisecond and a part of one, and then moved away from never.
    #[test]
    fn the_longest_wait_is_not_over_at_once() {
        let now = Nanos::from_nanos(((1 << 39) - 1) * NANOS_PER_MILLI + 2);
        let longest = Duration::from_millis(PERMANENT) - Duration::from_nanos(1);
        for wait in [longest, longest - MS, longest - 2 * MS] {
            let deadline = Deadline::after(now, wait);
            let is_long_enough = |remaining| remaining >= wait;
            assert!(!deadline.is_reached(now), "{wait:?}");
            assert!(
                deadline.remaining(now).is_none_or(is_long_enough),
                "{wait:?}"
            );
        }
    }

    #[test]
    fn a_deadline_is_ahead_again_half_the_range_after_it() {
        let deadline = Deadline::after(Nanos::ZERO, MS);
        assert!(deadline.is_reached(Nanos::from_millis(HALF)));
        assert!(!deadline.is_reached(Nanos::from_millis(HALF + 1)));
    }

    #[test]
    fn a_clock_that_steps_back_waits_longer_by_the_step() {
        let deadline = Deadline::after(Nanos::from_millis(1_000), 10 * MS);
        assert_eq!(deadline.remaining(Nanos::from_millis(400)), Some(610 * MS));
    }
}
