//! The tests of what is published, as one program.

// The exporter takes 64-bit atomics for granted.
#[cfg(target_has_atomic = "64")]
mod published;
