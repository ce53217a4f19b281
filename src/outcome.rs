//! What a call can come to.

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
