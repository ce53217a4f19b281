//! The operating system's coarse clock: the time of its last tick.

use super::source::Clock;
use crate::nanos::Nanos;

/// A clock that reads the time of the operating system's last tick: `CLOCK_MONOTONIC_COARSE`.
///
/// For breakers that read the clock in each call (a time window, slow calls, an open circuit under
/// load) and whose durations are seconds. It takes about half the time of a [`MonotonicClock`]
/// reading, and needs no thread:
///
/// | clock | a reading takes | resolution | needs |
/// |---|---|---|---|
/// | [`MonotonicClock`] | about 10 ns | nanoseconds | feature `std` |
/// | `OsCoarseClock` | about 5 ns | a tick of the system: 1 to 10 ms, mostly 4 | feature `os-coarse` |
/// | [`CoarseClock`] | a load, 0.3 ns | what sets it, such as a [`Ticker`] every millisecond | a thread or a timer |
///
/// (`cargo bench -p tripword-benches --bench clocks`, on an AMD EPYC.) What follows from the
/// resolution:
///
/// - An open period, a lease and a ramp end up to one tick earlier or later, and so does the wait
///   that a refusal reports.
/// - The duration of a call is measured as a whole number of ticks, so it is up to one tick too
///   short or too long: set [`slow_call_duration`](crate::Builder::slow_call_duration) to several
///   ticks, or report the duration yourself, by [`Held::settle_elapsed`](crate::Held::settle_elapsed).
/// - Buckets of a time window should be several ticks long.
///
/// On Linux, Android and FreeBSD. Other systems have no such clock, or no safe way to read it; there
/// it reads the [`MonotonicClock`], which is finer and takes longer, so that code that uses it
/// compiles everywhere. It never steps back, and all values share one origin, which is not that of
/// the `MonotonicClock`: do not compare readings of the two.
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

impl Clock for OsCoarseClock {
    #[inline]
    fn now(&self) -> Nanos {
        source::now()
    }
}

#[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux"))]
mod source {
    use crate::nanos::Nanos;
    use rustix::time::{ClockId, clock_gettime};

    const NANOS_PER_SECOND: u64 = 1_000_000_000;

    #[inline]
    pub(super) fn now() -> Nanos {
        let time = clock_gettime(ClockId::MonotonicCoarse);
        // Neither is negative, and 584 years fit.
        let nanos = (time.tv_sec as u64).wrapping_mul(NANOS_PER_SECOND);
        Nanos::from_nanos(nanos.wrapping_add(time.tv_nsec as u64))
    }
}

#[cfg(not(any(target_os = "android", target_os = "freebsd", target_os = "linux")))]
mod source {
    use crate::clock::monotonic::MonotonicClock;
    use crate::clock::source::Clock;
    use crate::nanos::Nanos;

    #[inline]
    pub(super) fn now() -> Nanos {
        MonotonicClock.now()
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
