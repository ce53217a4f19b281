//! The operating system's coarse clock: the time of its last tick.

use super::source::Clock;
use crate::nanos::Nanos;

/// A clock that reads the time of the operating system's last tick: `CLOCK_MONOTONIC_COARSE`.
///
/// A breaker reads its clock in each call where it counts in a time window or judges slow calls,
/// and to refuse. Three clocks can serve it:
///
/// | clock | for | a reading takes | resolution |
/// |---|---|---|---|
/// | [`MonotonicClock`] | most breakers; the default | about 10 ns | nanoseconds |
/// | `OsCoarseClock` | waits of seconds, without a thread | about 5 ns | a tick, mostly 4 ms |
/// | [`CoarseClock`] | firmware; a [`Ticker`] for all breakers | 0.3 ns, a load | what sets it |
///
/// (On an AMD EPYC: `cargo bench -p tripword-benches --bench clocks`.) A tick is 1 to 10 ms, as the
/// system was built. What follows from it:
///
/// - An open period, a lease and a ramp end up to one tick earlier or later.
/// - The duration of a call is measured as a number of ticks, so it is up to one tick too short or
///   too long: set [`slow_call_duration`](crate::Builder::slow_call_duration) to several ticks, or
///   measure it yourself and call [`settle_elapsed`](crate::Held::settle_elapsed).
/// - Buckets of a time window should be several ticks long.
///
/// Linux, Android and FreeBSD have such a clock; it never steps back, not even between threads.
/// Elsewhere this reads the [`MonotonicClock`], which is finer and takes longer, so that code that
/// uses it compiles everywhere. All values share one origin, which is not that of the
/// `MonotonicClock`: do not compare readings of the two.
///
/// [`MonotonicClock`]: crate::MonotonicClock
/// [`CoarseClock`]: crate::CoarseClock
/// [`Ticker`]: crate::Ticker
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, OsCoarseClock, breaker};
///
/// breaker! {
///     static SEARCH: CircuitBreaker<OsCoarseClock> =
///         clock: OsCoarseClock; within(Duration::from_secs(10)), failure_rate(0.5);
/// }
/// assert_eq!(SEARCH.call(|| "42".parse::<u32>()), Ok(42));
/// assert_eq!(SEARCH.snapshot().counts.successes(), 1);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OsCoarseClock;

#[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux"))]
impl Clock for OsCoarseClock {
    #[inline]
    fn now(&self) -> Nanos {
        use rustix::time::{ClockId, clock_gettime};
        let time = clock_gettime(ClockId::MonotonicCoarse);
        // Neither part is negative, and 584 years fit.
        let nanos = (time.tv_sec as u64).wrapping_mul(1_000_000_000);
        Nanos::from_nanos(nanos.wrapping_add(time.tv_nsec as u64))
    }
}

#[cfg(not(any(target_os = "android", target_os = "freebsd", target_os = "linux")))]
impl Clock for OsCoarseClock {
    #[inline]
    fn now(&self) -> Nanos {
        super::monotonic::MonotonicClock.now()
    }
}

#[cfg(all(test, any(target_os = "android", target_os = "freebsd", target_os = "linux")))]
mod tests {
    use super::*;
    use core::time::Duration;
    use rustix::time::{ClockId, clock_gettime};

    /// No tick comes so late, also where the processor that counts them is taken away.
    const LATE: Duration = Duration::from_secs(60);

    /// The time that the coarse clock shows as of the last tick.
    fn fine() -> Nanos {
        let time = clock_gettime(ClockId::Monotonic);
        let nanos = i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec);
        Nanos::from_nanos(nanos.try_into().unwrap())
    }

    #[test]
    fn it_is_behind_the_fine_clock_by_a_tick_at_most() {
        let before = fine();
        let coarse = OsCoarseClock.now();
        assert!(coarse <= fine());
        assert!(coarse.saturating_add(LATE) >= before);
    }
}
