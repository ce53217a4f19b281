//! The outcome of a call, and what settling it did.

use core::time::Duration;

/// The outcome of a call, as the breaker judges it.
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, Outcome, State};
///
/// /// A status, and the seconds of a `Retry-After`.
/// type Response = (u16, Option<u64>);
///
/// fn judge(result: &Result<Response, std::io::Error>) -> Outcome {
///     match result {
///         // The server chooses this number: allow a minute at most.
///         Ok((429 | 503, Some(seconds))) => {
///             Outcome::RetryAfter(Duration::from_secs(*seconds.min(&60)))
///         }
///         Ok((500.., _)) | Err(_) => Outcome::Failure,
///         Ok(_) => Outcome::Success,
///     }
/// }
///
/// let breaker = CircuitBreaker::builder().build()?;
/// let _ = breaker.call_with(judge, || Ok((503, Some(7))));
/// assert_eq!(breaker.state(), State::Open);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// The dependency did its part.
    Success,
    /// The dependency failed. Enough failures open the circuit.
    Failure,
    /// The dependency failed and named the time to stay away, such as a `Retry-After`: the circuit
    /// opens at once, for that long and up to the share of [`jitter`](crate::Builder::jitter)
    /// longer, so that not all that were given the same time come back together, and at most for
    /// [`longest_open`](crate::Builder::longest_open). Zero is legal.
    RetryAfter(Duration),
    /// The call says nothing about the dependency (a caller's mistake, a cancelled request): it
    /// does not count, and a probe gives its slot back.
    Ignored,
}

impl Outcome {
    /// Judges a `Result`: `Ok` is a success, `Err` a failure. The default classifier.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Outcome;
    ///
    /// assert_eq!(Outcome::of(&"42".parse::<u32>()), Outcome::Success);
    /// assert_eq!(Outcome::of(&"x".parse::<u32>()), Outcome::Failure);
    /// ```
    pub const fn of<T, E>(result: &Result<T, E>) -> Self {
        match result {
            Ok(_) => Self::Success,
            Err(_) => Self::Failure,
        }
    }

    /// Returns whether the dependency failed, with or without a time to stay away.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::Outcome;
    ///
    /// assert!(Outcome::RetryAfter(Duration::from_secs(3)).is_failure());
    /// assert!(!Outcome::Ignored.is_failure());
    /// ```
    #[must_use]
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failure | Self::RetryAfter(_))
    }
}

/// What settling a call did, for [`Observer::on_outcome`](crate::Observer::on_outcome) and for
/// users of [`raw::Engine`](crate::raw::Engine).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// The outcome of the call.
    pub outcome: Outcome,
    /// Whether the call counted in its generation. Calls that are ignored, passed by a mode, or
    /// admitted in another generation do not count. A call that is settled after its bucket has
    /// left a time window counts, though the window no longer holds it.
    pub counted: bool,
    /// Whether the call was slow; never, where slow calls are not judged.
    pub slow: bool,
    /// How long the call took, where the breaker knows it: it judges slow calls, or the caller
    /// measured it ([`Permit::settle_elapsed`](crate::Permit)).
    pub elapsed: Option<Duration>,
    /// The generation that admitted the call, in which alone it counts; zero for a call that was
    /// passed by a mode.
    pub generation: u16,
}

impl Settlement {
    /// Of a call whose duration is not judged.
    pub(crate) const fn of_plain(generation: u16, outcome: Outcome, counted: bool) -> Self {
        Self { outcome, counted, slow: false, elapsed: None, generation }
    }
}

/// What a window records of a call that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

impl Call {
    pub(crate) const GOOD: Self = Self { failed: false, slow: false };
}
