//! HTTP responses judged by their status.

use super::Classify;
use crate::{Finding, Outcome};
use core::time::Duration;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};

/// HTTP: a 5xx and every error (a timeout, a reset connection) is a failure, and all else that the service answered a success, but for
/// a 429.
///
/// A 4xx is the caller's mistake (408 is, too: it was slow to ask), and the service did its part in saying so. A 429
/// says that it is asked too much, not that it is ill:
/// it is ignored. The response is judged when its head is there; what becomes of the body is not seen.
///
/// ```
/// use http::{Response, StatusCode};
/// use std::io::Error;
/// use tripword::Outcome;
/// use tripword::tower::{Classify, ServerErrorsAsFailures};
///
/// let judge = |status| {
///     let mut response = Response::new(());
///     *response.status_mut() = status;
///     ServerErrorsAsFailures::new().classify(&Ok::<_, Error>(response))
/// };
/// assert_eq!(judge(StatusCode::BAD_GATEWAY), Outcome::Failure);
/// assert_eq!(judge(StatusCode::NOT_FOUND), Outcome::Success);
/// assert_eq!(judge(StatusCode::TOO_MANY_REQUESTS), Outcome::Ignored);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ServerErrorsAsFailures {
    /// The longest time that is taken from a response; `None`: none is.
    longest: Option<Duration>,
}

impl ServerErrorsAsFailures {
    /// Judges by the status alone.
    #[must_use]
    pub const fn new() -> Self {
        Self { longest: None }
    }

    /// The same, but a 429 or a 5xx with a `Retry-After` opens the circuit at once for that time, at most for `longest`.
    ///
    /// A date in it is held against the `Date` of the same response, so that no clock of ours is asked; without one it says nothing. Nor
    /// does a time that has passed.
    ///
    /// ```
    /// use http::{Response, header::RETRY_AFTER};
    /// use std::io::Error;
    /// use std::time::Duration;
    /// use tripword::Finding;
    /// use tripword::tower::{Classify, ServerErrorsAsFailures};
    ///
    /// let classify = ServerErrorsAsFailures::new().retry_after_at_most(Duration::from_secs(60));
    /// let response = Response::builder().status(503).header(RETRY_AFTER, "3600").body(())?;
    /// let result = Ok::<_, Error>(response);
    /// assert_eq!(classify.classify(&result), Finding::FailureFor(Duration::from_secs(60)));
    /// # Ok::<(), http::Error>(())
    /// ```
    #[must_use]
    pub const fn retry_after_at_most(self, longest: Duration) -> Self {
        Self {
            longest: Some(longest),
        }
    }
}

impl ServerErrorsAsFailures {
    /// How long a response asks to be left alone, if it fails or is a 429 and that is to be honoured.
    fn wait(self, response: &Response<impl Sized>) -> Option<Duration> {
        let longest = self.longest?;
        if outcome_of(response.status()) == Outcome::Success {
            return None;
        }
        let wait = wait_in(response.headers())?.min(longest);
        (!wait.is_zero()).then_some(wait)
    }
}

impl<Body, Error> Classify<Response<Body>, Error> for ServerErrorsAsFailures {
    fn classify(&self, result: &Result<Response<Body>, Error>) -> Finding {
        let Ok(response) = result else {
            return Outcome::Failure.into();
        };
        match self.wait(response) {
            Some(wait) => Finding::FailureFor(wait),
            None => outcome_of(response.status()).into(),
        }
    }
}

pub(super) fn outcome_of(status: StatusCode) -> Outcome {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Outcome::Ignored,
        status if status.is_server_error() => Outcome::Failure,
        _ => Outcome::Success,
    }
}

/// The wait that a `Retry-After` asks for, in seconds or as a date.
fn wait_in(headers: &HeaderMap) -> Option<Duration> {
    let text = text(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // What does not fit is longer than anybody waits.
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let sent = httpdate::parse_http_date(self::text(headers, DATE)?).ok()?;
    let until = httpdate::parse_http_date(text).ok()?;
    until.duration_since(sent).ok()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
