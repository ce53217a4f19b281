//! Settings that cannot be, and what would be right.

use crate::nanos::Wait;
use core::fmt;
use core::time::Duration;

/// A setting that cannot be: the rule that it breaks, and what it was.
///
/// ```
/// use tripword::CircuitBreaker;
///
/// let error = CircuitBreaker::builder().consecutive_failures(0).build().unwrap_err();
/// assert_eq!(error.to_string(), "consecutive_failures must be from 1 to 65535, not 0");
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A number outside its range.
    Number {
        /// What would be right.
        rule: &'static str,
        /// What it was.
        given: u64,
    },
    /// A rate, share or factor outside its range, or not a number.
    Fraction {
        /// What would be right.
        rule: &'static str,
        /// What it was.
        given: f64,
    },
    /// A duration outside its range: too short, too long, or not a whole number of what it is counted in.
    Duration {
        /// What would be right.
        rule: &'static str,
        /// What it was.
        given: Duration,
    },
    /// A backoff that is still short of its cap after 15 steps, the most that the breaker counts.
    CapOutOfReach {
        /// The open duration after 15 steps.
        reached: Duration,
        /// The cap.
        cap: Duration,
    },
    /// Settings that do not go together, or one that lacks another.
    Conflict {
        /// What would be right.
        rule: &'static str,
    },
    /// Too few words for the settings.
    TooFewWords {
        /// How many were given.
        given: usize,
        /// How many are needed.
        needed: usize,
    },
}

impl ConfigError {
    /// The rule that is broken, without figures: what a `const` context can say, where nothing can be formatted.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        match self {
            Self::Number { rule, .. }
            | Self::Fraction { rule, .. }
            | Self::Duration { rule, .. }
            | Self::Conflict { rule } => rule,
            Self::CapOutOfReach { .. } => "backoff must reach its cap in 15 steps",
            Self::TooFewWords { .. } => "the words given must be as many as Config::words says",
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.rule())?;
        match *self {
            Self::Number { given, .. } => write!(f, ", not {given}"),
            Self::Fraction { given, .. } => write!(f, ", not {given}"),
            Self::Duration { given, .. } => write!(f, ", not {}", Wait(given)),
            Self::CapOutOfReach { reached, cap } => {
                write!(f, ": it reaches {} of {}", Wait(reached), Wait(cap))
            }
            Self::Conflict { .. } => Ok(()),
            Self::TooFewWords { given, needed } => write!(f, ": {needed}, not {given}"),
        }
    }
}

impl core::error::Error for ConfigError {}
