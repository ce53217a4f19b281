//! Heads, trailers and drops, as the judges of whole responses judge them.

use hyper::http::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};
use std::time::Duration;
use tripword::Outcome::{self, Failure, Ignored, RetryAfter, Success};
use tripword_tower::{ClassifyBody, GrpcToTheEnd, HttpToTheEnd, ServerErrorsAsFailures};

const MINUTE: Duration = Duration::from_secs(60);
const PUSHED_BACK: GrpcToTheEnd = GrpcToTheEnd::new().pushback_at_most(MINUTE);

fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
    let pair = |&(name, value): &(&'static str, &'static str)| {
        // A header may be any bytes.
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a valid value");
        (HeaderName::from_static(name), value)
    };
    pairs.iter().map(pair).collect()
}

fn head(status: u16, pairs: &[(&'static str, &'static str)]) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::from_u16(status).expect("a valid status");
    *response.headers_mut() = headers(pairs);
    response
}

#[test]
fn a_head_of_http_decides_unless_it_is_good() {
    let judge = |status| HttpToTheEnd::new().at_head(&head(status, &[]));
    for status in [500, 502, 503, 599] {
        assert_eq!(judge(status), Some(Failure), "{status}");
    }
    assert_eq!(judge(429), Some(Ignored));
    for status in [200, 204, 301, 404] {
        assert_eq!(judge(status), None, "{status}");
    }
}

#[test]
fn a_head_of_http_is_judged_with_the_settings_of_its_classifier() {
    let busy = head(503, &[("retry-after", "7")]);
    let wait = Some(RetryAfter(Duration::from_secs(7)));
    let classifier = ServerErrorsAsFailures::new().retry_after_at_most(MINUTE);
    assert_eq!(HttpToTheEnd::new().at_head(&busy), Some(Failure));
    assert_eq!(HttpToTheEnd::new().retry_after_at_most(MINUTE).at_head(&busy), wait);
    assert_eq!(HttpToTheEnd::from(classifier).at_head(&busy), wait);
}

#[test]
fn the_end_of_http_is_good_unless_it_breaks_off() {
    let judge = HttpToTheEnd::new();
    let any = headers(&[("grpc-status", "14")]);
    assert_eq!([judge.at_end(None), judge.at_end(Some(&any))], [Success; 2]);
    assert_eq!([false, true].map(|data_seen| judge.at_drop(data_seen)), [Success; 2]);
    assert_eq!(judge.at_break(), Failure);
}

#[test]
fn a_head_of_grpc_decides_with_a_code_or_a_bad_status() {
    let judge = |status, pairs: &[_]| GrpcToTheEnd::new().at_head(&head(status, pairs));
    assert_eq!(judge(200, &[]), None);
    assert_eq!(judge(200, &[("grpc-status", "0")]), Some(Success));
    assert_eq!(judge(200, &[("grpc-status", "14")]), Some(Failure));
    assert_eq!(judge(503, &[("grpc-status", "5")]), Some(Success), "the code goes first");
    assert_eq!(judge(404, &[]), Some(Success));
    for status in [204, 302, 400, 429, 501] {
        assert_eq!(judge(status, &[]), Some(Failure), "{status}");
    }
    assert_eq!(judge(503, &[]), Some(Failure));
}

#[test]
fn the_end_of_grpc_is_that_of_its_code() {
    let judge = |pairs: &[_]| GrpcToTheEnd::new().at_end(Some(&headers(pairs)));
    assert_eq!(judge(&[("grpc-status", "0")]), Success);
    assert_eq!(judge(&[("grpc-status", "8")]), Ignored);
    assert_eq!(judge(&[("grpc-status", "14")]), Failure);
    assert_eq!(judge(&[("grpc-status", "gone")]), Failure);
    assert_eq!(judge(&[]), Failure, "trailers without a code");
    assert_eq!(GrpcToTheEnd::new().at_end(None), Failure);
    assert_eq!(GrpcToTheEnd::new().at_break(), Failure);
    assert_eq!([true, false].map(|seen| GrpcToTheEnd::new().at_drop(seen)), [Success, Ignored]);
}

fn pushed_back(code: &'static str, pushback: &'static str) -> Outcome {
    let pairs = [("grpc-status", code), ("grpc-retry-pushback-ms", pushback)];
    let at_end = PUSHED_BACK.at_end(Some(&headers(&pairs)));
    assert_eq!(PUSHED_BACK.at_head(&head(200, &pairs)), Some(at_end), "head and trailers agree");
    at_end
}

#[test]
fn a_pushback_is_honoured_up_to_the_cap() {
    assert_eq!(pushed_back("14", "7500"), RetryAfter(Duration::from_millis(7_500)));
    assert_eq!(pushed_back("8", "1"), RetryAfter(Duration::from_millis(1)));
    for long in ["60001", "18446744073709551615", "18446744073709551616"] {
        assert_eq!(pushed_back("14", long), RetryAfter(MINUTE), "{long}");
    }
}

#[test]
fn a_pushback_that_names_no_time_to_wait_is_disregarded() {
    for text in ["", "0", "-1", "+1", "7.5", "soon", "é"] {
        assert_eq!(pushed_back("14", text), Failure, "{text:?}");
        assert_eq!(pushed_back("8", text), Ignored, "{text:?}");
    }
}

#[test]
fn a_pushback_counts_for_two_codes_only_and_only_on_request() {
    assert_eq!(pushed_back("0", "7500"), Success);
    assert_eq!(pushed_back("5", "7500"), Success);
    assert_eq!(pushed_back("13", "7500"), Failure);
    let unavailable = headers(&[("grpc-status", "14"), ("grpc-retry-pushback-ms", "7500")]);
    assert_eq!(GrpcToTheEnd::new().at_end(Some(&unavailable)), Failure);
}
