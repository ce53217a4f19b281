//! Settings: a [`Builder`] takes them as people write them, and a [`Config`] holds them as the
//! engine reads them. Every range is checked on the way from one to the other, here and nowhere
//! else.

mod backoff;
mod builder;
mod check;
mod probes;
#[cfg(feature = "serde")]
mod serde;
mod settings;
pub(crate) mod shape;
mod shown;
#[cfg(feature = "std")]
mod stripes;
mod switches;
mod window;

pub use backoff::Backoff;
pub use builder::Builder;
pub(crate) use probes::ProbeLimits;
pub use probes::{LeaseExpiry, Probes, Ramp};
#[cfg(feature = "serde")]
pub use serde::{Overlay, Profile, error_at, read};
pub use settings::Config;
pub(crate) use settings::{FIXED_WORDS, LIVE_BUFFER};
