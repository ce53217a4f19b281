//! Why settings were not replaced.

use core::fmt;

/// Why the settings of a breaker were not replaced. The breaker keeps its settings and its state.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, ReconfigureError, config};
///
/// let breaker = CircuitBreaker::builder().last_calls(20).failures(3).live().build()?;
/// let error = breaker.reconfigure(config!(last_calls(100), failures(3), live())).unwrap_err();
/// assert_eq!(error, ReconfigureError::TooManyCalls { given: 100, max: 24 });
/// let message = "last_calls (100) must be at most what the breaker's words hold (24)";
/// assert_eq!(error.to_string(), message);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReconfigureError {
    /// The breaker was built without [`Builder::live`](crate::Builder::live).
    NotLive,
    /// Another thread is replacing the settings at this moment.
    Busy,
    /// This setting is fixed when the breaker is built, and the new settings differ in it.
    Fixed {
        /// The setting; `within` stands also for `buckets`.
        setting: &'static str,
    },
    /// The new window is larger than the words of the breaker.
    TooManyCalls {
        /// The calls of the new window.
        given: u32,
        /// The most calls that the words hold.
        max: u32,
    },
}

impl fmt::Display for ReconfigureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (setting, rule) = match *self {
            Self::NotLive => {
                ("live", "must be set when a breaker is built, for its settings to be replaced")
            }
            Self::Busy => {
                return f.write_str("another thread is replacing the settings; try again");
            }
            Self::TooManyCalls { given, max } => {
                return write!(
                    f,
                    "last_calls ({given}) must be at most what the breaker's words hold ({max})"
                );
            }
            Self::Fixed { setting } => (setting, fixed(setting)),
        };
        write!(f, "{setting} {rule}")
    }
}

fn fixed(setting: &str) -> &'static str {
    match setting {
        "live" => "must stay set, as it was when the breaker was built",
        "slow_call_duration" | "abandoned_after" => {
            "can change while the breaker is in use, but not be added or removed"
        }
        "backoff" => {
            "can change its numbers while the breaker is in use, but not from or to a function"
        }
        "within" => "must stay as the breaker was built with, and so must buckets",
        _ => "must stay as the breaker was built with",
    }
}

impl core::error::Error for ReconfigureError {}
