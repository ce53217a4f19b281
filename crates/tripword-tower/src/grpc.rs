//! gRPC responses classified by their status code.

use http::{HeaderMap, Response, StatusCode};
use tripword::{Classify, Outcome};

/// A classifier for gRPC: status codes of a failing service and transport errors are failures.
///
/// | code | outcome |
/// |---|---|
/// | `UNKNOWN`, `DEADLINE_EXCEEDED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS` | failure |
/// | unassigned codes | failure |
/// | `CANCELLED` (by the caller), `RESOURCE_EXHAUSTED` (as HTTP's 429) | ignored |
/// | `OK`, and all others: mistakes of the caller, or rules of the service | success |
///
/// The code is read from the head of the response. Servers send it there if there is no message,
/// which is so for most errors. A code in the trailers, after a message, is not seen: such a
/// response is a success. To judge it by its trailers, see [`GrpcToTheEnd`](crate::GrpcToTheEnd).
/// Without a code, the HTTP status decides, by the code that gRPC maps it to: 200 (the trailers
/// have the code), 401, 403 and 404 are successes. All others come from a proxy that could not
/// reach the service, or from a server that is none of gRPC, and are failures.
///
/// Put the layer around the channel, below the generated client, as the example `grpc_client` does;
/// with tonic, the crate `tripword-tonic` does it.
/// Around the generated client, which reads the trailers, judge by [`outcome`](Self::outcome).
///
/// # Examples
///
/// ```
/// use http::Response;
/// use std::io::Error;
/// use tripword::{Classify, Outcome};
/// use tripword_tower::GrpcErrorsAsFailures;
///
/// let outcome = |code: &str| {
///     let response = Response::builder().header("grpc-status", code).body(()).unwrap();
///     GrpcErrorsAsFailures.classify(&Ok::<_, Error>(response))
/// };
/// let (unavailable, not_found) = ("14", "5");
/// assert_eq!(outcome(unavailable), Outcome::Failure);
/// assert_eq!(outcome(not_found), Outcome::Success);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GrpcErrorsAsFailures;

impl GrpcErrorsAsFailures {
    /// Returns the outcome of a call with this status code.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Outcome;
    /// use tripword_tower::GrpcErrorsAsFailures;
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

/// The codes as gRPC numbers them; those between the two ends of a range have the same outcome.
pub(crate) mod code {
    pub(super) const OK: i32 = 0;
    pub(super) const CANCELLED: i32 = 1;
    pub(super) const UNKNOWN: i32 = 2;
    pub(super) const INVALID_ARGUMENT: i32 = 3;
    pub(super) const NOT_FOUND: i32 = 5;
    pub(super) const PERMISSION_DENIED: i32 = 7;
    pub(crate) const RESOURCE_EXHAUSTED: i32 = 8;
    pub(super) const FAILED_PRECONDITION: i32 = 9;
    pub(super) const UNIMPLEMENTED: i32 = 12;
    pub(super) const INTERNAL: i32 = 13;
    pub(crate) const UNAVAILABLE: i32 = 14;
    pub(super) const UNAUTHENTICATED: i32 = 16;
}

impl<Body, Error> Classify<Response<Body>, Error> for GrpcErrorsAsFailures {
    fn classify(&self, result: &Result<Response<Body>, Error>) -> Outcome {
        let Ok(response) = result else {
            return Outcome::Failure;
        };
        match code_in(response.headers()) {
            Some(code) => Self::outcome(code),
            None => outcome_of_http(response.status()),
        }
    }
}

/// The outcome of a head without a code.
pub(crate) fn outcome_of_http(status: StatusCode) -> Outcome {
    match status {
        // The code is in the trailers.
        StatusCode::OK => Outcome::Success,
        status => GrpcErrorsAsFailures::outcome(code_of_http(status)),
    }
}

/// The code that gRPC's "HTTP to gRPC Status Code Mapping" has for a status other than 200. A 429
/// is no `RESOURCE_EXHAUSTED`: a service that limits its callers would have sent that itself.
const fn code_of_http(status: StatusCode) -> i32 {
    match status {
        StatusCode::BAD_REQUEST => code::INTERNAL,
        StatusCode::UNAUTHORIZED => code::UNAUTHENTICATED,
        StatusCode::FORBIDDEN => code::PERMISSION_DENIED,
        StatusCode::NOT_FOUND => code::UNIMPLEMENTED,
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => code::UNAVAILABLE,
        _ => code::UNKNOWN,
    }
}

/// The status code in a head or in trailers. A text that is no number reads as an unassigned code.
pub(crate) fn code_in(headers: &HeaderMap) -> Option<i32> {
    let text = headers.get("grpc-status")?.to_str().unwrap_or_default();
    Some(text.parse().unwrap_or(i32::MAX))
}
