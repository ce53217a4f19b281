//! The tests of the core, in one program: built one by one, each file would link the crate again.
//! `threads.rs` is a program of its own, since it wants every processor to itself.

mod support;

mod building;
mod call_error;
mod cancellation;
mod config_errors;
mod engine;
mod events;
mod faults;
mod handles;
mod macros;
mod panics;
mod peers;
mod permits;
mod reconfigure;
mod rejection;
mod shape;
mod states;
mod time;
mod tracing;
mod values;
mod windows;
mod wrap;

// For the merge: `serde` and `serde_snapshot` are rewritten elsewhere and belong here; `history`,
// `histories`, `linearizable`, `model`, `model_windows` and `oracle` move to a crate of their own.
