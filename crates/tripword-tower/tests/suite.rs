//! All tests of this crate as one program, which is linked once.

#[cfg(feature = "http")]
mod backend;
mod paused;
mod support;

#[cfg(all(feature = "http", feature = "registry"))]
mod authority;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "registry")]
mod keyed;
mod neighbours;
mod order;
#[cfg(feature = "http")]
mod outage;
mod reserved;
mod service;
mod unready;
