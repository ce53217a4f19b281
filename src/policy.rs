//! What opens a closed circuit, and how a verdict explains itself.

use core::fmt;

/// The verdict that opened the circuit, with its figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TripCause {
    /// This many failures, with no success among them.
    ConsecutiveFailures(u32),
}

impl fmt::Display for TripCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ConsecutiveFailures(1) => f.write_str("a failure"),
            Self::ConsecutiveFailures(n) => write!(f, "{n} consecutive failures"),
        }
    }
}
