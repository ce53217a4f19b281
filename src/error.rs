//! The answers that are not a permit: refusals, failed calls, and invalid settings.

mod call;
mod config;
mod reconfigure;
mod text;

pub use call::CallError;
pub use config::ConfigError;
pub use reconfigure::ReconfigureError;
pub use text::ConfigMessage;
#[cfg(feature = "serde")]
pub(crate) use text::Key;

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

    /// The longest wait after which a retry is worthwhile; an earlier one may succeed. `None` if nobody knows (forced open, open until moved
    /// by hand, probes without a lease).
    ///
    /// For [`Reason::ProbesBusy`] it is the rest of the probes' lease, and for [`Reason::Recovering`] the rest of the ramp: earlier calls
    /// may be admitted too.
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
