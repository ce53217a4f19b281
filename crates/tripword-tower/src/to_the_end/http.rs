//! HTTP responses judged to the end of their bodies.

use super::judge::ClassifyBody;
use crate::http::ServerErrorsAsFailures;
use core::time::Duration;
use http::{HeaderMap, Response};
use tripword::Outcome;

/// A judge of HTTP responses, body included: a bad head is judged at once, and a response with a
/// good one is a success unless its body breaks off.
///
/// | event | outcome |
/// |---|---|
/// | a head that [`ServerErrorsAsFailures`] does not judge a success | that outcome, at once |
/// | a head without a body (204, 304, HEAD, `content-length: 0`) | success, at once |
/// | the body ends, with or without trailers | success |
/// | the body fails with an error, or ends before its announced length | failure |
/// | the reader drops the body | success: the head was good |
///
/// A client that reads only the status drops each body, so a drop must count: otherwise the
/// half-open circuit of such a client would never close.
///
/// # Examples
///
/// ```
/// use http::Response;
/// use tripword::Outcome;
/// use tripword_tower::{ClassifyBody, HttpToTheEnd};
///
/// let at_head = |status: u16| {
///     let response = Response::builder().status(status).body(()).unwrap();
///     HttpToTheEnd::new().at_head(&response)
/// };
/// assert_eq!(at_head(503), Some(Outcome::Failure));
/// assert_eq!(at_head(429), Some(Outcome::Ignored));
/// assert_eq!(at_head(200), None, "the body decides");
/// assert_eq!(HttpToTheEnd::new().at_break(), Outcome::Failure);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HttpToTheEnd {
    head: ServerErrorsAsFailures,
}

impl HttpToTheEnd {
    /// Creates a judge that disregards `Retry-After`. To judge heads by a
    /// [`ServerErrorsAsFailures`] with other settings, convert it.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_tower::{HttpToTheEnd, ServerErrorsAsFailures};
    ///
    /// assert_eq!(HttpToTheEnd::new(), ServerErrorsAsFailures::new().into());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { head: ServerErrorsAsFailures::new() }
    }

    /// Honours the `Retry-After` of a 5xx or 429, up to `longest`, as
    /// [`ServerErrorsAsFailures::retry_after_at_most`].
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{Response, header::RETRY_AFTER};
    /// use std::time::Duration;
    /// use tripword::Outcome;
    /// use tripword_tower::{ClassifyBody, HttpToTheEnd};
    ///
    /// let judge = HttpToTheEnd::new().retry_after_at_most(Duration::from_secs(60));
    /// let response = Response::builder().status(503).header(RETRY_AFTER, 7).body(()).unwrap();
    /// let outcome = judge.at_head(&response);
    /// assert_eq!(outcome, Some(Outcome::RetryAfter(Duration::from_secs(7))));
    /// ```
    #[must_use]
    pub const fn retry_after_at_most(self, longest: Duration) -> Self {
        Self { head: self.head.retry_after_at_most(longest) }
    }
}

impl From<ServerErrorsAsFailures> for HttpToTheEnd {
    fn from(head: ServerErrorsAsFailures) -> Self {
        Self { head }
    }
}

impl ClassifyBody for HttpToTheEnd {
    fn at_head<B>(&self, response: &Response<B>) -> Option<Outcome> {
        let outcome = self.head.judge(response.status(), response.headers());
        (outcome != Outcome::Success).then_some(outcome)
    }

    fn at_end(&self, _trailers: Option<&HeaderMap>) -> Outcome {
        Outcome::Success
    }

    fn at_drop(&self, _data_seen: bool) -> Outcome {
        Outcome::Success
    }
}
