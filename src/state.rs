//! The states of a circuit, and the modes laid over them.

use core::fmt;

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Every call is admitted and counted.
    Closed,
    /// Every call is refused until the deadline.
    Open,
    /// A limited number of probes decides whether to close or to open again.
    HalfOpen,
    /// The probes succeeded; a growing share of calls is admitted. Only with a [`Ramp`](crate::Ramp).
    Recovering,
}

impl State {
    pub(crate) const fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Closed,
            1 => Self::Open,
            2 => Self::HalfOpen,
            _ => Self::Recovering,
        }
    }

    /// Its name as a label of a metric: lower case, with underscores.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half_open",
            Self::Recovering => "recovering",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::Recovering => "recovering",
        })
    }
}

/// A layer over the state that acts on admission only. What is below goes on underneath and shows again in [`Mode::Normal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The state decides.
    #[default]
    Normal,
    /// Every call is refused.
    ForceOpen,
    /// Every call passes, and none is counted.
    ForceClosed,
    /// The state is kept as in [`Mode::Normal`], but what it would refuse passes uncounted, and the observer hears of it.
    Shadow,
}

impl Mode {
    pub(crate) const fn from_bits(bits: u64) -> Self {
        match bits {
            0 => Self::Normal,
            1 => Self::ForceOpen,
            2 => Self::ForceClosed,
            _ => Self::Shadow,
        }
    }

    /// Its name as a label of a metric: lower case, with underscores.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::ForceOpen => "force_open",
            Self::ForceClosed => "force_closed",
            Self::Shadow => "shadow",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Normal => "normal",
            Self::ForceOpen => "forced open",
            Self::ForceClosed => "forced closed",
            Self::Shadow => "shadow",
        })
    }
}
