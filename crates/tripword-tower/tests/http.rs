//! HTTP and gRPC responses, as the classifiers judge them.

use hyper::header::{DATE, RETRY_AFTER};
use hyper::{HeaderMap, Response, StatusCode};
use std::io::Error;
use std::time::Duration;
use tripword::Outcome::{self, Failure, Ignored, Success};
use tripword_tower::{Classify, GrpcErrorsAsFailures, ServerErrorsAsFailures};

type Answer = Result<Response<()>, Error>;

const MINUTE: Duration = Duration::from_secs(60);
const CAPPED: ServerErrorsAsFailures = ServerErrorsAsFailures::new().retry_after_at_most(MINUTE);

fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(()).expect("a valid response"))
}

fn timed_out() -> Answer {
    Err(std::io::ErrorKind::TimedOut.into())
}

#[test]
fn server_errors_and_timeouts_are_failures_and_client_errors_are_not() {
    let judge = |status| ServerErrorsAsFailures::new().classify(&answer(status, &[]));
    for status in [500, 501, 502, 503, 504, 599] {
        assert_eq!(judge(status), Failure, "{status}");
    }
    for status in [101, 200, 204, 304, 400, 401, 404, 408, 409, 499] {
        assert_eq!(judge(status), Success, "{status}");
    }
    assert_eq!(judge(429), Ignored);
    assert_eq!(ServerErrorsAsFailures::new().classify(&timed_out()), Failure);
}

fn wait(status: u16, headers: &[(&str, &str)]) -> Option<Duration> {
    match CAPPED.classify(&answer(status, headers)) {
        Outcome::RetryAfter(wait) => Some(wait),
        _ => None,
    }
}

#[test]
fn retry_after_is_disregarded_by_default() {
    let answer = answer(503, &[("retry-after", "7")]);
    assert_eq!(ServerErrorsAsFailures::new().classify(&answer), Failure);
    assert_eq!(ServerErrorsAsFailures::default().classify(&answer), Failure);
}

#[test]
fn retry_after_is_honoured_up_to_the_cap() {
    let seconds = |text| wait(503, &[(RETRY_AFTER.as_str(), text)]);
    assert_eq!(seconds("7"), Some(Duration::from_secs(7)));
    assert_eq!(seconds("60"), Some(MINUTE));
    assert_eq!(seconds("61"), Some(MINUTE));
    assert_eq!(seconds("18446744073709551615"), Some(MINUTE));
    assert_eq!(seconds("18446744073709551616"), Some(MINUTE));
}

#[test]
fn retry_after_without_a_positive_number_is_disregarded() {
    for text in ["", "0", "-1", "+1", "7.5", "soon", "é"] {
        assert_eq!(wait(503, &[("retry-after", text)]), None, "{text:?}");
    }
    assert_eq!(wait(503, &[]), None);
    let answer = answer(503, &[("retry-after", "soon")]);
    assert_eq!(CAPPED.classify(&answer), Failure);
}

#[test]
fn retry_after_is_honoured_for_429_and_server_errors_only() {
    let is_honoured = |status| wait(status, &[("retry-after", "7")]).is_some();
    for status in [429, 500, 503] {
        assert!(is_honoured(status), "{status}");
    }
    for status in [200, 301, 404] {
        assert!(!is_honoured(status), "{status}");
    }
    assert_eq!(CAPPED.classify(&answer(429, &[])), Ignored);
    assert_eq!(CAPPED.classify(&timed_out()), Failure);
}

#[test]
fn a_retry_after_date_is_compared_with_the_date_of_the_response() {
    let until = (RETRY_AFTER.as_str(), "Wed, 21 Oct 2015 07:28:30 GMT");
    let sent = |date| wait(503, &[until, (DATE.as_str(), date)]);
    let before = sent("Wed, 21 Oct 2015 07:28:00 GMT");
    assert_eq!(before, Some(Duration::from_secs(30)));
    assert_eq!(sent("Wed, 21 Oct 2015 07:28:30 GMT"), None);
    assert_eq!(sent("Wed, 21 Oct 2015 07:28:31 GMT"), None);
    assert_eq!(sent("yesterday"), None);
    assert_eq!(wait(503, &[until]), None);
}

const FLOORED: ServerErrorsAsFailures =
    ServerErrorsAsFailures::new().retry_after_between(Duration::from_secs(5), MINUTE);

#[test]
fn retry_after_has_a_floor_and_a_cap() {
    let until = (RETRY_AFTER.as_str(), "Wed, 21 Oct 2015 07:28:30 GMT");
    let judge = |headers: &[(&str, &str)]| FLOORED.classify(&answer(503, headers));
    for (text, seconds) in [("1", 5), ("4", 5), ("5", 5), ("6", 6), ("60", 60), ("3600", 60)] {
        let expected = Outcome::RetryAfter(Duration::from_secs(seconds));
        assert_eq!(judge(&[(RETRY_AFTER.as_str(), text)]), expected, "{text}");
    }
    for (date, seconds) in [("07:28:29", 5), ("07:28:20", 10), ("06:28:30", 60)] {
        let expected = Outcome::RetryAfter(Duration::from_secs(seconds));
        let date = format!("Wed, 21 Oct 2015 {date} GMT");
        assert_eq!(judge(&[until, (DATE.as_str(), &date)]), expected, "{date}");
    }
}

/// The floor is for waits: without one, it is an ordinary failure.
#[test]
fn the_floor_makes_no_wait_of_none() {
    for text in ["0", "soon", "-1"] {
        assert_eq!(FLOORED.classify(&answer(503, &[("retry-after", text)])), Failure, "{text}");
    }
    assert_eq!(FLOORED.classify(&answer(503, &[])), Failure);
    let past = [
        ("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"),
        ("date", "Wed, 21 Oct 2015 07:28:30 GMT"),
    ];
    assert_eq!(FLOORED.classify(&answer(503, &past)), Failure);
}

#[test]
fn a_cap_below_the_floor_wins() {
    let crossed = ServerErrorsAsFailures::new().retry_after_between(2 * MINUTE, MINUTE);
    let honoured = crossed.classify(&answer(503, &[("retry-after", "1")]));
    assert_eq!(honoured, Outcome::RetryAfter(MINUTE));
    let nothing = ServerErrorsAsFailures::new().retry_after_between(MINUTE, Duration::ZERO);
    assert_eq!(nothing.classify(&answer(503, &[("retry-after", "1")])), Failure);
}

#[test]
fn too_many_requests_are_judged_as_set_unless_they_name_a_wait() {
    let failing = CAPPED.too_many_requests_as(Failure);
    assert_eq!(failing.classify(&answer(429, &[])), Failure);
    assert_eq!(failing.classify(&answer(404, &[])), Success);
    let wait = Outcome::RetryAfter(Duration::from_secs(7));
    for outcome in [Success, Ignored, Failure] {
        let judge = CAPPED.too_many_requests_as(outcome);
        assert_eq!(judge.classify(&answer(429, &[])), outcome);
        assert_eq!(judge.classify(&answer(429, &[("retry-after", "7")])), wait);
        assert_eq!(judge.classify(&answer(503, &[])), Failure);
    }
    let opening = ServerErrorsAsFailures::new().too_many_requests_as(wait);
    assert_eq!(opening.classify(&answer(429, &[("retry-after", "9")])), wait);
}

#[test]
fn status_and_headers_suffice_to_judge_a_response() {
    let (status, mut headers) = (StatusCode::SERVICE_UNAVAILABLE, HeaderMap::new());
    assert_eq!(CAPPED.judge(status, &headers), Failure);
    headers.insert(RETRY_AFTER, 7.into());
    let wait = Duration::from_secs(7);
    assert_eq!(CAPPED.judge(status, &headers), Outcome::RetryAfter(wait));
    assert_eq!(CAPPED.judge(StatusCode::OK, &headers), Success);
}

#[test]
fn each_grpc_code_has_an_outcome() {
    let outcomes: Vec<Outcome> = (0..=17).map(GrpcErrorsAsFailures::outcome).collect();
    let ok_to_not_found = [Success, Ignored, Failure, Success, Failure, Success];
    let already_exists_to_failed_precondition = [Success, Success, Ignored, Success];
    let aborted_to_unavailable = [Success, Success, Success, Failure, Failure];
    let data_loss_to_unassigned = [Failure, Success, Failure];
    let expected = [
        &ok_to_not_found[..],
        &already_exists_to_failed_precondition,
        &aborted_to_unavailable,
        &data_loss_to_unassigned,
    ];
    assert_eq!(outcomes, expected.concat());
    assert_eq!(GrpcErrorsAsFailures::outcome(-1), Failure);
}

#[test]
fn the_grpc_code_is_read_from_the_head() {
    let judge = |code| GrpcErrorsAsFailures.classify(&answer(200, &[("grpc-status", code)]));
    assert_eq!(judge("0"), Success);
    assert_eq!(judge("5"), Success);
    assert_eq!(judge("8"), Ignored);
    assert_eq!(judge("14"), Failure);
    assert_eq!(judge("gone"), Failure);
    assert_eq!(judge("é"), Failure);
}

#[test]
fn without_a_grpc_code_the_http_status_decides() {
    let judge = |status| GrpcErrorsAsFailures.classify(&answer(status, &[]));
    assert_eq!(judge(200), Success, "the code is in the trailers");
    for mapped_to_mistakes_of_the_caller in [401, 403, 404] {
        assert_eq!(judge(mapped_to_mistakes_of_the_caller), Success);
    }
    let mapped_to_internal = 400;
    assert_eq!(judge(mapped_to_internal), Failure);
    for mapped_to_unavailable in [429, 502, 503, 504] {
        assert_eq!(judge(mapped_to_unavailable), Failure, "{mapped_to_unavailable}");
    }
    for unlisted in [204, 301, 302, 307, 402, 415, 418, 499, 500, 501, 599, 999] {
        assert_eq!(judge(unlisted), Failure, "{unlisted}");
    }
    assert_eq!(GrpcErrorsAsFailures.classify(&timed_out()), Failure);
}
