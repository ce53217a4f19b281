//! Where the time comes from. The engine owns no clock; these are what the skin reads for it.

mod coarse;
mod manual;
mod monotonic;

pub use coarse::CoarseClock;
#[cfg(feature = "std")]
pub use coarse::Ticker;
pub use manual::ManualClock;
pub use monotonic::MonotonicClock;

use crate::nanos::Nanos;

/// A source of time.
///
/// It should not step back. A step back lengthens waits by the step at most and shortens none, up to about
///
/// - 17 years for a deadline,
/// - one lease for a probe's lease,
/// - one ramp for a ramp,
/// - four windows for a window of time, which until the clock has caught up leaves out calls that are a window or more behind its newest.
///
/// Beyond that a wait may end early, and a window of time may lose calls or count old ones. Nothing panics or stays stuck. The clock may
/// start anywhere, and may be read from any thread and, on a microcontroller, from an interrupt. A timer of 32 bits has to be extended to 64:
/// one of milliseconds steps back by 49 days whenever it begins again.
///
/// ```
/// use tripword::{CircuitBreaker, Clock, Nanos};
///
/// /// Counts the ticks of a 1 kHz timer.
/// struct Ticks(std::sync::atomic::AtomicU64);
/// impl Clock for Ticks {
///     fn now(&self) -> Nanos {
///         Nanos::from_millis(self.0.load(std::sync::atomic::Ordering::Relaxed))
///     }
/// }
/// let breaker = CircuitBreaker::builder().build_with(Ticks(0.into()))?;
/// assert!(breaker.try_acquire().is_ok());
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Nanos;
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Nanos {
        (**self).now()
    }
}

#[cfg(feature = "alloc")]
impl<C: Clock + ?Sized> Clock for alloc::sync::Arc<C> {
    fn now(&self) -> Nanos {
        (**self).now()
    }
}

#[cfg(feature = "alloc")]
impl<C: Clock + ?Sized> Clock for alloc::boxed::Box<C> {
    fn now(&self) -> Nanos {
        (**self).now()
    }
}
