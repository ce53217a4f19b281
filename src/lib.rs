//! A circuit breaker in a few atomic words: lock-free, allocation-free, free of `unsafe`, and
//! usable without `std`.
//!
//! ```
//! use std::time::Duration;
//! use tripword::{CallError, breaker};
//!
//! breaker! {
//!     static SEARCH = consecutive_failures(5), open_duration(Duration::from_secs(10));
//! }
//!
//! fn search(words: &str) -> Result<usize, CallError<std::num::ParseIntError>> {
//!     SEARCH.call(|| words.parse())
//! }
//! assert_eq!(search("42"), Ok(42));
//! ```
//!
//! - [`CircuitBreaker`] guards calls: [`call`](CircuitBreaker::call),
//!   [`call_async`](CircuitBreaker::call_async), or [`try_acquire`](CircuitBreaker::try_acquire)
//!   for a [`Permit`] to settle later; [`wrap`](CircuitBreaker::wrap) decorates a function.
//! - [`Builder`] takes settings at run time, [`breaker!`] and [`config!`] at compile time.
//! - [`Clock`]s provide the time, [`Observer`]s are notified of what happens, a [`Snapshot`]
//!   explains the state.
//! - [`docs::guide`] leads from the first breaker to a tuned one, [`docs::service`] from one
//!   guarded client to a whole service; [`docs::migration`] has the settings of other libraries.
//! - [`raw`] is the engine alone, for embedding; [`docs::design`] explains how it works,
//!   [`docs::proof`] why it is correct, [`docs::consistency`] what you may rely on,
//!   [`docs::limits`] where its ranges end.
//!
//! # Crates
//!
//! | crate | what it adds |
//! |---|---|
//! | `tripword-tower` | a tower layer and service; HTTP and gRPC; a breaker for each host |
//! | `tripword-tonic` | tonic channels behind a breaker; refusals as `UNAVAILABLE` |
//! | `tripword-reqwest` | a reqwest client behind a breaker, bodies included |
//! | `tripword-registry` | breakers by name, also all from one settings file |
//! | `tripword-metrics` | states, transitions and refusals through the `metrics` crate |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `std` | yes | [`MonotonicClock`], `Ticker`; a panic that drops a permit is a failure |
//! | `quanta` | yes | [`MonotonicClock`] reads the time-stamp counter where that is sound |
//! | `os-coarse` | no | `OsCoarseClock`: the system's coarse clock, read in half the time |
//! | `alloc` | by `std` | windows at run time; `OwnedPermit`; clocks and observers in a box |
//! | `portable-atomic` | no | 64-bit atomics on targets that have none |
//! | `serde` | no | settings from files and to them; [`Snapshot`] as a document |
//! | `tracing` | no | `tracing`: an observer that reports transitions as events |
//! | `loom`, `shuttle` | no | unstable: for the models, with a `--cfg` of the same name |
//!
//! `std` implies `alloc`; `quanta`, `os-coarse` and `serde` imply `std`, and `tracing` implies
//! `alloc`. Without `std` the crate is `no_std`, and without `alloc` it needs no allocator.

#![no_std]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod bits;
mod breaker;
mod classify;
mod clock;
mod config;
mod counts;
mod engine;
mod error;
mod fallback;
mod handle;
mod jitter;
mod judged;
mod macros;
mod nanos;
mod observer;
mod outcome;
mod permit;
mod policy;
mod rules;
mod snapshot;
mod state;
mod sync;
#[cfg(feature = "tracing")]
pub mod tracing;
mod transition;
mod window;
mod word;
mod wrap;

pub use breaker::CircuitBreaker;
pub use classify::{Classify, ErrorsAsFailures};
#[cfg(feature = "os-coarse")]
pub use clock::OsCoarseClock;
#[cfg(feature = "std")]
pub use clock::Ticker;
pub use clock::{Clock, CoarseClock, ManualClock, MonotonicClock};
pub use config::{Backoff, Builder, Config, LeaseExpiry, Probes, Ramp};
pub use counts::Counts;
pub use error::{CallError, ConfigError, ConfigMessage, Reason, ReconfigureError, Rejected};
pub use fallback::OrElse;
pub use handle::Handle;
pub use judged::Judged;
pub use nanos::Nanos;
pub use observer::Observer;
pub use outcome::{Outcome, Settlement};
#[cfg(feature = "alloc")]
pub use permit::OwnedPermit;
pub use permit::{Entered, Held, Permit};
pub use policy::TripCause;
pub use snapshot::{ProbeCounts, Snapshot};
pub use state::{Mode, State};
pub use transition::{Cause, Transition};
pub use wrap::Wrapped;

pub mod raw {
    //! The engine, for embedding: a breaker without a clock, an observer or a guard.
    //!
    //! [`Engine`] borrows its [`Word`]s and its [`Config`](crate::Config) from wherever they live,
    //! takes the time as a function, and returns each transition to the caller that made it.
    //!
    //! - Each [`Admission`] must be settled once. It is plain data (`Copy`): settling it twice
    //!   counts the call twice, or frees the slot of another probe. Never settling it holds the
    //!   slot of a probe until its lease expires, and without a lease permanently; of any other
    //!   call it only leaves the outcome uncounted.
    //! - Nothing here panics, whatever the words hold, unless one of your own functions does: the
    //!   clock, `trip_when` or `Backoff::by_streak`.
    //! - To use words under other settings, zero them while no engine is on them
    //!   (`words.fill_with(Word::new)`), or have [`Engine::adopt`] refuse those that do not fit.
    //!   Words in a `static` cannot be zeroed; give each set of settings words of its own.

    pub use crate::engine::Engine;
    pub use crate::rules::admission::Admission;
    pub use crate::rules::admit::Decision;
    pub use crate::sync::Word;
    #[cfg(all(
        feature = "std",
        any(all(loom, feature = "loom"), all(shuttle, feature = "shuttle"))
    ))]
    #[doc(hidden)]
    pub use crate::window::time::thread::number_thread;
    pub use crate::word::WORD_FORMAT;
}

#[cfg(feature = "serde")]
pub mod file {
    //! Settings in documents of your own, beside other things or for several breakers. For a
    //! document that holds the settings of one breaker, read a [`Builder`](crate::Builder) or a
    //! [`Config`](crate::Config).

    pub use crate::config::{Overlay, Profile, error_at, read};
}

pub mod docs {
    //! Pages: use, services, migration, design, correctness, consistency and limits.
    // Their samples are tested by the member `docs`, since some of them need the other crates.

    pub mod guide {
        #![cfg_attr(not(doctest), doc = include_str!("docs/guide.md"))]
    }

    pub mod service {
        #![cfg_attr(not(doctest), doc = include_str!("docs/service.md"))]
    }

    pub mod migration {
        #![cfg_attr(not(doctest), doc = include_str!("docs/migration.md"))]
    }

    pub mod design {
        #![cfg_attr(not(doctest), doc = include_str!("docs/design.md"))]
    }

    pub mod proof {
        #![cfg_attr(not(doctest), doc = include_str!("docs/proof.md"))]
    }

    pub mod limits {
        #![cfg_attr(not(doctest), doc = include_str!("docs/limits.md"))]
    }

    pub mod consistency {
        #![cfg_attr(not(doctest), doc = include_str!("docs/consistency.md"))]
    }
}
