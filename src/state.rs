//! The states of a circuit, the modes laid over them, and what is said of a move from one state to
//! the next.

mod cause;
pub(crate) mod cell;
pub(crate) mod control;
pub(crate) mod deadline;
pub(crate) mod lease;
pub(crate) mod note;
pub(crate) mod ramp;

use crate::nanos::Nanos;
use core::fmt;
use core::time::Duration;

pub use cause::Cause;
use control::Control;

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Every call is admitted and counted.
    Closed,
    /// Every call is refused until the deadline.
    Open,
    /// A limited number of probes decides whether to close or to open again.
    HalfOpen,
    /// The probes succeeded; a growing share of calls is admitted. Only with a
    /// [`Ramp`](crate::Ramp).
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

    /// Returns its name in files, logs and labels of metrics: `closed`, `open`, `half-open` or
    /// `recovering`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::HalfOpen => "half-open",
            Self::Recovering => "recovering",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// A layer over the state that acts on admission only. What is below goes on underneath and shows
/// again in [`Mode::Normal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The state decides.
    #[default]
    Normal,
    /// Every call is refused.
    ForceOpen,
    /// Every call passes, and none is counted.
    ForceClosed,
    /// The state is kept as in [`Mode::Normal`], but what it would refuse passes uncounted, and the
    /// observer hears of it.
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

    /// Returns its name in files, logs and labels of metrics: `normal`, `force-open`,
    /// `force-closed` or `shadow`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::ForceOpen => "force-open",
            Self::ForceClosed => "force-closed",
            Self::Shadow => "shadow",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// One move of the circuit, told once, by the caller whose compare-and-swap made it.
///
/// Threads may tell their moves in any order; `generation`, then `to`, puts them in the order in
/// which they happened (it wraps at 65,536).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Transition {
    /// The state that was left, as it was entered: an open circuit whose deadline has passed, or a
    /// ramp that is over, is still that here.
    pub from: State,
    /// The state that was entered. The same as `from` when half-open begins again: a probe's lease
    /// ran out, or the settings of probes were replaced.
    pub to: State,
    /// The generation that begins; only Recovering to Closed goes on in its own.
    pub generation: u16,
    /// When, by the breaker's clock.
    pub at: Nanos,
    /// Why.
    pub cause: Cause,
    /// How long the circuit stays open from `at` on; `None` if it did not open, or only a hand
    /// closes it.
    pub retry_after: Option<Duration>,
}

impl Transition {
    pub(crate) fn new(from: Control, to: Control, cause: Cause, at: Nanos) -> Self {
        Self {
            from: from.state(),
            to: to.state(),
            generation: to.generation(),
            at,
            cause,
            retry_after: match to.state() {
                State::Open => to.deadline().remaining(at),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Transition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}: {}", self.from, self.to, self.cause)
    }
}
