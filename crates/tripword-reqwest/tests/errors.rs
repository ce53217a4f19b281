//! Errors of calls that a breaker makes itself, reading of the body included.

use crate::support::{
    Answer, BEGUN, Backdrop, GZIPPED, HALF, UNWELL, WHOLE, bounded, client, half_open, http2,
};
use http_body::{Body, Frame};
use reqwest::{Error, Response};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::sync::Notify;
use tripword_reqwest::ReqwestErrors;
use tripword_reqwest::tripword::Outcome::{self, Failure, Ignored, Success};
use tripword_reqwest::tripword::{CallError, Classify};

/// How a call reads the response.
#[derive(Debug, Clone, Copy)]
enum Read {
    Status,
    Text,
    Json,
}

impl Read {
    async fn read(self, response: Response) -> Result<(), Error> {
        match self {
            Self::Status => response.error_for_status().map(drop),
            Self::Text => response.text().await.map(drop),
            Self::Json => response.json::<serde_json::Value>().await.map(drop),
        }
    }
}

/// Makes a call through a breaker, and asserts what it counted as. Returns its error, if it failed.
async fn assert_call(plan: fn(&str) -> Answer, read: Read, outcome: Outcome) -> Option<Error> {
    let (backdrop, breaker) = (Backdrop::start(plan).await, half_open());
    let client = client().build().expect("a client");
    let call = async { read.read(client.get(backdrop.url("/")).send().await?).await };
    let judge = |result: &_| ReqwestErrors.classify(result);
    let called = bounded(breaker.call_async_with(judge, call)).await;
    assert_eq!(breaker.observer().take(), [outcome], "{called:?}");
    called.err().and_then(CallError::into_inner)
}

#[tokio::test]
async fn a_body_that_is_no_json_is_a_success() {
    let error = assert_call(|_| WHOLE, Read::Json, Success).await.expect("abc is no JSON");
    assert!(error.is_decode());
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_failure_to_all_readers() {
    for read in [Read::Text, Read::Json] {
        let error = assert_call(|_| HALF, read, Failure).await.expect("half of it");
        assert!(error.is_decode(), "as reqwest calls it: {error:?}");
    }
}

#[tokio::test]
async fn a_body_in_gzip_that_is_cut_is_a_failure() {
    let whole = assert_call(|_| Answer::Gzip(GZIPPED), Read::Text, Success).await;
    assert!(whole.is_none(), "{whole:?}");
    let error = assert_call(|_| Answer::Gzip(GZIPPED / 2), Read::Text, Failure).await;
    assert!(error.expect("half of it").is_decode());
}

#[tokio::test]
async fn an_error_of_a_status_is_judged_by_the_status() {
    const MISSING: Answer = Answer::Text("HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabc");
    const ENOUGH: Answer = Answer::Text("HTTP/1.1 429 Enough\r\ncontent-length: 3\r\n\r\nabc");
    for (plan, outcome) in [
        ((|_| UNWELL) as fn(&str) -> Answer, Failure),
        (|_| ENOUGH, Ignored),
        (|_| MISSING, Success),
    ] {
        let error = assert_call(plan, Read::Status, outcome).await.expect("no good status");
        assert!(error.is_status());
    }
}

#[tokio::test]
async fn a_connection_that_closes_before_the_head_is_a_failure() {
    let error = assert_call(|_| Answer::Text(""), Read::Text, Failure).await.expect("no head");
    assert!(error.is_request());
}

#[tokio::test]
async fn what_is_no_http_is_a_failure() {
    let nonsense = |_: &str| Answer::Text("220 mail.example ESMTP\r\n\r\n");
    let error = assert_call(nonsense, Read::Text, Failure).await.expect("no HTTP");
    assert!(error.is_request());
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_is_a_failure() {
    let backdrop = Backdrop::start(|_| BEGUN).await;
    let client = client().timeout(Duration::from_secs(30)).build().expect("a client");
    let response = bounded(client.get(backdrop.url("/")).send()).await.expect("a good head");
    tokio::time::pause();
    let error = bounded(response.text()).await.expect_err("it hangs");
    assert!(error.is_decode() && error.is_timeout(), "{error:?}");
    assert_eq!(ReqwestErrors::outcome(&error), Failure);
}

#[tokio::test]
async fn a_stream_of_http2_that_is_reset_is_a_failure() {
    let reset = Arc::new(Notify::new());
    let url = format!("http://{}/200", http2(Some(reset.clone())).await);
    let client = client().http2_prior_knowledge().build().expect("a client");
    let response = bounded(client.get(url).send()).await.expect("a good head");
    reset.notify_one();
    let error = bounded(response.text()).await.expect_err("it is reset");
    assert!(error.is_decode(), "as reqwest calls it: {error:?}");
    assert_eq!(ReqwestErrors::outcome(&error), Failure);
}

/// Begins to read a response by a blocking client, which does not wait for long.
fn block(url: &str) -> Error {
    for millis in [100, 1_000, 10_000] {
        let client = reqwest::blocking::Client::builder().timeout(Duration::from_millis(millis));
        let client = client.build().expect("a client");
        // A head that does not come in time is another error than the one that is wanted.
        if let Ok(response) = client.get(url).send() {
            return response.text().expect_err("it hangs");
        }
    }
    panic!("no head within 10 s");
}

#[tokio::test]
async fn a_body_that_does_not_come_in_time_to_a_blocking_client_is_a_failure() {
    let backdrop = Backdrop::start(|_| BEGUN).await;
    let url = backdrop.url("/");
    let error = bounded(tokio::task::spawn_blocking(move || block(&url))).await.expect("no panic");
    assert!(error.is_decode() && error.is_timeout(), "{error:?}");
    assert_eq!(ReqwestErrors::outcome(&error), Failure);
}

/// A body that fails with an error of its own, as those of HTTP/3 do.
struct Failing;

impl Body for Failing {
    type Data = &'static [u8];
    type Error = fmt::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, fmt::Error>>> {
        Poll::Ready(Some(Err(fmt::Error)))
    }
}

#[tokio::test]
async fn a_body_that_fails_with_any_error_is_a_failure() {
    let response = Response::from(http::Response::new(reqwest::Body::wrap(Failing)));
    let error = response.text().await.expect_err("it fails");
    assert!(error.is_decode(), "as reqwest calls it: {error:?}");
    assert_eq!(ReqwestErrors::outcome(&error), Failure);
}
