//! Settings: a [`Builder`] takes them as people write them, a [`Config`] holds them as the engine reads them. Every bound is checked
//! on the way from one to the other, here and nowhere else.

mod backoff;
mod builder;
mod check;
mod probes;
mod window;

pub use backoff::Backoff;
use backoff::Delay;
pub use builder::Builder;
pub(crate) use probes::ProbeLimits;
pub use probes::{LeaseExpiry, Probes, Ramp};

use crate::error::ConfigError;
use crate::nanos::Nanos;
use crate::policy::Policy;
use crate::state::State;
use crate::state::lease::Lease;
use crate::state::ramp::RampSchedule;
use crate::window::Window;
use core::num::NonZeroU64;

/// Settings that have passed every check, in the engine's own units. From a [`Builder`], at run time with [`Builder::config`], at
/// compile time with [`config!`](crate::config!).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Zero: no such policy.
    pub(crate) consecutive_failures: u16,
    pub(crate) policy: Policy,
    pub(crate) window: Window,
    /// [`Nanos::MAX`]: slow calls are not judged.
    pub(crate) slow_limit: Nanos,
    delay: Delay,
    /// The most that chance takes off the delay, in parts per million.
    jitter: u32,
    seed: Option<NonZeroU64>,
    pub(crate) probes: ProbeLimits,
    pub(crate) lease: Option<Lease>,
    pub(crate) lease_expiry: LeaseExpiry,
    pub(crate) ramp: Option<RampSchedule>,
    pub(crate) start: State,
    pub(crate) count_panics: bool,
}

impl Config {
    /// How many words a breaker with these settings shares between threads.
    #[must_use]
    pub const fn words(&self) -> usize {
        crate::words::FIXED + self.window.words()
    }

    /// Whether a breaker with these settings can live in `given` words.
    pub(crate) const fn fits(&self, given: usize) -> Result<(), ConfigError> {
        let needed = self.words();
        if given < needed {
            return Err(ConfigError::TooFewWords { given, needed });
        }
        Ok(())
    }

    /// Whether it can live in `given` words that already hold a state.
    #[doc(hidden)]
    pub const fn fits_given(&self, given: usize) -> Result<(), ConfigError> {
        if !matches!(self.start, State::Closed) {
            return Err(ConfigError::Conflict {
                rule: "a breaker on given words must start closed: it goes on from the state they hold",
            });
        }
        self.fits(given)
    }

    /// Whether the time that a call takes matters.
    #[inline]
    pub(crate) const fn judges_slow_calls(&self) -> bool {
        self.slow_limit.as_nanos() != Nanos::MAX.as_nanos()
    }
}

impl Default for Config {
    fn default() -> Self {
        const { crate::config!() }
    }
}
