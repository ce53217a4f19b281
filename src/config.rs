//! Settings: a [`Builder`] takes them as people write them, a [`Config`] holds them as the engine reads them. Every bound is checked
//! on the way from one to the other, here and nowhere else.

mod backoff;
mod builder;
mod check;
mod probes;

pub use backoff::Backoff;
pub(crate) use backoff::OpenPeriod;
pub use builder::Builder;
pub(crate) use probes::ProbeLimits;
pub use probes::{LeaseExpiry, Probes, Ramp};

use crate::state::State;
use crate::state::lease::Lease;
use crate::state::ramp::RampSchedule;

/// Settings that have passed every check, in the engine's own units. From a [`Builder`], at run time with [`Builder::config`], at
/// compile time with [`config!`](crate::config!).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    pub(crate) consecutive_failures: u32,
    pub(crate) probes: ProbeLimits,
    pub(crate) lease: Option<Lease>,
    pub(crate) lease_expiry: LeaseExpiry,
    pub(crate) open_period: OpenPeriod,
    pub(crate) ramp: Option<RampSchedule>,
    pub(crate) start: State,
    pub(crate) count_panics: bool,
}

impl Config {
    /// How many words a breaker with these settings shares between threads.
    #[must_use]
    pub const fn words(&self) -> usize {
        crate::words::FIXED
    }
}

impl Default for Config {
    fn default() -> Self {
        const { crate::config!() }
    }
}

/// A [`Config`] whose settings are checked while the program compiles, for a `static` or a `const`. Takes the methods of
/// [`Builder`], in any order.
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, config};
///
/// static PAYMENTS: CircuitBreaker = CircuitBreaker::new(config!(
///     consecutive_failures(5),
///     open_duration(Duration::from_secs(10)),
/// ));
/// assert!(PAYMENTS.try_acquire().is_ok());
/// ```
///
/// A setting that cannot be stops the compilation:
///
/// ```compile_fail
/// let config = tripword::config!(consecutive_failures(0));
/// ```
#[macro_export]
macro_rules! config {
    ($($setting:ident($($value:expr),* $(,)?)),* $(,)?) => {
        const {
            match $crate::Builder::new()$(.$setting($($value),*))*.config() {
                ::core::result::Result::Ok(config) => config,
                ::core::result::Result::Err(error) => ::core::panic!("{}", error.rule()),
            }
        }
    };
}
