//! All tests of this crate as one program, which is linked once.

#[cfg(feature = "http")]
mod backend;
mod paused;
mod support;
#[cfg(feature = "http")]
mod wire;

#[cfg(all(feature = "http", feature = "registry"))]
mod authority;
#[cfg(feature = "http")]
mod bodiless;
#[cfg(feature = "http")]
mod ends;
#[cfg(all(feature = "http", feature = "registry"))]
mod ends_by_host;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "http")]
mod judges;
#[cfg(feature = "registry")]
mod keyed;
mod neighbours;
mod nested;
mod order;
#[cfg(feature = "http")]
mod outage;
mod reserved;
#[cfg(feature = "retry")]
mod retry;
mod service;
#[cfg(feature = "http")]
mod streams;
#[cfg(feature = "http")]
mod unavailable;
mod unready;
