//! The end of an open period: milliseconds of the breaker's clock in 40 bits, compared modulo
//! 2^40. One that reads as further ahead than the longest wait has passed: it was set by a clock
//! that has stepped back since, by an earlier round of the 40 bits, or by damage.

use crate::bits::Field;
use crate::nanos::Nanos;
use core::time::Duration;

const MILLIS: Field = Field::new(0, 40);
/// The shortest wait that is permanent: 17 years of 365.25 days.
const PERMANENT: u64 = 17 * 31_557_600_000;
const NANOS_PER_MILLI: u64 = 1_000_000;
/// A deadline has passed if it reads as further ahead than 2 to this power milliseconds for each
/// second of the longest wait. It may read as more than the wait that it was set for: it is rounded
/// up, moved away from "never", and read on a thread whose clock is behind. And a shift is cheaper
/// than a multiplication by a thousand.
const SHIFT: u32 = 10;

/// The longest wait that ends by itself, in whole seconds: see
/// [`Builder::longest_open`](crate::Builder::longest_open).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LongestOpen {
    pub(crate) secs: u32,
}

impl LongestOpen {
    /// The longest that can be set: a second less than what is permanent.
    pub(crate) const MAX: Self = Self { secs: (PERMANENT / 1_000) as u32 - 1 };

    /// `wait`, rounded up to a second, within what can be set.
    pub(crate) const fn new(wait: Duration) -> Self {
        let secs = wait.as_secs().saturating_add((wait.subsec_nanos() > 0) as u64);
        if secs == 0 {
            Self { secs: 1 }
        } else if secs > Self::MAX.secs as u64 {
            Self::MAX
        } else {
            Self { secs: secs as u32 }
        }
    }

    pub(crate) const fn as_duration(self) -> Duration {
        Duration::from_secs(self.secs as u64)
    }

    pub(crate) const fn magnitude(self) -> Magnitude {
        Magnitude((self.secs.ilog2() + SHIFT) as u8)
    }

    /// `wait`, or this if that is longer.
    pub(crate) const fn cap(self, wait: Nanos) -> Nanos {
        let longest = self.secs as u64 * 1_000_000_000;
        if wait.as_nanos() > longest { Nanos::from_nanos(longest) } else { wait }
    }
}

/// A power of two of milliseconds, at most the longest wait: for those who have one byte for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Magnitude(u8);

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

    /// Whether a wait is permanent.
    pub(crate) const fn is_never_after(wait: Nanos) -> bool {
        wait.as_nanos() >= PERMANENT * NANOS_PER_MILLI
    }

    /// The deadline `wait` after `now`, rounded up to a millisecond, and at most `longest` after
    /// it; never, if the wait is permanent.
    pub(crate) const fn after(now: Nanos, wait: Nanos, longest: LongestOpen) -> Self {
        if Self::is_never_after(wait) {
            return Self::NEVER;
        }
        let into_the_millisecond = now.as_nanos() % NANOS_PER_MILLI;
        let nanos = into_the_millisecond + longest.cap(wait).as_nanos();
        Self::at(now.as_millis() + nanos.div_ceil(NANOS_PER_MILLI))
    }

    /// The deadline at `millis`, or one millisecond later where that would read as never.
    const fn at(millis: u64) -> Self {
        let deadline = Self::from_bits(millis);
        if deadline.0 == Self::NEVER.0 { Self(0) } else { deadline }
    }

    /// Whether the deadline is `now` or past.
    pub(crate) const fn is_reached(self, now: Nanos, longest: LongestOpen) -> bool {
        matches!(self.left(now, longest), Nanos::ZERO)
    }

    /// The time until the deadline, zero if it is reached; `None` if it never comes.
    pub(crate) const fn remaining(self, now: Nanos, longest: LongestOpen) -> Option<Duration> {
        match self.left(now, longest) {
            Nanos::MAX => None,
            left => Some(left.as_duration()),
        }
    }

    /// The time until the deadline, zero if it is reached; [`Nanos::MAX`] if it never comes.
    pub(crate) const fn left(self, now: Nanos, longest: LongestOpen) -> Nanos {
        if self.0 == Self::NEVER.0 {
            return Nanos::MAX;
        }
        let ahead = self.ahead(now);
        if ahead.wrapping_sub(1) >> SHIFT >= longest.secs as u64 {
            Nanos::ZERO
        } else {
            Self::until(now, ahead)
        }
    }

    /// The time until the deadline, if it is to come and not further ahead than `magnitude` says;
    /// less than 35 years, which is what the bits hold.
    #[inline]
    pub(crate) const fn left_within(self, now: Nanos, magnitude: Magnitude) -> Option<Nanos> {
        let ahead = self.ahead(now);
        let is_near = ahead.wrapping_sub(1) >> magnitude.0 == 0;
        if is_near && self.0 != Self::NEVER.0 { Some(Self::until(now, ahead)) } else { None }
    }

    /// How many milliseconds of the clock the deadline is ahead. Those who compare it take one off,
    /// so that one comparison also finds a deadline in this millisecond, which is reached.
    #[inline]
    const fn ahead(self, now: Nanos) -> u64 {
        MILLIS.distance(now.as_millis(), self.0)
    }

    /// The time until a deadline that is `ahead`.
    #[inline]
    const fn until(now: Nanos, ahead: u64) -> Nanos {
        let deadline = now.as_millis().wrapping_add(ahead).wrapping_mul(NANOS_PER_MILLI);
        Nanos::from_nanos(deadline.wrapping_sub(now.as_nanos()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(now: Nanos, wait: Duration, longest: LongestOpen) -> Deadline {
        Deadline::after(now, Nanos::from_duration(wait), longest)
    }

    const MS: Duration = Duration::from_millis(1);
    const MAX: LongestOpen = LongestOpen::MAX;

    #[test]
    fn a_deadline_is_rounded_up_and_reached_at_that_moment() {
        let now = Nanos::from_nanos(1_500_000);
        let deadline = after(now, MS, MAX);
        assert_eq!(deadline.bits(), 3);
        assert_eq!(deadline.remaining(now, MAX), Some(Duration::from_nanos(1_500_000)));
        assert!(!deadline.is_reached(Nanos::from_nanos(2_999_999), MAX));
        assert!(deadline.is_reached(Nanos::from_millis(3), MAX));
    }

    #[test]
    fn a_wait_of_zero_is_over_at_once_on_a_whole_millisecond() {
        let now = Nanos::from_millis(7);
        assert!(after(now, Duration::ZERO, MAX).is_reached(now, MAX));
    }

    #[test]
    fn a_permanent_wait_never_ends_whatever_the_longest_one() {
        for wait in [Duration::MAX, Duration::from_millis(PERMANENT)] {
            let second = LongestOpen::new(Duration::from_secs(1));
            let deadline = after(Nanos::MAX, wait, second);
            assert_eq!(deadline, Deadline::NEVER);
            assert!(!deadline.is_reached(Nanos::MAX, second));
            assert_eq!(deadline.remaining(Nanos::ZERO, second), None);
        }
    }

    #[test]
    fn the_longest_wait_counts_down_across_the_wrap() {
        let now = Nanos::from_millis(MILLIS.max() - 5);
        let wait = MAX.as_duration();
        let deadline = after(now, wait, MAX);
        assert_eq!(deadline.remaining(now, MAX), Some(wait));
        assert!(deadline.is_reached(now.saturating_add(wait), MAX));
    }

    #[test]
    fn a_deadline_that_would_read_as_never_is_a_millisecond_later() {
        let now = Nanos::from_millis(MILLIS.max() - 1);
        let deadline = after(now, MS, MAX);
        assert_eq!(deadline.bits(), 0);
        assert_eq!(deadline.remaining(now, MAX), Some(2 * MS));
    }

    /// It is rounded up by a millisecond and a part of one, moved away from never, and then read
    /// on a thread that is a few microseconds behind.
    #[test]
    fn a_wait_as_long_as_the_longest_is_not_over_at_once() {
        for longest in [LongestOpen::new(Duration::from_secs(1)), MAX] {
            let wait = longest.as_duration();
            let until_never = Nanos::from_millis(MILLIS.max()).as_nanos();
            let at_never = until_never - Nanos::from_duration(wait).as_nanos();
            for now in [2, 1_500_002, 999_999, at_never, at_never - 999_999] {
                let deadline = after(Nanos::from_nanos(now), wait, longest);
                for behind in [0, 1, 5_000] {
                    let now = Nanos::from_nanos(now.saturating_sub(behind));
                    let remaining = deadline.remaining(now, longest);
                    assert!(remaining >= Some(wait), "{now:?}, {longest:?}");
                }
            }
        }
    }

    #[test]
    fn a_wait_is_at_most_the_longest_one() {
        let longest = LongestOpen::new(Duration::from_secs(10));
        let deadline = after(Nanos::ZERO, Duration::from_secs(86_400), longest);
        assert_eq!(deadline.remaining(Nanos::ZERO, longest), Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_deadline_further_ahead_than_the_longest_wait_has_passed() {
        let longest = LongestOpen::new(Duration::from_secs(10));
        let deadline = after(Nanos::from_millis(90_000), 10_000 * MS, longest);
        let ahead =
            |millis: u64| deadline.is_reached(Nanos::from_millis(100_000 - millis), longest);
        assert!(!ahead(10_240) && ahead(10_241) && ahead(100_000));
    }

    #[test]
    fn what_is_left_within_a_magnitude_is_what_is_left_at_all() {
        for secs in [1, 2, 3, 10, 86_400, MAX.secs] {
            let longest = LongestOpen { secs };
            let far = 1_024 << secs.ilog2();
            for now in [0, 1, 999_999, 1_000_000, MILLIS.max() * NANOS_PER_MILLI - 1] {
                let now = Nanos::from_nanos(now);
                for ahead in [0, 1, 2, 1_000, 1_024, far - 1, far, far + 1, far * 3] {
                    let deadline = Deadline::from_bits(now.as_millis() + ahead);
                    let left = deadline.left(now, longest);
                    let is_within = (1..=far).contains(&ahead) && deadline != Deadline::NEVER;
                    let within = deadline.left_within(now, longest.magnitude());
                    assert_eq!(within, is_within.then_some(left), "{secs} {now:?} {ahead}");
                    assert!(!is_within || left != Nanos::ZERO);
                }
            }
        }
    }

    #[test]
    fn a_deadline_is_ahead_again_only_where_its_bits_have_wrapped() {
        let second = LongestOpen::new(Duration::from_secs(1));
        let deadline = after(Nanos::ZERO, MS, second);
        let wrap = MILLIS.max() + 1;
        let is_reached = |millis: u64| deadline.is_reached(Nanos::from_millis(millis), second);
        assert!(is_reached(wrap / 2) && is_reached(wrap / 2 + 1));
        assert!(is_reached(1 + wrap - 1_025) && !is_reached(1 + wrap - 1_024));
    }

    #[test]
    fn a_clock_that_steps_back_waits_longer_by_the_step() {
        let deadline = after(Nanos::from_millis(1_000), 10 * MS, MAX);
        assert_eq!(deadline.remaining(Nanos::from_millis(400), MAX), Some(610 * MS));
    }

    #[test]
    fn what_can_be_set_is_a_second_to_a_second_less_than_permanent() {
        assert_eq!(LongestOpen::new(Duration::ZERO).secs, 1);
        assert_eq!(LongestOpen::new(Duration::MAX), MAX);
        assert_eq!(LongestOpen::new(Duration::from_nanos(1)).secs, 1);
        assert_eq!(LongestOpen::new(Duration::from_millis(1_001)).secs, 2);
        let second_more = MAX.as_duration() + Duration::from_secs(1);
        let nanos = Nanos::from_duration(second_more).as_nanos();
        let is_never = |nanos| Deadline::is_never_after(Nanos::from_nanos(nanos));
        assert!(is_never(nanos) && !is_never(nanos - 1));
    }
}
