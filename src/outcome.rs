//! What a call can come to.

use core::time::Duration;

/// What a call came to, as the breaker judges it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The dependency did its part.
    Success,
    /// The dependency failed its part. Enough of these open the circuit.
    Failure,
    /// The call says nothing about the dependency (a caller's mistake, a cancelled request): it counts nowhere, and a probe gives its
    /// slot back.
    Ignored,
}

impl Outcome {
    /// How a `Result` is judged when nobody says otherwise: `Ok` is a success, `Err` a failure.
    pub fn of<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(_) => Self::Failure,
        }
    }
}

/// What is found of a call: its outcome, or that the dependency named a time to stay away. An [`Outcome`] is one by `into()`, so that a
/// function which judges calls may return either.
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, Finding, Outcome, State};
///
/// /// A status, and the seconds of a `Retry-After`.
/// type Response = (u16, Option<u64>);
///
/// fn judge(result: &Result<Response, std::io::Error>) -> Finding {
///     match result {
///         // A stranger's word: at most a minute.
///         Ok((429 | 503, Some(seconds))) => Finding::FailureFor(Duration::from_secs(*seconds.min(&60))),
///         Ok((500.., _)) | Err(_) => Outcome::Failure.into(),
///         Ok(_) => Outcome::Success.into(),
///     }
/// }
///
/// let breaker = CircuitBreaker::builder().build()?;
/// let _ = breaker.call_with(judge, || Ok((503, Some(7))));
/// assert_eq!(breaker.state(), State::Open);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Finding {
    /// What the call came to.
    Outcome(Outcome),
    /// A failure that names the time to stay away, such as a `Retry-After`: opens the circuit at once, for so long, without jitter. Zero is
    /// legal; 17 years or more are for ever, until it is moved by hand.
    FailureFor(Duration),
}

impl Finding {
    /// What the call came to: a failure, if a time was named.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Outcome(outcome) => outcome,
            Self::FailureFor(_) => Outcome::Failure,
        }
    }

    /// What a window keeps of it.
    pub(crate) fn as_call(self, slow: bool) -> Call {
        let failed = self != Self::Outcome(Outcome::Success);
        Call { failed, slow }
    }
}

impl From<Outcome> for Finding {
    #[inline]
    fn from(outcome: Outcome) -> Self {
        Self::Outcome(outcome)
    }
}

impl PartialEq<Outcome> for Finding {
    fn eq(&self, outcome: &Outcome) -> bool {
        *self == Self::Outcome(*outcome)
    }
}

/// A call that counts, as the windows keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl Call {
    pub(crate) const GOOD: Self = Self {
        failed: false,
        slow: false,
    };

    pub(crate) const fn is_adverse(self) -> bool {
        self.failed || self.slow
    }
}
