//! A clock that is read for the price of a load, because somebody else keeps it.

use super::Clock;
use crate::nanos::Nanos;
use crate::sync::Ordering::Relaxed;
use crate::sync::{Word, const_unless_loom};

/// The time as it was when somebody last set it: a timer interrupt, an event loop, or a `Ticker` thread (feature `std`).
///
/// A wait begins and ends at a setting: it may be shorter or longer by the time between two, which should be short beside it. The clock never
/// runs backwards. One that is never set stands at zero, and an open circuit then stays open.
///
/// ```
/// use tripword::{CircuitBreaker, CoarseClock, Nanos, breaker};
///
/// static CLOCK: CoarseClock = CoarseClock::new();
/// static LINK: CircuitBreaker<&CoarseClock> = breaker!(clock: &CLOCK; consecutive_failures(3));
///
/// fn on_timer_interrupt(millis: u64) {
///     CLOCK.set(Nanos::from_millis(millis));
/// }
/// # on_timer_interrupt(5);
/// # assert!(LINK.try_acquire().is_ok());
/// ```
#[derive(Debug)]
pub struct CoarseClock(Word);

impl CoarseClock {
    const_unless_loom! {
        /// A clock at zero.
        #[must_use]
        pub const fn new() -> Self {
            Self(Word::new())
        }
    }

    /// Sets the clock. An earlier time than it shows is passed over.
    pub fn set(&self, now: Nanos) {
        // Relaxed: one word; nothing else is read on its strength.
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
        // Relaxed: one word; nothing else is read on its strength.
        Nanos::from_nanos(self.0.load(Relaxed))
    }
}

#[cfg(feature = "std")]
pub use ticker::Ticker;

#[cfg(feature = "std")]
mod ticker {
    use super::CoarseClock;
    use crate::clock::{Clock, MonotonicClock};
    use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
    use std::time::Duration;
    use std::{io, thread};

    /// A thread that keeps a [`CoarseClock`], until it is dropped.
    #[derive(Debug)]
    #[must_use = "the clock stops when the ticker is dropped"]
    pub struct Ticker {
        /// Dropped to end the thread.
        _alive: Sender<()>,
    }

    impl CoarseClock {
        /// Starts a thread that sets the clock at once and then every `interval` (at least a millisecond) from the
        /// [`MonotonicClock`].
        ///
        /// # Errors
        ///
        /// The operating system's, if it starts no thread; the clock is not set then.
        ///
        /// ```
        /// use std::time::Duration;
        /// use tripword::CoarseClock;
        ///
        /// static CLOCK: CoarseClock = CoarseClock::new();
        /// let ticker = CLOCK.tick_every(Duration::from_millis(1))?;
        /// # Ok::<(), std::io::Error>(())
        /// ```
        pub fn tick_every(&'static self, interval: Duration) -> io::Result<Ticker> {
            let interval = interval.max(Duration::from_millis(1));
            let (alive, dropped) = channel();
            thread::Builder::new()
                .name("tripword-clock".into())
                .spawn(move || {
                    while dropped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                        self.set(MonotonicClock.now());
                    }
                })?;
            self.set(MonotonicClock.now());
            Ok(Ticker { _alive: alive })
        }
    }
}
