//! Errors of reqwest, judged by their kind.

use crate::refusal::refusal;
use http::HeaderMap;
use std::error::Error;
use std::io;
use std::iter::successors;
use tripword_tower::ServerErrorsAsFailures;
use tripword_tower::tripword::{Classify, Outcome};

/// A classifier of reqwest's errors: those of the service or the way to it are failures.
///
/// | error | outcome |
/// |---|---|
/// | no connection, a timeout, a request that broke off | failure |
/// | a body that broke off, or did not come in time | failure |
/// | the request is invalid (`is_builder`) | ignored: nothing was sent |
/// | too many redirects (`is_redirect`) | ignored: a rule of the client |
/// | the body is whole, but not what was expected (`is_decode`) | success |
/// | the refusal of a breaker around the connector | ignored: nothing was tried |
/// | a status, by `error_for_status` | as [`ServerErrorsAsFailures`] judges it |
///
/// Each response is a success. [`guard()`](crate::guard()) judges those by
/// [`HttpToTheEnd`](tripword_tower::HttpToTheEnd). A call that the breaker makes itself should
/// include [`error_for_status`](reqwest::Response::error_for_status) and the reading of the body.
///
/// reqwest does not tell the body of a request from that of a response: a stream of your own that
/// fails while it is sent is a failure.
///
/// # Examples
///
/// ```
/// use reqwest::Client;
/// use tripword_reqwest::ReqwestErrors;
/// use tripword_reqwest::tripword::{CircuitBreaker, Classify, breaker};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// async fn receipt(client: &Client, url: &str) -> Result<String, reqwest::Error> {
///     client.get(url).send().await?.error_for_status()?.text().await
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (client, judge) = (Client::new(), |result: &_| ReqwestErrors.classify(result));
/// let call = PAYMENTS.call_async_with(judge, receipt(&client, "http://127.0.0.1:0")).await;
/// assert!(call.unwrap_err().inner().unwrap().is_connect());
/// assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1);
///
/// let call = PAYMENTS.call_async_with(judge, receipt(&client, "not a URL")).await;
/// assert!(call.unwrap_err().inner().unwrap().is_builder());
/// assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1, "it is ignored");
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReqwestErrors;

impl ReqwestErrors {
    /// Returns the outcome of a call that failed with this error.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_reqwest::ReqwestErrors;
    /// use tripword_reqwest::tripword::Outcome;
    ///
    /// let error = reqwest::Client::new().get("no URL").build().unwrap_err();
    /// assert_eq!(ReqwestErrors::outcome(&error), Outcome::Ignored);
    /// ```
    #[must_use]
    pub fn outcome(error: &reqwest::Error) -> Outcome {
        if let Some(status) = error.status() {
            return ServerErrorsAsFailures::new().judge(status, &HeaderMap::new());
        }
        if refusal(error).is_some() || error.is_builder() || error.is_redirect() {
            Outcome::Ignored
        } else if error.is_decode() && !is_broken_body(error) {
            Outcome::Success
        } else {
            Outcome::Failure
        }
    }
}

/// Whether an error of decoding is that of a body which did not arrive whole. To reqwest both are
/// errors of decoding; the source of this one is the transport, or a decompression.
fn is_broken_body(error: &reqwest::Error) -> bool {
    // The blocking client has no other source for a timeout.
    error.is_timeout()
        || successors(error.source(), |&error| error.source()).any(|source| {
            source.is::<hyper::Error>()
                || source.is::<io::Error>()
                || source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_body)
        })
}

impl<T> Classify<T, reqwest::Error> for ReqwestErrors {
    fn classify(&self, result: &Result<T, reqwest::Error>) -> Outcome {
        result.as_ref().map_or_else(Self::outcome, |_| Outcome::Success)
    }
}
