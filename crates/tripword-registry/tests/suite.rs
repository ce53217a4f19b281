//! The tests of the registry, as one program.

mod support;

mod errors;
mod eviction;
mod handle;
mod last_failure;
mod reconfigure;
mod registry;
// TODO(merge): with `mod settings` of the crate.
// #[cfg(feature = "serde")]
// mod settings;
