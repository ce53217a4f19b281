//! The ramp of a recovering circuit: the share of calls that it admits grows to all of them.

use crate::bits::{self, Field, WHOLE};
use crate::nanos::Nanos;
use core::num::NonZeroU64;
use core::time::Duration;

/// The unit in which a ramp began.
const START: Field = Field::new(0, 24);
/// Units of time in a ramp, after which it is over.
pub(crate) const UNITS: u64 = 1024;
/// 2^32 divided by the golden ratio. Its multiples, modulo 2^32, are spread evenly (Knuth, The Art
/// of Computer Programming, 6.4), so in any run of tickets close to the right share is admitted.
const GOLDEN: u32 = 0x9E37_79B9;

/// A ramp in the engine's units: 1/1024 of its time, at least a nanosecond.
///
/// Its start is stored rounded up to a unit, modulo 2^24. A start up to one ramp ahead of the clock
/// means that the clock went back; it is treated as age 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RampSchedule {
    pub(crate) unit_nanos: NonZeroU64,
    /// In parts per million.
    pub(crate) from: u32,
}

impl RampSchedule {
    /// A ramp from `from` parts per million to all calls, over the time `over`.
    pub(crate) const fn new(from: u32, over: Duration) -> Self {
        let unit = Nanos::from_duration(over).as_nanos().div_ceil(UNITS);
        let unit_nanos = match NonZeroU64::new(unit) {
            Some(unit) => unit,
            None => NonZeroU64::MIN,
        };
        Self { unit_nanos, from }
    }

    /// The start of a ramp that begins `now`.
    pub(crate) const fn start(self, now: Nanos) -> u64 {
        now.as_nanos().div_ceil(self.unit_nanos.get()) & START.max()
    }

    /// Whether every call is admitted `now`.
    pub(crate) const fn is_over(self, start: u64, now: Nanos) -> bool {
        self.age(start, now) >= UNITS
    }

    /// The share that is admitted `now`, in parts of 2^32.
    pub(crate) const fn share(self, start: u64, now: Nanos) -> u64 {
        let age = self.age(start, now);
        if age >= UNITS {
            return WHOLE;
        }
        let from = bits::of_whole(self.from);
        from + bits::scale(WHOLE - from, age * (WHOLE / UNITS))
    }

    /// Admits the call that drew `ticket` if it is in the share that is admitted `now`. The error
    /// is the time until the share has grown to it. Over many tickets these times are spread evenly
    /// over the rest of the ramp.
    pub(crate) const fn admit(self, ticket: u64, start: u64, now: Nanos) -> Result<(), Duration> {
        let place = (ticket as u32).wrapping_mul(GOLDEN) as u64;
        if place < self.share(start, now) {
            return Ok(());
        }
        let from = bits::of_whole(self.from);
        // A share is rounded down, so it must grow by one more part.
        let missing = place + 1 - from;
        let age = (missing * UNITS).div_ceil(WHOLE - from);
        Err(self.remaining(age, start, now))
    }

    /// The time until the ramp is `age` units old.
    pub(crate) const fn remaining(self, age: u64, start: u64, now: Nanos) -> Duration {
        if self.age(start, now) >= age {
            return Duration::ZERO;
        }
        let units = START.distance(self.units(now), start + age);
        let into_the_unit = now.as_nanos() % self.unit_nanos.get();
        Duration::from_nanos(units.saturating_mul(self.unit_nanos.get()) - into_the_unit)
    }

    const fn units(self, now: Nanos) -> u64 {
        now.as_nanos() / self.unit_nanos.get()
    }

    const fn age(self, start: u64, now: Nanos) -> u64 {
        let age = START.distance(start, self.units(now));
        if age > START.max() - UNITS { 0 } else { age }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENTH: u64 = WHOLE / 10;

    fn ramp() -> RampSchedule {
        RampSchedule::new(100_000, Duration::from_millis(10_240))
    }

    #[test]
    fn the_share_grows_from_its_first_part_to_all() {
        let start = ramp().start(Nanos::from_millis(50));
        assert_eq!(ramp().share(start, Nanos::from_millis(50)), TENTH);
        let half_way = ramp().share(start, Nanos::from_millis(50 + 5_120));
        assert_eq!(half_way, TENTH + (WHOLE - TENTH) / 2);
        assert!(!ramp().is_over(start, Nanos::from_millis(50 + 10_239)));
        assert!(ramp().is_over(start, Nanos::from_millis(50 + 10_240)));
        assert_eq!(ramp().share(start, Nanos::from_millis(20_000)), WHOLE);
    }

    #[test]
    fn any_hundred_tickets_are_within_two_of_the_share() {
        for tenths in 1..=10u32 {
            let ramp = RampSchedule::new(tenths * 100_000, Duration::MAX);
            let start = ramp.start(Nanos::ZERO);
            for first in (0..2_000u64).chain(u64::from(u32::MAX) - 150..u64::from(u32::MAX)) {
                let admitted = (first..first + 100)
                    .filter(|&ticket| ramp.admit(ticket, start, Nanos::ZERO).is_ok())
                    .count() as u32;
                assert!(admitted.abs_diff(10 * tenths) <= 2, "{tenths} {first}");
            }
        }
    }

    #[test]
    fn a_clock_that_steps_back_restarts_the_ramp_and_does_not_end_it() {
        let start = ramp().start(Nanos::from_millis(5_000));
        assert_eq!(ramp().share(start, Nanos::ZERO), TENTH);
    }

    #[test]
    fn a_start_up_to_a_ramp_ahead_is_new_and_one_further_ahead_is_over() {
        let start = ramp().start(Nanos::from_millis(20_000));
        assert!(!ramp().is_over(start, Nanos::from_millis(20_000 - 10_240)));
        assert!(ramp().is_over(start, Nanos::from_millis(20_000 - 10_250)));
    }

    #[test]
    fn the_rest_is_exact_to_the_nanosecond() {
        let start = ramp().start(Nanos::ZERO);
        let rest = |now| ramp().remaining(UNITS, start, Nanos::from_nanos(now));
        assert_eq!(rest(25_000_001), Duration::from_nanos(10_214_999_999));
        assert_eq!(rest(10_239_999_999), Duration::from_nanos(1));
        assert_eq!(rest(10_240_000_000), Duration::ZERO);
    }

    /// The last ticket that is admitted, and the first that is not.
    #[test]
    fn a_ticket_is_admitted_below_the_share_and_not_at_it() {
        let start = ramp().start(Nanos::ZERO);
        let share = ramp().share(start, Nanos::ZERO) as u32;
        // An odd number has an inverse modulo 2^32; each step doubles the bits that are right.
        let inverse = (0..5).fold(GOLDEN, |inverse, _| {
            inverse.wrapping_mul(2_u32.wrapping_sub(GOLDEN.wrapping_mul(inverse)))
        });
        let admits = |spread: u32| {
            let ticket = spread.wrapping_mul(inverse);
            ramp().admit(ticket.into(), start, Nanos::ZERO).is_ok()
        };
        assert!(admits(share - 1));
        assert!(!admits(share));
    }

    #[test]
    fn a_refused_ticket_waits_until_the_share_admits_it() {
        for from in [1, 100_000, 999_999] {
            let ramp = RampSchedule::new(from, Duration::from_millis(10_240));
            let start = ramp.start(Nanos::from_millis(50));
            for (ticket, now) in (0..2_000_u64).map(|n| (n, Nanos::from_nanos(50_000_001 * n))) {
                let Err(wait) = ramp.admit(ticket, start, now) else {
                    continue;
                };
                let then = now.saturating_add(wait);
                assert_eq!(ramp.admit(ticket, start, then), Ok(()), "{from} {ticket}");
                let before = Nanos::from_nanos(then.as_nanos() - 1);
                assert!(ramp.admit(ticket, start, before).is_err(), "{from} {ticket}");
            }
        }
    }

    #[test]
    fn a_ramp_is_over_after_a_long_idle_time() {
        let start = ramp().start(Nanos::ZERO);
        assert!(ramp().is_over(start, Nanos::from_millis(10_240 * 16_000)));
    }
}
