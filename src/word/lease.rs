//! The lease of half-open probes: how long they may be in flight before they are given up, as 16
//! bits of time in the control word.
//!
//! Time is counted in units of 1/64 of the lease. The stamp of a claim is the next whole unit,
//! modulo 2^16. So stamps lie on a ring of 65,536 units, or 1,024 leases. The age of a stamp is the
//! distance from it to the clock's unit, around the ring:
//!
//! ```text
//!                       65,535 | 0   the claim
//!                           .  |  .
//!       the clock went    .    |    .    the lease
//!       back: as age 0   .     |     .   runs
//!               65,472  -      |      -  63
//!               65,471  -      |      -  64
//!                        .     |     .
//!             expired     .    |    .    expired
//!                           .  |  .
//!                           32,768
//! ```
//!
//! Since a stamp is rounded up, a lease never ends early, and it ends at most two units late. A
//! clock that is behind the stamp by at most a lease has gone back, and the lease begins again. A
//! probe that no call gave up for exactly 1,024 leases looks new, and is given up one lease later.

use crate::bits::Field;
use crate::nanos::Nanos;
use core::num::NonZeroU32;
use core::time::Duration;

/// A unit of the ring.
const CLAIM_STAMP: Field = Field::new(0, 16);
/// Units of time in a lease.
const UNITS: u64 = 64;
const NANOS_PER_MILLI: u64 = 1_000_000;

/// A probe lease in the engine's units: 1/64 of the lease, at least a millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lease {
    unit_millis: NonZeroU32,
}

impl Lease {
    /// The units of `lease`; `None` if it is 8.7 years or more, and so permanent.
    pub(crate) const fn new(lease: Duration) -> Option<Self> {
        let millis = Nanos::from_duration(lease).as_nanos().div_ceil(NANOS_PER_MILLI);
        let unit = millis.div_ceil(UNITS);
        if unit > u32::MAX as u64 {
            return None;
        }
        let unit_millis = match NonZeroU32::new(unit as u32) {
            Some(unit) => unit,
            None => NonZeroU32::MIN,
        };
        Some(Self { unit_millis })
    }

    /// The lease in 32 bits, never zero.
    pub(crate) const fn bits(self) -> u32 {
        self.unit_millis.get()
    }

    /// The lease that [`bits`](Self::bits) packed; `None` if there was none.
    pub(crate) fn from_bits(bits: u32) -> Option<Self> {
        NonZeroU32::new(bits).map(|unit_millis| Self { unit_millis })
    }

    /// The time of all units.
    pub(crate) const fn duration(self) -> Duration {
        Duration::from_nanos(self.nanos_of(UNITS))
    }

    /// The stamp of a probe claimed `now`.
    pub(crate) const fn stamp(self, now: Nanos) -> u64 {
        let millis = now.as_nanos().div_ceil(NANOS_PER_MILLI);
        millis.div_ceil(self.millis()) & CLAIM_STAMP.max()
    }

    /// Whether the lease stamped `stamp` has ended.
    pub(crate) const fn is_expired(self, stamp: u64, now: Nanos) -> bool {
        let age = CLAIM_STAMP.distance(stamp, self.units(now));
        age >= UNITS && age < CLAIM_STAMP.max() + 1 - UNITS
    }

    /// The rest of the lease stamped `stamp`, zero if it is expired.
    pub(crate) const fn remaining(self, stamp: u64, now: Nanos) -> Duration {
        if self.is_expired(stamp, now) {
            return Duration::ZERO;
        }
        let units = CLAIM_STAMP.distance(self.units(now), stamp + UNITS);
        let into_the_unit = now.as_nanos().saturating_sub(self.nanos_of(self.units(now)));
        Duration::from_nanos(self.nanos_of(units).saturating_sub(into_the_unit))
    }

    /// The time after which the newest probe, stamped `stamp`, is probably settled: as long again
    /// as it has been in flight, at least a unit, and at most the rest of its lease.
    pub(crate) fn probable_wait(self, stamp: u64, now: Nanos) -> Duration {
        let unit = Duration::from_nanos(self.nanos_of(1));
        let rest = self.remaining(stamp, now);
        // A stamp is rounded up by less than a unit.
        let age = Duration::from_nanos(self.nanos_of(UNITS + 1)).saturating_sub(rest);
        age.max(unit).min(rest)
    }

    const fn units(self, now: Nanos) -> u64 {
        now.as_millis() / self.millis()
    }

    const fn millis(self) -> u64 {
        self.unit_millis.get() as u64
    }

    const fn nanos_of(self, units: u64) -> u64 {
        Nanos::from_millis(units.saturating_mul(self.millis())).as_nanos()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Nanos {
        Nanos::from_millis(millis)
    }

    fn lease(millis: u64) -> Lease {
        Lease::new(Duration::from_millis(millis)).expect("not permanent")
    }

    #[test]
    fn a_lease_ends_after_its_time_and_returns_the_rest() {
        let lease = lease(6_400);
        let stamp = lease.stamp(at(1_000));
        assert_eq!(lease.remaining(stamp, at(1_000)), Duration::from_millis(6_400));
        assert_eq!(lease.remaining(stamp, at(7_399)), Duration::from_millis(1));
        assert!(!lease.is_expired(stamp, at(7_399)));
        assert!(lease.is_expired(stamp, at(7_400)));
        assert_eq!(lease.remaining(stamp, at(7_400)), Duration::ZERO);
    }

    #[test]
    fn a_lease_is_rounded_up_to_whole_units() {
        assert_eq!(lease(6_400).duration(), Duration::from_millis(6_400));
        assert_eq!(lease(6_401).duration(), Duration::from_millis(6_464));
        assert_eq!(lease(1).duration(), Duration::from_millis(64));
    }

    #[test]
    fn a_claim_inside_a_unit_counts_from_the_next_one() {
        let lease = lease(6_400);
        let stamp = lease.stamp(at(1_001));
        assert!(!lease.is_expired(stamp, at(7_499)));
        assert!(lease.is_expired(stamp, at(7_500)));
    }

    #[test]
    fn a_clock_that_steps_back_does_not_expire_a_claim() {
        let lease = lease(640);
        let stamp = lease.stamp(at(1_000));
        assert!(!lease.is_expired(stamp, at(400)));
        assert_eq!(lease.remaining(stamp, at(400)), Duration::from_millis(1_240));
    }

    #[test]
    fn a_stamp_up_to_a_lease_ahead_is_new_and_one_further_ahead_is_expired() {
        let lease = lease(64);
        let stamp = lease.stamp(at(1_000));
        assert!(!lease.is_expired(stamp, at(1_000 - 64)));
        assert!(lease.is_expired(stamp, at(1_000 - 65)));
    }

    #[test]
    fn the_shortest_and_the_longest_lease_work() {
        let shortest = Lease::new(Duration::from_nanos(1)).unwrap();
        assert!(!shortest.is_expired(shortest.stamp(at(0)), at(63)));
        assert!(shortest.is_expired(shortest.stamp(at(0)), at(64)));
        let millis = 64 * u64::from(u32::MAX);
        let longest = lease(millis);
        assert!(!longest.is_expired(longest.stamp(Nanos::ZERO), at(millis - 1)));
        assert!(longest.is_expired(longest.stamp(Nanos::ZERO), at(millis)));
        assert_eq!(Lease::new(Duration::from_millis(millis + 1)), None);
        assert_eq!(Lease::new(Duration::MAX), None);
    }

    #[test]
    fn a_probe_is_given_as_long_again_and_no_longer_than_its_lease() {
        let lease = lease(6_400);
        let stamp = lease.stamp(at(1_000));
        for (now, wait) in [
            (1_000, 100),
            (1_001, 101),
            (1_900, 1_000),
            (3_000, 2_100),
            (4_150, 3_250),
            (4_200, 3_200),
            (7_399, 1),
            (400, 100),
        ] {
            let expected = Duration::from_millis(wait);
            assert_eq!(lease.probable_wait(stamp, at(now)), expected, "{now}");
        }
    }

    #[test]
    fn a_lease_is_right_where_its_stamps_wrap() {
        let lease = lease(64);
        let stamp = lease.stamp(at(65_530));
        assert!(!lease.is_expired(stamp, at(65_593)));
        assert!(lease.is_expired(stamp, at(65_594)));
    }
}
