//! gRPC responses judged by their status code.

use super::Classify;
use super::http::outcome_of;
use crate::{Finding, Outcome};
use http::{HeaderMap, Response, StatusCode};

/// gRPC: a status that says the service is ill, and every error, is a failure.
///
/// | code | judged |
/// |---|---|
/// | `UNKNOWN`, `DEADLINE_EXCEEDED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`, and codes that nobody knows | failure |
/// | `CANCELLED` (the caller gave up), `RESOURCE_EXHAUSTED` (it is asked too much: HTTP's 429) | ignored |
/// | `OK`, and all that is the caller's mistake or the service's rule | success |
///
/// A status is read from the head of the response, where servers put it if there is no message, as there is none with most errors. One
/// that comes in trailers, after a message, is not seen: such a response is a success. Without any status, HTTP's decides: a 429 or a
/// 5xx is of a proxy that could not reach the service.
///
/// Put the layer around the channel that a client is made of; so does the example `grpc_client` with tonic's. Around calls of such a
/// client, which has read the trailers, judge by [`outcome`](Self::outcome).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GrpcErrorsAsFailures;

impl GrpcErrorsAsFailures {
    /// How a status code is judged.
    ///
    /// ```
    /// use tripword::Outcome;
    /// use tripword::tower::GrpcErrorsAsFailures;
    ///
    /// let (ok, not_found, unavailable) = (0, 5, 14);
    /// assert_eq!(GrpcErrorsAsFailures::outcome(ok), Outcome::Success);
    /// assert_eq!(GrpcErrorsAsFailures::outcome(not_found), Outcome::Success);
    /// assert_eq!(GrpcErrorsAsFailures::outcome(unavailable), Outcome::Failure);
    /// ```
    #[must_use]
    pub const fn outcome(code: i32) -> Outcome {
        match code {
            code::CANCELLED | code::RESOURCE_EXHAUSTED => Outcome::Ignored,
            code::OK
            | code::INVALID_ARGUMENT
            | code::NOT_FOUND..=code::PERMISSION_DENIED
            | code::FAILED_PRECONDITION..=code::UNIMPLEMENTED
            | code::UNAUTHENTICATED => Outcome::Success,
            _ => Outcome::Failure,
        }
    }
}

/// As gRPC numbers them; those between two of a range are judged alike.
mod code {
    pub(super) const OK: i32 = 0;
    pub(super) const CANCELLED: i32 = 1;
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(super) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const UNIMPLEMENTED: i32 = 12;
    pub(super) const UNAUTHENTICATED: i32 = 16;
}

impl<Body, Error> Classify<Response<Body>, Error> for GrpcErrorsAsFailures {
    fn classify(&self, result: &Result<Response<Body>, Error>) -> Finding {
        let Ok(response) = result else {
            return Outcome::Failure.into();
        };
        let outcome = match status_in(response.headers()) {
            Some(code) => Self::outcome(code),
            None => outcome_of_http(response.status()),
        };
        outcome.into()
    }
}

/// A 429 of HTTP means `UNAVAILABLE` to gRPC, which has a code of its own for being asked too much.
fn outcome_of_http(status: StatusCode) -> Outcome {
    match outcome_of(status) {
        Outcome::Ignored => Outcome::Failure,
        outcome => outcome,
    }
}

/// The status in the head; a text that is no number is a code that nobody knows.
fn status_in(headers: &HeaderMap) -> Option<i32> {
    let text = headers.get("grpc-status")?.to_str().unwrap_or_default();
    Some(text.parse().unwrap_or(i32::MAX))
}
