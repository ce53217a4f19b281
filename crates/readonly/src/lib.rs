//! Nothing: see `tests/healthy.rs`.
