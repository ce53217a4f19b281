//! The tests of the registry, as one program.

mod support;

mod errors;
mod eviction;
mod handle;
mod last_failure;
mod reconfigure;
mod registry;
#[cfg(feature = "serde")]
mod settings;
