//! The states of a circuit, and the modes that override them.

use core::fmt;

/// The state of a circuit.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, State};
///
/// let breaker = CircuitBreaker::default();
/// assert_eq!(breaker.state(), State::Closed);
/// breaker.half_open();
/// assert_eq!(breaker.state().to_string(), "half-open");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Every call is admitted and counted.
    Closed,
    /// Every call is refused until the deadline.
    Open,
    /// A few calls are admitted as probes, which decide whether to close or to open again.
    HalfOpen,
    /// The probes succeeded, and a growing share of calls is admitted. Only with a
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

    /// Returns the name in files, logs and labels of metrics: lower case, with hyphens.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    ///
    /// assert_eq!(State::HalfOpen.label(), "half-open");
    /// ```
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

/// The mode, which overrides the state for admission only. The state below continues, and decides
/// again in [`Mode::Normal`].
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Mode, Reason, State};
///
/// let breaker = CircuitBreaker::default();
/// breaker.set_mode(Mode::ForceOpen);
/// assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::ForcedOpen);
/// assert_eq!(breaker.state(), State::Closed);
/// breaker.set_mode(Mode::Normal);
/// assert!(breaker.try_acquire().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The state decides.
    #[default]
    Normal,
    /// Every call is refused.
    ForceOpen,
    /// Every call is admitted, and none counts.
    ForceClosed,
    /// The state moves as in [`Mode::Normal`], but a call that it would refuse is admitted without
    /// being counted, and is reported to the observer.
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

    /// Returns the name in files, logs and labels of metrics: lower case, with hyphens.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Mode;
    ///
    /// assert_eq!(Mode::ForceOpen.label(), "force-open");
    /// ```
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
