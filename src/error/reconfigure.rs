//! Why settings were not replaced.

use core::fmt;

/// Why the settings of a breaker in use were not replaced. Everything is as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReconfigureError {
    /// The breaker was built without [`Builder::live`](crate::Builder::live).
    NotLive,
    /// Another thread is replacing them at this moment.
    Busy,
    /// This setting is fixed when the breaker is built, and the new settings differ in it.
    Fixed {
        /// The setting.
        setting: &'static str,
    },
}

impl fmt::Display for ReconfigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLive => {
                f.write_str("the breaker must be built with live() for its settings to be replaced")
            }
            Self::Busy => f.write_str("another thread is replacing the settings; try again"),
            Self::Fixed { setting } => {
                write!(
                    f,
                    "{setting} must be as the breaker was built with; it is fixed for its life"
                )
            }
        }
    }
}

impl core::error::Error for ReconfigureError {}
