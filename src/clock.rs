//! Clocks. The engine has none; a breaker reads one of these for it.

mod coarse;
mod manual;
mod monotonic;
mod source;

pub use coarse::CoarseClock;
#[cfg(feature = "std")]
pub use coarse::Ticker;
pub use manual::ManualClock;
pub use monotonic::MonotonicClock;
pub use source::Clock;
