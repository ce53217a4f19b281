//! All tests of this crate as one program, which is linked once.

mod support;

mod bodiless;
mod calls;
mod errors;
mod hosts;
#[cfg(feature = "middleware")]
mod middleware;
mod refusals;
