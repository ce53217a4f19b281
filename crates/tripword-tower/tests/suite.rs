//! All tests of this crate as one program, which is linked once.

#[cfg(feature = "http")]
mod backend;
mod paused;
mod support;
#[cfg(feature = "http")]
mod wire;

#[cfg(feature = "http")]
mod ends;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod judges;
mod neighbours;
mod order;
#[cfg(feature = "http")]
mod outage;
mod reserved;
mod service;
#[cfg(feature = "http")]
mod streams;
