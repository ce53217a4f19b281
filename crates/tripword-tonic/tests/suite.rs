//! All tests of this crate as one program, which is linked once.

mod support;

mod calls;
mod refusals;
