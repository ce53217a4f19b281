//! A clock that costs one load to read, because something else sets it.

use super::source::Clock;
use crate::nanos::Nanos;
use crate::sync::Ordering::Relaxed;
use crate::sync::{Word, const_unless_loom};

/// A clock that shows the time that was last set: by a timer interrupt, an event loop, or a
/// `Ticker` thread (feature `std`).
///
/// A wait begins and ends at a time that was set, so it may be shorter or longer by the time
/// between two settings, which should be short beside the wait. The clock never steps back. A clock
/// that is never set stays at zero, and an open circuit then stays open.
///
/// A reading is one load, the fastest there is, and something has to set the clock. Without a
/// thread, `OsCoarseClock` (feature `os-coarse`) reads the operating system's coarse clock, in half
/// the time of a [`MonotonicClock`](crate::MonotonicClock) reading; it has a table of the three.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, CoarseClock, Nanos, breaker};
///
/// static CLOCK: CoarseClock = CoarseClock::new();
/// breaker! {
///     static LINK: CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(3);
/// }
///
/// fn on_timer_interrupt(millis: u64) {
///     CLOCK.set(Nanos::from_millis(millis));
/// }
///
/// on_timer_interrupt(5);
/// assert_eq!(LINK.snapshot().now, Nanos::from_millis(5));
/// ```
#[derive(Debug)]
pub struct CoarseClock(Word);

impl CoarseClock {
    const_unless_loom! {
        /// Creates a clock at zero.
        ///
        /// # Examples
        ///
        /// ```
        /// use tripword::{Clock, CoarseClock, Nanos};
        ///
        /// assert_eq!(CoarseClock::new().now(), Nanos::ZERO);
        /// ```
        #[must_use]
        pub const fn new() -> Self {
            Self(Word::new())
        }
    }

    /// Sets the clock. A time earlier than the one it shows is ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Clock, CoarseClock, Nanos};
    ///
    /// let clock = CoarseClock::new();
    /// clock.set(Nanos::from_millis(5));
    /// clock.set(Nanos::from_millis(3));
    /// assert_eq!(clock.now(), Nanos::from_millis(5));
    /// ```
    pub fn set(&self, now: Nanos) {
        // Relaxed: one word; no other read relies on it.
        self.0.fetch_max(now.as_nanos(), Relaxed);
    }
}

impl Default for CoarseClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for CoarseClock {
    #[inline]
    fn now(&self) -> Nanos {
        // Relaxed: one word; no other read relies on it.
        Nanos::from_nanos(self.0.load(Relaxed))
    }
}

#[cfg(feature = "std")]
pub use ticker::Ticker;

#[cfg(feature = "std")]
mod ticker {
    use super::CoarseClock;
    use crate::clock::monotonic::MonotonicClock;
    use crate::clock::source::Clock;
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::time::Duration;
    use std::{io, thread};

    /// A thread that sets a [`CoarseClock`], from [`CoarseClock::tick_every`]. Dropping this stops
    /// it.
    #[derive(Debug)]
    #[must_use = "the clock stops when the ticker is dropped"]
    pub struct Ticker {
        /// Dropped to end the thread.
        _alive: Sender<()>,
    }

    impl CoarseClock {
        /// Sets the clock from the [`MonotonicClock`], and starts a thread that does so again every
        /// `interval`, which is at least a millisecond.
        ///
        /// # Errors
        ///
        /// The error of the operating system if it starts no thread. The clock is not set then.
        ///
        /// # Examples
        ///
        /// ```
        /// use std::time::Duration;
        /// use tripword::{Clock, CoarseClock, MonotonicClock};
        ///
        /// static CLOCK: CoarseClock = CoarseClock::new();
        /// let before = MonotonicClock.now();
        /// let ticker = CLOCK.tick_every(Duration::from_millis(1))?;
        /// assert!(CLOCK.now() >= before);
        /// # Ok::<(), std::io::Error>(())
        /// ```
        pub fn tick_every(&'static self, interval: Duration) -> io::Result<Ticker> {
            let interval = interval.max(Duration::from_millis(1));
            let (alive, dropped) = channel();
            thread::Builder::new().name("tripword-clock".into()).spawn(move || {
                while dropped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                    self.set(MonotonicClock.now());
                }
            })?;
            self.set(MonotonicClock.now());
            Ok(Ticker { _alive: alive })
        }
    }
}
