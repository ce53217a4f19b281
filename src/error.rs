//! The answers that are not a permit: refusals, failed calls, and settings that cannot be.

mod config;
mod reconfigure;

pub use config::ConfigError;
pub use reconfigure::ReconfigureError;

use crate::nanos::{Nanos, Wait};
use core::fmt;
use core::time::Duration;

/// Why a call was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The circuit is open.
    Open,
    /// The circuit is half-open and as many probes are out as may be.
    ProbesBusy,
    /// The circuit is recovering, and this call is not in the share that is admitted.
    Recovering,
    /// The circuit is held open by [`Mode::ForceOpen`](crate::Mode::ForceOpen).
    ForcedOpen,
}

impl Reason {
    /// Its name as a label of a metric: lower case, with underscores.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::ProbesBusy => "probes_busy",
            Self::Recovering => "recovering",
            Self::ForcedOpen => "forced_open",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Open => "open",
            Self::ProbesBusy => "half-open, all probes are out",
            Self::Recovering => "recovering, call not in its share",
            Self::ForcedOpen => "forced open",
        })
    }
}

/// A refusal: why, and for how long.
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock, Nanos};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder().build_with(&clock)?;
/// breaker.trip_for(Duration::from_millis(8_200));
/// let rejected = breaker.try_acquire().unwrap_err();
/// assert_eq!(rejected.retry_after(), Some(Duration::from_millis(8_200)));
/// assert_eq!(rejected.to_string(), "circuit open, retry in 8.2 s");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rejected {
    /// `Nanos::MAX`: no time is known.
    retry_after: Nanos,
    reason: Reason,
    shadowed: bool,
}

impl Rejected {
    pub(crate) const fn new(reason: Reason, retry_after: Option<Duration>) -> Self {
        Self {
            retry_after: match retry_after {
                Some(wait) => Nanos::from_duration(wait),
                None => Nanos::MAX,
            },
            reason,
            shadowed: false,
        }
    }

    /// The refusal of a circuit that is open for `left`.
    #[inline]
    pub(crate) const fn open(left: Nanos) -> Self {
        Self {
            retry_after: left,
            reason: Reason::Open,
            shadowed: false,
        }
    }

    pub(crate) const fn shadowed(self) -> Self {
        Self {
            shadowed: true,
            ..self
        }
    }

    /// Why the call was refused.
    #[must_use]
    pub const fn reason(self) -> Reason {
        self.reason
    }

    /// How long to wait at the most before calling again makes sense; `None` if nobody knows (forced open, open until closed by hand, probes without a
    /// lease).
    ///
    /// For [`Reason::ProbesBusy`] it is the rest of the probes' lease, the longest that the wait can be, and for
    /// [`Reason::Recovering`] the rest of the ramp: earlier calls may be admitted too.
    #[must_use]
    pub const fn retry_after(self) -> Option<Duration> {
        match self.retry_after {
            Nanos::MAX => None,
            wait => Some(wait.as_duration()),
        }
    }

    /// Whether the call passed all the same, because the breaker is in [`Mode::Shadow`](crate::Mode::Shadow). Only observers meet
    /// such a refusal.
    #[must_use]
    pub const fn is_shadowed(self) -> bool {
        self.shadowed
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit {}", WhatItIs(*self))
    }
}

/// What a refusal says of the circuit, however that is called.
pub(crate) struct WhatItIs(pub(crate) Rejected);

impl fmt::Display for WhatItIs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.reason.fmt(f)?;
        let retry = match self.0.reason {
            Reason::Open => "retry in",
            Reason::ProbesBusy => "retry within",
            Reason::Recovering => "all admitted in",
            Reason::ForcedOpen => return Ok(()),
        };
        match self.0.retry_after() {
            Some(wait) => write!(f, ", {retry} {}", Wait(wait)),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejected")
            .field("reason", &self.reason)
            .field("retry_after", &self.retry_after())
            .field("shadowed", &self.shadowed)
            .finish()
    }
}

impl core::error::Error for Rejected {}

/// Why a guarded call has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError<E> {
    /// The breaker refused; the function was not called.
    Rejected(Rejected),
    /// The function was called and this is its error.
    Inner(E),
}

impl<E> CallError<E> {
    /// The refusal, if it is one.
    #[must_use]
    pub fn rejected(&self) -> Option<Rejected> {
        match self {
            Self::Rejected(rejected) => Some(*rejected),
            Self::Inner(_) => None,
        }
    }

    /// The function's own error, if it was called.
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }
}

#[cfg(feature = "alloc")]
impl<E: Into<Boxed>> CallError<E> {
    /// One box for both: a [`Rejected`], or the function's own error as it is. For those who keep every error in a box, and
    /// tell them apart by `downcast_ref`.
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Rejected};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let error = breaker.call(|| "42".parse::<u32>()).map_err(CallError::into_boxed).unwrap_err();
    /// assert!(error.is::<Rejected>());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> Boxed {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Inner(error) => error.into(),
        }
    }
}

/// As tower, and most who box errors, have it.
#[cfg(feature = "alloc")]
type Boxed = alloc::boxed::Box<dyn core::error::Error + Send + Sync>;

impl<E> From<Rejected> for CallError<E> {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl<E: fmt::Display> fmt::Display for CallError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for CallError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Rejected(_) => None,
            // The message is the error's own, so what lies behind is its source.
            Self::Inner(error) => error.source(),
        }
    }
}
