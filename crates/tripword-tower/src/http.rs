//! HTTP responses classified by their status.

use core::time::Duration;
use http::header::{DATE, HeaderName, RETRY_AFTER};
use http::{HeaderMap, Response, StatusCode};
use tripword::{Classify, Outcome};

/// A classifier for HTTP: server errors (5xx) and transport errors are failures.
///
/// | result | outcome |
/// |---|---|
/// | an error, such as a timeout or a reset connection | failure |
/// | 5xx | failure |
/// | 429 *Too Many Requests* | ignored: the service limits this caller, but works |
/// | any other status, including other client errors (4xx) | success |
///
/// The response is judged by its head. Errors while its body is read are not seen; to judge them,
/// see [`HttpToTheEnd`](crate::HttpToTheEnd). To judge a 429 otherwise, see
/// [`too_many_requests_as`](Self::too_many_requests_as).
///
/// The refusals of another breaker further in are errors, too. To ignore them, write
/// `Ignoring::refusals().otherwise(ServerErrorsAsFailures::new())` ([`Ignoring`](crate::Ignoring)).
///
/// It classifies an [`http::Response`] and nothing else: around a service with another
/// response, rustc says that methods such as `ready` have unsatisfied trait bounds. Convert the
/// response below the layer, or call [`judge`](Self::judge) in a closure. For a `reqwest::Client`,
/// see the crate `tripword-reqwest`.
///
/// # Examples
///
/// ```
/// use http::Response;
/// use std::io::Error;
/// use tripword::{Classify, Outcome};
/// use tripword_tower::ServerErrorsAsFailures;
///
/// let outcome = |status: u16| {
///     let response = Response::builder().status(status).body(()).unwrap();
///     ServerErrorsAsFailures::new().classify(&Ok::<_, Error>(response))
/// };
/// assert_eq!(outcome(502), Outcome::Failure);
/// assert_eq!(outcome(404), Outcome::Success);
/// assert_eq!(outcome(429), Outcome::Ignored);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerErrorsAsFailures {
    /// The shortest and the longest wait that is taken from a response; `None` to take none.
    waits: Option<(Duration, Duration)>,
    /// The outcome of a 429.
    too_many_requests: Outcome,
}

impl ServerErrorsAsFailures {
    /// Creates a classifier that judges by the status alone and disregards `Retry-After`.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
    /// use tripword::Outcome;
    /// use tripword_tower::ServerErrorsAsFailures;
    ///
    /// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(7))]);
    /// let outcome = ServerErrorsAsFailures::new().judge(StatusCode::BAD_GATEWAY, &headers);
    /// assert_eq!(outcome, Outcome::Failure);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { waits: None, too_many_requests: Outcome::Ignored }
    }

    /// Sets the outcome of a 429 without a `Retry-After` that is honoured. By default, it is
    /// ignored. Choose [`Outcome::Failure`] if too many requests should open the circuit.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use tripword::Outcome;
    /// use tripword_tower::ServerErrorsAsFailures;
    ///
    /// let classify = ServerErrorsAsFailures::new().too_many_requests_as(Outcome::Failure);
    /// let outcome = classify.judge(StatusCode::TOO_MANY_REQUESTS, &HeaderMap::new());
    /// assert_eq!(outcome, Outcome::Failure);
    /// ```
    #[must_use]
    pub const fn too_many_requests_as(self, outcome: Outcome) -> Self {
        Self { too_many_requests: outcome, ..self }
    }

    /// Honours the `Retry-After` of a 5xx or 429, up to `longest`: the circuit opens at once, for
    /// that time and up to the breaker's [`jitter`](tripword::Builder::jitter) longer.
    ///
    /// A `Retry-After` with a date is compared with the `Date` of the same response, so that the
    /// clocks of client and server need not agree; without a `Date` it is disregarded. So is a wait
    /// of zero or a date that has passed.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
    /// use std::time::Duration;
    /// use tripword::Outcome;
    /// use tripword_tower::ServerErrorsAsFailures;
    ///
    /// let minute = Duration::from_secs(60);
    /// let classify = ServerErrorsAsFailures::new().retry_after_at_most(minute);
    /// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(3600))]);
    /// let outcome = classify.judge(StatusCode::SERVICE_UNAVAILABLE, &headers);
    /// assert_eq!(outcome, Outcome::RetryAfter(minute));
    /// ```
    #[must_use]
    pub const fn retry_after_at_most(self, longest: Duration) -> Self {
        self.retry_after_between(Duration::ZERO, longest)
    }

    /// Honours the `Retry-After` of a 5xx or 429, at least `shortest` and at most `longest`; see
    /// [`retry_after_at_most`](Self::retry_after_at_most).
    ///
    /// A service that answers each failure with "1" would let the circuit flap: open for a second,
    /// a probe, open again. If `longest` is the shorter one, it wins.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER};
    /// use std::time::Duration;
    /// use tripword::Outcome;
    /// use tripword_tower::ServerErrorsAsFailures;
    ///
    /// let (shortest, longest) = (Duration::from_secs(10), Duration::from_secs(60));
    /// let classify = ServerErrorsAsFailures::new().retry_after_between(shortest, longest);
    /// let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from(1))]);
    /// let outcome = classify.judge(StatusCode::SERVICE_UNAVAILABLE, &headers);
    /// assert_eq!(outcome, Outcome::RetryAfter(shortest));
    /// ```
    #[must_use]
    pub const fn retry_after_between(self, shortest: Duration, longest: Duration) -> Self {
        Self { waits: Some((shortest, longest)), ..self }
    }

    /// Returns the outcome of a call that was answered with this status and these headers. For
    /// clients whose responses are not an [`http::Response`].
    ///
    /// # Examples
    ///
    /// ```
    /// use http::{HeaderMap, StatusCode};
    /// use tripword::{CircuitBreaker, Outcome};
    /// use tripword_tower::ServerErrorsAsFailures;
    ///
    /// /// The response of some client.
    /// struct Answer {
    ///     status: StatusCode,
    ///     headers: HeaderMap,
    /// }
    ///
    /// fn judge(result: &Result<Answer, std::io::Error>) -> Outcome {
    ///     match result {
    ///         Ok(answer) => ServerErrorsAsFailures::new().judge(answer.status, &answer.headers),
    ///         Err(_) => Outcome::Failure,
    ///     }
    /// }
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let (status, headers) = (StatusCode::BAD_GATEWAY, HeaderMap::new());
    /// let _ = breaker.call_with(judge, || Ok(Answer { status, headers }));
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn judge(self, status: StatusCode, headers: &HeaderMap) -> Outcome {
        let outcome = match outcome_of(status) {
            Outcome::Success => return Outcome::Success,
            Outcome::Ignored => self.too_many_requests,
            outcome => outcome,
        };
        self.wait(headers).map_or(outcome, Outcome::RetryAfter)
    }

    /// The wait that the headers ask for, if it is to be honoured.
    fn wait(self, headers: &HeaderMap) -> Option<Duration> {
        let (shortest, longest) = self.waits?;
        let wait = wait_in(headers).filter(|wait| !wait.is_zero())?;
        let wait = wait.max(shortest).min(longest);
        (!wait.is_zero()).then_some(wait)
    }
}

impl Default for ServerErrorsAsFailures {
    fn default() -> Self {
        Self::new()
    }
}

impl<Body, Error> Classify<Response<Body>, Error> for ServerErrorsAsFailures {
    fn classify(&self, result: &Result<Response<Body>, Error>) -> Outcome {
        match result {
            Ok(response) => self.judge(response.status(), response.headers()),
            Err(_) => Outcome::Failure,
        }
    }
}

fn outcome_of(status: StatusCode) -> Outcome {
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
        // A number that does not fit is longer than any cap.
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let sent = httpdate::parse_http_date(self::text(headers, DATE)?).ok()?;
    let until = httpdate::parse_http_date(text).ok()?;
    until.duration_since(sent).ok()
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}
