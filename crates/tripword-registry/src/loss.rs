//! What a registry loses.

use std::fmt;
use tripword::State;

/// Why a breaker protects no longer, though it had something to remember; see
/// [`RegistryBuilder::on_loss`](crate::RegistryBuilder::on_loss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Loss {
    /// It was evicted in this state to make room under the cap.
    Evicted(State),
    /// It was evicted in this state since it was not used for
    /// [`expire_after`](crate::RegistryBuilder::expire_after).
    Expired(State),
    /// It was handed out without being listed, since the cap is reached and none of the breakers
    /// that were examined may go. The next look-up of the name makes another one.
    Unlisted,
    /// It was handed out without being listed, since its name has so many bytes
    /// ([`text_names`](crate::RegistryBuilder::text_names)). Each look-up of the name makes another
    /// one.
    InvalidName {
        /// The length of the name.
        bytes: usize,
    },
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Evicted(state) => write!(f, "evicted to make room while {state}"),
            Self::Expired(state) => write!(f, "evicted while {state}, unused for too long"),
            Self::Unlisted => f.write_str("not listed, the cap is reached"),
            Self::InvalidName { bytes } => {
                write!(f, "not listed, a name must have 1 to 128 bytes, not {bytes}")
            }
        }
    }
}
