//! The tests of the core, in one program: built one by one, each file would link the crate again.
//! `threads.rs` is a program of its own, since it wants every processor to itself.

#[cfg(feature = "std")]
mod cases;
#[cfg(feature = "std")]
mod history;
mod support;

mod building;
mod call_error;
mod cancellation;
mod config_errors;
mod engine;
mod events;
mod faults;
mod handles;
mod histories;
mod judged;
mod linearizable;
mod macros;
mod model;
mod model_windows;
mod os_coarse;
mod panics;
mod peers;
mod permits;
mod reconfigure;
mod rejection;
mod serde;
mod serde_snapshot;
mod shape;
mod states;
mod time;
mod tracing;
mod values;
mod windows;
mod words;
mod wrap;
mod wraps;
