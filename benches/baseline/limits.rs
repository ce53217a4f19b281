//! The limits of the machine: the call alone, and the call with one operation that a breaker may
//! need.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;
use tripword::{Clock, CoarseClock, MonotonicClock, Nanos, OsCoarseClock};

/// Nothing but the call.
pub(crate) struct Bare;

impl Bare {
    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }
}

/// One load of a word that others may write.
pub(crate) struct OneLoad(AtomicU64);

impl OneLoad {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(self.0.load(Relaxed));
        work()
    }

    /// Writes the word, as another thread than the callers' may.
    pub(crate) fn write(&self) {
        self.0.store(1, Relaxed);
    }
}

/// One read-modify-write of a word, which is the callers' common one if they share it.
pub(crate) struct OneRmw(AtomicU64);

impl OneRmw {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(self.0.fetch_add(1, Relaxed));
        work()
    }
}

/// One load of a word and a compare-and-swap that replaces it: the least that changes a state.
pub(crate) struct LoadThenCas(AtomicU64);

impl LoadThenCas {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        let seen = self.0.load(Relaxed);
        let _ = black_box(self.0.compare_exchange(seen, seen.wrapping_add(1), Relaxed, Relaxed));
        work()
    }
}

/// One reading of the clock that a breaker has by default.
pub(crate) struct OneReading;

impl OneReading {
    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(MonotonicClock.now());
        work()
    }
}

/// One reading of the default clock and then a read-modify-write, which waits for it: the least that
/// a time window with one shared row needs.
pub(crate) struct ReadingThenRmw(OneRmw);

impl ReadingThenRmw {
    pub(crate) fn new() -> Self {
        Self(OneRmw::new())
    }

    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        OneReading.call(|| self.0.call(work))
    }
}

/// One reading of the operating system's coarse clock.
pub(crate) struct OsCoarseReading;

impl OsCoarseReading {
    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(OsCoarseClock.now());
        work()
    }
}

/// One reading of the operating system's clock, as the standard library gives it.
pub(crate) struct OsReading;

impl OsReading {
    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(Instant::now());
        work()
    }
}

/// One reading of a clock that somebody else keeps.
pub(crate) struct CoarseReading(CoarseClock);

impl CoarseReading {
    pub(crate) fn new() -> Self {
        let clock = CoarseClock::new();
        clock.set(Nanos::from_millis(1));
        Self(clock)
    }

    #[inline(always)]
    pub(crate) fn call<T>(&self, work: impl FnOnce() -> T) -> T {
        black_box(self.0.now());
        work()
    }
}
