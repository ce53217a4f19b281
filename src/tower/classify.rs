//! What a response, or an error instead of one, says of the service.

use crate::Outcome;
use core::time::Duration;

/// Judges what a service answered. A function of the result is one, if it can be cloned.
///
/// ```
/// use tripword::Outcome;
/// use tripword::tower::Classify;
///
/// let mine = |result: &Result<u16, std::io::Error>| match result {
///     Ok(500..) | Err(_) => Outcome::Failure,
///     Ok(_) => Outcome::Success,
/// };
/// assert_eq!(mine.classify(&Ok(503)), Outcome::Failure);
/// ```
pub trait Classify<Response, Error> {
    /// What the call came to.
    fn classify(&self, result: &Result<Response, Error>) -> Outcome;

    /// How long the service asked to be left alone. If it did, the call is a failure that opens the circuit at once for this time,
    /// without jitter, and `classify` is not asked. It is a stranger's word: put a cap on it.
    fn retry_after(&self, result: &Result<Response, Error>) -> Option<Duration> {
        let _ = result;
        None
    }
}

impl<F, Response, Error> Classify<Response, Error> for F
where
    F: Fn(&Result<Response, Error>) -> Outcome,
{
    fn classify(&self, result: &Result<Response, Error>) -> Outcome {
        self(result)
    }
}

/// Every response is a success, every error a failure: the way of a layer that was told nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorsAsFailures;

impl<Response, Error> Classify<Response, Error> for ErrorsAsFailures {
    fn classify(&self, result: &Result<Response, Error>) -> Outcome {
        Outcome::of(result)
    }
}
