//! The trait of clocks.

use crate::nanos::Nanos;

/// A source of time.
///
/// A clock may start at any moment. It may be read from any thread and, on a microcontroller, from
/// an interrupt. A 32-bit timer must be extended to 64 bits: one that counts milliseconds steps
/// back by 49 days each time it wraps.
///
/// A clock should not step back. If it does, waits become longer by at most the step, and none
/// becomes shorter, as long as the step is at most about
///
/// - the time by which a wait is shorter than
///   [`longest_open`](crate::Builder::longest_open), for the deadline of an open circuit,
/// - one lease for the lease of a probe,
/// - one ramp for a ramp,
/// - four windows for a time window, which then leaves out calls that are a window or more behind
///   its newest one, until the clock has caught up.
///
/// After a larger step a wait may end early, and a time window may lose calls or count old ones.
/// Nothing panics, and no circuit stays stuck: a clock that steps ahead, or back by any time, keeps
/// it open for `longest_open` at most.
///
/// Readings of two threads may differ by microseconds, as if the clock had stepped back between
/// them: no decision depends on it.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
/// use tripword::{CircuitBreaker, Clock, Nanos};
///
/// /// Counts the ticks of a 1 kHz timer.
/// struct Ticks(AtomicU64);
///
/// impl Clock for Ticks {
///     fn now(&self) -> Nanos {
///         Nanos::from_millis(self.0.load(Relaxed))
///     }
/// }
///
/// let breaker = CircuitBreaker::builder().build_with(Ticks(7.into()))?;
/// assert_eq!(breaker.snapshot().now, Nanos::from_millis(7));
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a clock. Without feature `std` there is no default one: name a type \
               that implements `Clock`, such as a `&CoarseClock`, as in `breaker! {{ static LINK: \
               CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(3); }}`"
)]
pub trait Clock {
    /// Returns the current time.
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
