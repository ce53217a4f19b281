//! Nothing: this crate runs the core's own tests on a core without `std` and, unless its feature
//! `alloc` is on, without `alloc`.
//!
//! `cargo test -p tripword --no-default-features` cannot: the core's tests depend on the core with
//! feature `serde`, which implies `std`, and Cargo builds it once for both. Together with other
//! packages Cargo may turn `std` on here, too; feature `alone` is for a command without them.
