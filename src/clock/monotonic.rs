//! The operating system's monotonic clock, read in the fastest way that is sound.

/// A clock that nothing sets: the processor's time-stamp counter, where feature `quanta` is on and
/// the counter is invariant and synchronized, and the operating system's monotonic clock otherwise.
///
/// It never steps back on one thread. Between threads it may, by up to microseconds: the processor
/// may read the counter before it reads what another thread wrote. No decision depends on that.
/// Implements [`Clock`](crate::Clock) with feature `std`. All values share one
/// origin, which is unspecified, so their readings are comparable.
///
/// The first reading of a process calibrates the counter, which takes about a millisecond and at
/// most 200; other threads wait for it. If that matters, read the clock once at the start.
///
/// A reading takes about 10 ns. Where that is too much and milliseconds do, `OsCoarseClock`
/// (feature `os-coarse`) takes half, and a [`CoarseClock`](crate::CoarseClock) that a thread sets
/// takes a load.
///
/// # Examples
///
/// ```
/// use tripword::{Clock, MonotonicClock};
///
/// let earlier = MonotonicClock.now();
/// assert!(MonotonicClock.now() >= earlier);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MonotonicClock;

#[cfg(feature = "std")]
impl super::source::Clock for MonotonicClock {
    #[inline]
    fn now(&self) -> crate::nanos::Nanos {
        source::now()
    }
}

#[cfg(feature = "quanta")]
mod source {
    use crate::nanos::Nanos;
    use std::sync::OnceLock;

    pub(super) fn now() -> Nanos {
        static CLOCK: OnceLock<quanta::Clock> = OnceLock::new();
        let clock = CLOCK.get_or_init(quanta::Clock::new);
        Nanos::from_nanos(clock.delta_as_nanos(0, clock.raw()))
    }
}

#[cfg(all(feature = "std", not(feature = "quanta")))]
mod source {
    use crate::nanos::Nanos;
    use std::sync::OnceLock;
    use std::time::Instant;

    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub(super) fn now() -> Nanos {
        static ZERO: OnceLock<Instant> = OnceLock::new();
        Nanos::from_duration(ZERO.get_or_init(Instant::now).elapsed())
    }
}
