//! The breaker in plain lines, which the real one is compared with: no atomics, no packing, numbers
//! that never wrap. It says what the public documentation of `tripword` says, one thing at a time,
//! and takes only public types from it.
//!
//! - [`Settings`] are what a user chooses, and build the same real breaker.
//! - [`Oracle`] is the machine: admission, settlement, manual moves, and what can be read.
//! - [`Policy`] is what opens a closed circuit, and [`Log`] the calls that it judges.
//!
//! # Times
//!
//! Moments are nanoseconds of the breaker's clock. The engine rounds three times, which users can
//! observe, and the oracle predicts each to the nanosecond: the end of an open period up to a
//! millisecond, the start of a probe lease up to 1/64 of it in whole milliseconds, and the start of
//! a ramp up to 1/1024 of it. [`Settings`] turn jitter off.
//!
//! What the engine keeps in few bits wraps there and does not wrap here: generations, deadlines,
//! leases, ramps, buckets, counts. A comparison must stay within the range of those bits, as that
//! of `tests/cases` does; `tests/wraps.rs` is about what lies beyond.

#![allow(missing_docs, reason = "not published")]

mod breaker;
mod policy;
mod settings;
mod window;

pub use breaker::{Circuit, Event, Oracle, Permit, Probing, Refusal};
pub use policy::{Own, Policy, Rate};
pub use settings::{
    FOREVER, LEASE_UNITS, LONGEST_LEASE, LONGEST_OPEN, Lease, MILLI, OpenFor, Probes, RAMP_UNITS,
    Ramp, Settings, Window, by_streak,
};
pub use window::{Call, Log};
