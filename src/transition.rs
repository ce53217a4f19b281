//! Transitions of a circuit and their causes.

use crate::bits::Field;
use crate::nanos::Nanos;
use crate::policy::{Policy, TripCause};
use crate::state::State;
use core::fmt;
use core::time::Duration;

const KIND: Field = Field::new(44, 4);
const FIGURES: Field = Field::new(0, 44);

/// The cause of a transition.
///
/// # Examples
///
/// ```
/// use tripword::{Cause, CircuitBreaker, TripCause};
///
/// let breaker = CircuitBreaker::builder().consecutive_failures(1).build()?;
/// let _ = breaker.call(|| Err::<(), _>("no answer"));
/// let cause = breaker.snapshot().cause;
/// assert_eq!(cause, Some(Cause::Tripped(TripCause::ConsecutiveFailures(1))));
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A limit on failures or slow calls was reached.
    Tripped(TripCause),
    /// A failure named the time to stay away ([`Outcome::RetryAfter`](crate::Outcome::RetryAfter)).
    RetryAfter,
    /// The open period ended and a call came.
    DeadlineReached,
    /// Enough probes succeeded to close.
    ProbesSucceeded,
    /// Enough probes failed to open.
    ProbesFailed,
    /// Enough probes failed to open, the last of them because it was slow.
    ProbesSlow,
    /// A probe was in flight for longer than its lease.
    LeaseExpired,
    /// The ramp reached all calls.
    RampCompleted,
    /// A method such as [`trip`](crate::CircuitBreaker::trip) was called.
    Manual,
    /// The probe limits or the lease were replaced, and half-open began again with the new ones.
    Reconfigured,
}

impl Cause {
    /// Returns the name as a label of a metric, without figures, so that there are few labels.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Cause, TripCause};
    ///
    /// assert_eq!(Cause::Manual.label(), "manual");
    /// let tripped = Cause::Tripped(TripCause::ConsecutiveFailures(5));
    /// assert_eq!(tripped.label(), "consecutive_failures");
    /// ```
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tripped(TripCause::ConsecutiveFailures(_)) => "consecutive_failures",
            Self::Tripped(TripCause::Failures { .. }) => "failures",
            Self::Tripped(TripCause::FailureRate { .. }) => "failure_rate",
            Self::Tripped(TripCause::SlowCallRate { .. }) => "slow_call_rate",
            Self::Tripped(TripCause::TripWhen { .. }) => "trip_when",
            Self::RetryAfter => "retry_after",
            Self::DeadlineReached => "deadline_reached",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::ProbesFailed => "probes_failed",
            Self::ProbesSlow => "probes_slow",
            Self::LeaseExpired => "lease_expired",
            Self::RampCompleted => "ramp_completed",
            Self::Manual => "manual",
            Self::Reconfigured => "reconfigured",
        }
    }

    /// The cause in 48 bits, never zero.
    pub(crate) const fn bits(self) -> u64 {
        let (kind, figures) = match self {
            Self::RetryAfter => (1, 0),
            Self::DeadlineReached => (2, 0),
            Self::ProbesSucceeded => (3, 0),
            Self::ProbesFailed => (4, 0),
            Self::LeaseExpired => (5, 0),
            Self::RampCompleted => (6, 0),
            Self::Manual => (7, 0),
            Self::Reconfigured => (13, 0),
            Self::ProbesSlow => (14, 0),
            Self::Tripped(cause) => cause.bits(),
        };
        FIGURES.set(KIND.set(0, kind), figures)
    }

    /// The limit that was reached, zero where there is none.
    pub(crate) const fn limit(self) -> u32 {
        match self {
            Self::Tripped(cause) => cause.limit(),
            _ => 0,
        }
    }

    /// The cause that [`bits`](Self::bits) packed, with the noted limit or else that of `policy`;
    /// `None` for any other number.
    pub(crate) fn from_bits(bits: u64, noted: Option<u32>, policy: &Policy) -> Option<Self> {
        let (kind, figures) = (KIND.get(bits), FIGURES.get(bits));
        Some(match kind {
            1 => Self::RetryAfter,
            2 => Self::DeadlineReached,
            3 => Self::ProbesSucceeded,
            4 => Self::ProbesFailed,
            5 => Self::LeaseExpired,
            6 => Self::RampCompleted,
            7 => Self::Manual,
            13 => Self::Reconfigured,
            14 => Self::ProbesSlow,
            _ => {
                let cause = TripCause::from_bits(kind, figures, noted, policy.limits());
                return cause.map(Self::Tripped);
            }
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tripped(cause) => return write!(f, "tripped by {cause}"),
            Self::RetryAfter => "the dependency asked to be left alone",
            Self::DeadlineReached => "the open period is over",
            Self::ProbesSucceeded => "probing succeeded",
            Self::ProbesFailed => "probing failed",
            Self::ProbesSlow => "a probe was too slow",
            Self::LeaseExpired => "a probe's lease expired",
            Self::RampCompleted => "the ramp is complete",
            Self::Manual => "moved manually",
            Self::Reconfigured => "new settings",
        })
    }
}

/// A transition of a circuit. Each is reported once, by the thread that made it.
///
/// Observers may be notified of the transitions of several threads in any order. `generation`, then
/// `to`, is the order in which they happened; it wraps at 65,536.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use tripword::{Cause, CircuitBreaker, Observer, State, Transition};
///
/// #[derive(Default)]
/// struct Last(Cell<Option<Transition>>);
///
/// impl Observer for Last {
///     fn on_transition(&self, transition: &Transition) {
///         self.0.set(Some(*transition));
///     }
/// }
///
/// let breaker = CircuitBreaker::builder().build()?.observed_by(Last::default());
/// breaker.trip();
/// let transition = breaker.observer().0.get().unwrap();
/// assert_eq!((transition.from, transition.to), (State::Closed, State::Open));
/// assert_eq!((transition.generation, transition.cause), (1, Cause::Manual));
/// assert_eq!(transition.to_string(), "closed -> open: moved manually");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// The state that was left, as it was entered: still open where the deadline had passed, and
    /// still recovering where the ramp was over.
    pub from: State,
    /// The state that was entered. Equal to `from` where half-open began again, because a probe's
    /// lease expired or the settings were replaced.
    pub to: State,
    /// The generation that began. Only the transition from recovering to closed begins none.
    pub generation: u16,
    /// When the transition was made, by the breaker's clock.
    pub at: Nanos,
    /// Why the transition was made.
    pub cause: Cause,
    /// How long the circuit stays open from `at` on; `None` if it did not open, or stays open until
    /// it is moved.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}: {}", self.from, self.to, self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Rate;

    #[test]
    fn every_cause_survives_the_packing() {
        let (failures, slow_calls, calls) = (3, 4, 4_000_000);
        let policy = Policy {
            failures: 2,
            failure_rate: Rate::of(0.000_005),
            slow_call_rate: Rate::of(0.000_006),
            ..Policy::NONE
        };
        let causes = [
            Cause::Tripped(TripCause::ConsecutiveFailures(65_535)),
            Cause::Tripped(TripCause::Failures { failures, calls, limit: 2 }),
            Cause::Tripped(TripCause::FailureRate { failures, calls, limit_ppm: 5 }),
            Cause::Tripped(TripCause::SlowCallRate { slow_calls, calls, limit_ppm: 6 }),
            Cause::Tripped(TripCause::TripWhen { failures, calls }),
            Cause::RetryAfter,
            Cause::DeadlineReached,
            Cause::ProbesSucceeded,
            Cause::ProbesFailed,
            Cause::ProbesSlow,
            Cause::LeaseExpired,
            Cause::RampCompleted,
            Cause::Manual,
            Cause::Reconfigured,
        ];
        for cause in causes {
            assert_ne!(cause.bits(), 0);
            assert_eq!(Cause::from_bits(cause.bits(), None, &policy), Some(cause));
        }
        assert_eq!(Cause::from_bits(0, None, &policy), None);
    }
}
