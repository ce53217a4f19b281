//! What a response is worth: its head, and how its body ends.

use http::{HeaderMap, Response};
use tripword::Outcome;

/// Judges a response by its head and by how its body ends, for
/// [`CircuitBreakerLayer::to_the_end`](crate::CircuitBreakerLayer::to_the_end).
///
/// One of the methods decides each call: [`at_head`](Self::at_head) if it returns an outcome,
/// otherwise the one that is named for what happens to the body. [`HttpToTheEnd`] and
/// [`GrpcToTheEnd`] implement it.
///
/// [`HttpToTheEnd`]: crate::HttpToTheEnd
/// [`GrpcToTheEnd`]: crate::GrpcToTheEnd
///
/// # Examples
///
/// A judge of downloads, for which half of a file is worth nothing:
///
/// ```
/// use http::{HeaderMap, Response};
/// use tripword::Outcome;
/// use tripword_tower::{ClassifyBody, HttpToTheEnd};
///
/// #[derive(Clone)]
/// struct Downloads(HttpToTheEnd);
///
/// impl ClassifyBody for Downloads {
///     fn at_head<B>(&self, response: &Response<B>) -> Option<Outcome> {
///         self.0.at_head(response)
///     }
///     fn at_end(&self, trailers: Option<&HeaderMap>) -> Outcome {
///         self.0.at_end(trailers)
///     }
///     fn at_drop(&self, _data_seen: bool) -> Outcome {
///         Outcome::Ignored
///     }
/// }
///
/// let downloads = Downloads(HttpToTheEnd::new());
/// assert_eq!(downloads.at_head(&Response::new(())), None, "the body decides");
/// assert_eq!(downloads.at_break(), Outcome::Failure);
/// assert_eq!(downloads.at_drop(true), Outcome::Ignored);
/// ```
pub trait ClassifyBody {
    /// Returns the outcome if the head alone decides, and `None` if the body does.
    fn at_head<B>(&self, response: &Response<B>) -> Option<Outcome>;

    /// Returns the outcome of a body that ended, with its trailers if it had any.
    fn at_end(&self, trailers: Option<&HeaderMap>) -> Outcome;

    /// Returns the outcome of a body that failed with an error, or ended before its announced
    /// length. By default a failure.
    fn at_break(&self) -> Outcome {
        Outcome::Failure
    }

    /// Returns the outcome of a body that its reader dropped before the end; `data_seen` says
    /// whether any data had come.
    fn at_drop(&self, data_seen: bool) -> Outcome;
}
