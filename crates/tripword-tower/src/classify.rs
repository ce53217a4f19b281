//! What a response, or an error instead of one, says of the service.

use crate::{Finding, Outcome};

/// Judges what a service answered. A function of the result is one, if it can be cloned; it may return an [`Outcome`] or a [`Finding`].
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
    /// What is found of the call. A time that the service named ([`Finding::FailureFor`]) is a stranger's word: put a cap on it.
    fn classify(&self, result: &Result<Response, Error>) -> Finding;
}

impl<F, J, Response, Error> Classify<Response, Error> for F
where
    F: Fn(&Result<Response, Error>) -> J,
    J: Into<Finding>,
{
    fn classify(&self, result: &Result<Response, Error>) -> Finding {
        self(result).into()
    }
}

/// Every response is a success, every error a failure: the way of a layer that was told nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorsAsFailures;

impl<Response, Error> Classify<Response, Error> for ErrorsAsFailures {
    fn classify(&self, result: &Result<Response, Error>) -> Finding {
        Outcome::of(result).into()
    }
}
