//! A circuit breaker in a few atomic words: lock-free, allocation-free, `unsafe`-free, and at home without `std`.
//!
//! ```
//! use std::time::Duration;
//! use tripword::{CallError, CircuitBreaker, breaker};
//!
//! static SEARCH: CircuitBreaker = breaker!(
//!     consecutive_failures(5),
//!     open_duration(Duration::from_secs(10)),
//! );
//!
//! fn search(words: &str) -> Result<usize, CallError<std::num::ParseIntError>> {
//!     SEARCH.call(|| words.parse())
//! }
//! assert_eq!(search("42"), Ok(42));
//! ```
//!
//! - [`CircuitBreaker`] guards calls: [`call`](CircuitBreaker::call), [`call_async`](CircuitBreaker::call_async), or
//!   [`try_acquire`](CircuitBreaker::try_acquire) for a [`Permit`] to settle by hand.
//! - [`Builder`] takes settings at run time, [`breaker!`] and [`config!`] at compile time.
//! - [`Clock`]s bring the time; [`Observer`]s hear what happens; a [`Snapshot`] explains it.
//! - [`docs::guide`] goes from the first breaker to tuning; [`docs::migration`] comes from other libraries.
//! - [`raw`] is the engine alone, for embedding; [`docs::design`] says how it works, [`docs::proof`] why it is right,
//!   [`docs::consistency`] what you may rely on.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bits;
mod breaker;
mod clock;
mod config;
mod counts;
mod error;
mod jitter;
mod live;
mod machine;
mod macros;
#[cfg(feature = "metrics")]
pub mod metrics;
mod nanos;
mod observer;
mod outcome;
mod permit;
mod policy;
pub mod raw;
#[cfg(feature = "registry")]
pub mod registry;
mod snapshot;
mod state;
mod sync;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
mod window;
mod words;
mod wrap;

pub use breaker::CircuitBreaker;
#[cfg(feature = "std")]
pub use clock::Ticker;
pub use clock::{Clock, CoarseClock, ManualClock, MonotonicClock};
pub use config::{Backoff, Builder, Config, LeaseExpiry, Probes, Ramp};
pub use counts::Counts;
pub use error::{CallError, ConfigError, Reason, ReconfigureError, Rejected};
pub use nanos::Nanos;
pub use observer::{Observer, Settlement};
pub use outcome::Outcome;
#[cfg(feature = "alloc")]
pub use permit::OwnedPermit;
pub use permit::Permit;
pub use policy::TripCause;
pub use snapshot::{ProbeCounts, Snapshot};
pub use state::{Cause, Mode, State, Transition};
pub use wrap::{WithFallback, Wrapped, WrappedAsync};

pub mod docs {
    //! Pages: how it works, and what it promises.

    pub mod guide {
        #![doc = include_str!("docs/guide.md")]
    }

    pub mod migration {
        #![doc = include_str!("docs/migration.md")]
    }

    pub mod design {
        #![doc = include_str!("docs/design.md")]
    }

    pub mod proof {
        #![doc = include_str!("docs/proof.md")]
    }

    pub mod consistency {
        #![doc = include_str!("docs/consistency.md")]
    }
}

#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("../README.md")]
struct Readme;
