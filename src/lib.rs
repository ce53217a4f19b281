//! A circuit breaker in a few atomic words: lock-free, allocation-free, `unsafe`-free, and at home without `std`.

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bits;
mod breaker;
mod clock;
mod config;
mod error;
mod jitter;
mod nanos;
mod observer;
mod outcome;
mod permit;
mod policy;
pub mod raw;
mod snapshot;
mod state;
mod sync;
mod words;

pub use breaker::CircuitBreaker;
#[cfg(feature = "std")]
pub use clock::Ticker;
pub use clock::{Clock, CoarseClock, ManualClock, MonotonicClock};
pub use config::{Backoff, Builder, Config, LeaseExpiry, Probes, Ramp};
pub use error::{CallError, ConfigError, Reason, Rejected};
pub use nanos::Nanos;
pub use observer::{Observer, Settlement};
pub use outcome::Outcome;
#[cfg(feature = "alloc")]
pub use permit::OwnedPermit;
pub use permit::Permit;
pub use policy::TripCause;
pub use snapshot::{ProbeCounts, Snapshot};
pub use state::{Cause, Mode, State, Transition};
