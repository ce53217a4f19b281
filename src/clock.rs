//! Clocks. The engine has none; a breaker reads one of these for it.

mod coarse;
mod manual;
mod monotonic;
#[cfg(feature = "os-coarse")]
mod os_coarse;
mod source;

pub use coarse::CoarseClock;
#[cfg(feature = "std")]
pub use coarse::Ticker;
pub use manual::ManualClock;
pub use monotonic::MonotonicClock;
#[cfg(feature = "os-coarse")]
pub use os_coarse::OsCoarseClock;
pub use source::Clock;
