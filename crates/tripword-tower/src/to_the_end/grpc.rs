//! gRPC responses judged by their status code, in the head or in the trailers.

use super::judge::ClassifyBody;
use crate::grpc::{GrpcErrorsAsFailures, code, code_in, outcome_of_http};
use core::time::Duration;
use http::{HeaderMap, Response, StatusCode};
use tripword::Outcome;

/// A judge of gRPC responses: the status code decides as in [`GrpcErrorsAsFailures`], in the head
/// or in the trailers.
///
/// | event | outcome |
/// |---|---|
/// | a head with a code, or with an HTTP status other than 200 | by that, at once |
/// | trailers with a code | by that code |
/// | the body ends without a code | failure: it was cut |
/// | the body fails with an error | failure |
/// | the reader drops the stream after a message | success |
/// | the reader drops the stream before any message | ignored |
///
/// For gRPC-Web, put the layer outside of the one that translates: a body that carries its trailers
/// as data has no status here.
///
/// # Examples
///
/// ```
/// use http::{HeaderMap, HeaderName, Response};
/// use tripword::Outcome;
/// use tripword_tower::{ClassifyBody, GrpcToTheEnd};
///
/// let judge = GrpcToTheEnd::new();
/// assert_eq!(judge.at_head(&Response::new(())), None, "the trailers decide");
///
/// let (ok, unavailable) = (0, 14);
/// let status = HeaderName::from_static("grpc-status");
/// let trailers = |code: i32| HeaderMap::from_iter([(status.clone(), code.into())]);
/// assert_eq!(judge.at_end(Some(&trailers(ok))), Outcome::Success);
/// assert_eq!(judge.at_end(Some(&trailers(unavailable))), Outcome::Failure);
/// assert_eq!(judge.at_end(None), Outcome::Failure);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GrpcToTheEnd {
    /// The longest wait that is taken from a response; `None` to take none.
    longest: Option<Duration>,
}

impl GrpcToTheEnd {
    /// Creates a judge that disregards `grpc-retry-pushback-ms`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_tower::GrpcToTheEnd;
    ///
    /// assert_eq!(GrpcToTheEnd::new(), GrpcToTheEnd::default());
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { longest: None }
    }

    /// Honours the `grpc-retry-pushback-ms` that a server sends with `UNAVAILABLE` or
    /// `RESOURCE_EXHAUSTED`, up to `longest`: the circuit opens at once, for that time and up to
    /// the breaker's [`jitter`](tripword::Builder::jitter) longer.
    ///
    /// A pushback of zero, a negative one (with which a server forbids a retry of this call), and
    /// one that is no number are disregarded.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue};
    /// use std::time::Duration;
    /// use tripword::Outcome;
    /// use tripword_tower::{ClassifyBody, GrpcToTheEnd};
    ///
    /// let minute = Duration::from_secs(60);
    /// let judge = GrpcToTheEnd::new().pushback_at_most(minute);
    /// let mut trailers = HeaderMap::new();
    /// trailers.insert("grpc-status", HeaderValue::from_static("8"));
    /// trailers.insert("grpc-retry-pushback-ms", HeaderValue::from_static("7500"));
    /// let wait = Duration::from_millis(7_500);
    /// assert_eq!(judge.at_end(Some(&trailers)), Outcome::RetryAfter(wait));
    /// ```
    #[must_use]
    pub const fn pushback_at_most(self, longest: Duration) -> Self {
        Self { longest: Some(longest) }
    }

    /// The outcome of the code in these headers or trailers, if there is one.
    fn outcome_in(self, headers: &HeaderMap) -> Option<Outcome> {
        let code = code_in(headers)?;
        let wait = match code {
            code::UNAVAILABLE | code::RESOURCE_EXHAUSTED => self.wait(headers),
            _ => None,
        };
        Some(wait.map_or(GrpcErrorsAsFailures::outcome(code), Outcome::RetryAfter))
    }

    /// The wait that the server asks for, if it is to be honoured.
    fn wait(self, headers: &HeaderMap) -> Option<Duration> {
        let longest = self.longest?;
        let wait = pushback_in(headers)?.min(longest);
        (!wait.is_zero()).then_some(wait)
    }
}

fn pushback_in(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get("grpc-retry-pushback-ms")?.to_str().ok()?;
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // A number that does not fit is longer than any cap.
    Some(text.parse().map_or(Duration::MAX, Duration::from_millis))
}

impl ClassifyBody for GrpcToTheEnd {
    fn at_head<B>(&self, response: &Response<B>) -> Option<Outcome> {
        match (self.outcome_in(response.headers()), response.status()) {
            (Some(outcome), _) => Some(outcome),
            (None, StatusCode::OK) => None,
            (None, status) => Some(outcome_of_http(status)),
        }
    }

    fn at_end(&self, trailers: Option<&HeaderMap>) -> Outcome {
        let outcome = trailers.and_then(|trailers| self.outcome_in(trailers));
        outcome.unwrap_or(Outcome::Failure)
    }

    fn at_drop(&self, data_seen: bool) -> Outcome {
        if data_seen { Outcome::Success } else { Outcome::Ignored }
    }
}
