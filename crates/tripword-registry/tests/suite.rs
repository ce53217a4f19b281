//! The tests of the registry, as one program.

mod support;

mod errors;
mod eviction;
mod handle;
mod last_failure;
mod panics;
mod reconfigure;
mod registry;
mod room;
#[cfg(feature = "serde")]
mod settings;
