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
//! - [`docs::guide`] goes from the first breaker to tuning; [`docs::migration`] is for those who know another library.
//! - [`raw`] is the engine alone, for embedding; [`docs::design`] says how it works, [`docs::proof`] why it is right,
//!   [`docs::consistency`] what you may rely on.
//!
//! # Features
//!
//! | feature | default | what it gives |
//! |---|---|---|
//! | `std` | yes | [`MonotonicClock`], `Ticker`; permits dropped by a panic count as failures; implies `alloc` |
//! | `quanta` | yes | [`MonotonicClock`] reads the time-stamp counter where that is sound; implies `std` |
//! | `alloc` | by `std` | windows of breakers that are built at run time; `OwnedPermit`; clocks and observers in an `Arc` or a `Box` |
//! | `portable-atomic` | no | 64-bit atomics on targets that have none |
//! | `serde` | no | [`Builder`] and [`Config`] from a file, [`Builder`] to one; [`Snapshot`] as a document |
//! | `tower` | no | `tower`: a layer and service |
//! | `http` | no | HTTP and gRPC responses judged by their status, for the layer; implies `tower` |
//! | `registry` | no | `registry`: breakers by name; with `serde`, from one file |
//! | `metrics` | no | `metrics`: an observer that publishes states, moves and refusals |
//! | `tracing` | no | `tracing`: an observer that tells transitions as events |
//! | `loom`, `shuttle` | no | unstable: for the models, with `--cfg loom` or `--cfg shuttle` |
//!
//! `serde`, `tower`, `registry` and `metrics` need `std`; `tracing` needs `alloc`. Without `std` the crate is `no_std`, and without `alloc`
//! it needs no allocator.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

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
pub use error::{CallError, ConfigError, ConfigMessage, Reason, ReconfigureError, Rejected};
pub use nanos::Nanos;
pub use observer::{Observer, Settlement};
pub use outcome::{Finding, Outcome};
#[cfg(feature = "alloc")]
pub use permit::OwnedPermit;
pub use permit::Permit;
pub use policy::TripCause;
pub use snapshot::{ProbeCounts, Snapshot};
pub use state::{Cause, Mode, State, Transition};
pub use wrap::{WithFallback, Wrapped, WrappedAsync};

#[cfg(feature = "serde")]
pub mod file {
    //! Settings in documents of your own, beside other things or for several breakers. For a document that holds the settings of
    //! one breaker, read a [`Builder`](crate::Builder) or a [`Config`](crate::Config).

    pub use crate::config::{Overlay, read};
}

pub mod docs {
    //! Pages: a guide, settings of other libraries, how it works, why it is right, and what it promises.

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

// With the feature `registry`, since one of its samples needs it, and a hidden line around that would show wherever else it is read.
#[cfg(all(doctest, feature = "registry"))]
#[doc = include_str!("../README.md")]
struct Readme;
