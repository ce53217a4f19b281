//! The operating system's monotonic clock, read the fastest way that is sound.

/// A clock that never steps back and is not set: with the feature `quanta` the processor's time-stamp counter, where that is
/// invariant and synchronized, and the operating system's monotonic clock otherwise. It is a clock with the feature `std`.
///
/// All of them are one clock: their times compare. Its zero is unspecified.
///
/// The first reading of a process measures the counter against the operating system's clock, which takes about a millisecond and up to
/// 200; threads that read meanwhile wait for it. Where that matters, read it once at the start.
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
impl super::Clock for MonotonicClock {
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
