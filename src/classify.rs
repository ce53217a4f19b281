//! Classifiers: functions that judge the result of a call.

use crate::outcome::Outcome;

/// A classifier of call results, for those that keep one: [`wrap`](crate::CircuitBreaker::wrap) and
/// layers. Every function of `&Result<T, E>` that returns an [`Outcome`] is a classifier.
///
/// # Examples
///
/// ```
/// use tripword::{Classify, Outcome};
///
/// let server_errors = |result: &Result<u16, std::io::Error>| match result {
///     Ok(500..) | Err(_) => Outcome::Failure,
///     Ok(_) => Outcome::Success,
/// };
/// assert_eq!(server_errors.classify(&Ok(503)), Outcome::Failure);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not classify the result of this call",
    note = "a classifier is a function of the whole result, such as \
            `|result: &Result<{T}, {E}>| Outcome::of(result)`"
)]
pub trait Classify<T, E> {
    /// Returns the outcome of a call with this result. A wait that the dependency named
    /// ([`Outcome::RetryAfter`]) comes from outside:
    /// [`longest_open`](crate::Builder::longest_open) caps it.
    fn classify(&self, result: &Result<T, E>) -> Outcome;
}

// Without this, rustc says that a classifier of another result is no closure.
#[diagnostic::do_not_recommend]
impl<F, T, E> Classify<T, E> for F
where
    F: Fn(&Result<T, E>) -> Outcome,
{
    #[inline]
    fn classify(&self, result: &Result<T, E>) -> Outcome {
        self(result)
    }
}

/// The default classifier: `Ok` is a success, `Err` a failure.
///
/// # Examples
///
/// ```
/// use tripword::{Classify, ErrorsAsFailures, Outcome};
///
/// assert_eq!(ErrorsAsFailures.classify(&Ok::<_, ()>(7)), Outcome::Success);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorsAsFailures;

impl<T, E> Classify<T, E> for ErrorsAsFailures {
    #[inline]
    fn classify(&self, result: &Result<T, E>) -> Outcome {
        Outcome::of(result)
    }
}
