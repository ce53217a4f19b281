//! How a probe lease and a ramp tell the time.

use super::MILLI;
use std::time::Duration;

/// A time that is counted in so many units, from its start rounded up to a unit. So it is never over early, and two units late at
/// most.
///
/// Of the count only the lowest bits are kept. A start that seems to lie ahead of the clock, by no more than the span is long, means
/// that the clock went back; otherwise the count has gone round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    unit: u128,
    units: i128,
    repeats: i128,
}

impl Span {
    /// 64 units of whole milliseconds, repeating after 2^16.
    pub(crate) fn lease(lease: Duration) -> Self {
        Self {
            unit: lease.as_nanos().div_ceil(64 * MILLI).max(1) * MILLI,
            units: 64,
            repeats: 1 << 16,
        }
    }

    /// 1,024 units, repeating after 2^24.
    pub(crate) fn ramp(over: Duration) -> Self {
        Self {
            unit: over.as_nanos().div_ceil(1024),
            units: 1024,
            repeats: 1 << 24,
        }
    }

    /// How many units ago it started; below zero if the clock went back.
    fn age(self, start: u128, now: u128) -> i128 {
        let age = (now / self.unit) as i128 - start.div_ceil(self.unit) as i128;
        let age = age.rem_euclid(self.repeats);
        if age < self.repeats - self.units {
            age
        } else {
            age - self.repeats
        }
    }

    pub(crate) fn is_over(self, start: u128, now: u128) -> bool {
        self.age(start, now) >= self.units
    }

    /// The time until it is over.
    pub(crate) fn rest(self, start: u128, now: u128) -> u128 {
        let units = (self.units - self.age(start, now)).max(0) as u128;
        (units * self.unit).saturating_sub(now % self.unit)
    }

    /// How many units it has run, and of how many.
    pub(crate) fn progress(self, start: u128, now: u128) -> (u64, u64) {
        let age = self.age(start, now).clamp(0, self.units);
        (age as u64, self.units as u64)
    }

    /// The time, but for some units, after which it cannot be told from one that just started.
    pub(crate) fn goes_round(self, but_for: u32) -> u128 {
        (self.repeats as u128 - u128::from(but_for)) * self.unit
    }
}
