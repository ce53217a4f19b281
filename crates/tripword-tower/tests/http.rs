//! HTTP and gRPC responses, as the layer judges them.
#![cfg(feature = "http")]

use hyper::Response;
use hyper::header::{DATE, RETRY_AFTER};
use std::io::Error;
use std::time::Duration;
use tripword::Finding;
use tripword::Outcome::{self, Failure, Ignored, Success};
use tripword::tower::{Classify, GrpcErrorsAsFailures, ServerErrorsAsFailures};

type Answer = Result<Response<()>, Error>;

const MINUTE: Duration = Duration::from_secs(60);

fn answer(status: u16, headers: &[(&str, &str)]) -> Answer {
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    Ok(response.body(()).expect("a response that can be"))
}

fn timed_out() -> Answer {
    Err(std::io::ErrorKind::TimedOut.into())
}

#[test]
fn server_errors_and_timeouts_fail_and_the_callers_mistakes_do_not() {
    let judge = |status| ServerErrorsAsFailures::new().classify(&answer(status, &[]));
    for status in [500, 501, 502, 503, 504, 599] {
        assert_eq!(judge(status), Failure, "{status}");
    }
    for status in [101, 200, 204, 304, 400, 401, 404, 408, 409, 499] {
        assert_eq!(judge(status), Success, "{status}");
    }
    assert_eq!(judge(429), Ignored);
    assert_eq!(
        ServerErrorsAsFailures::new().classify(&timed_out()),
        Failure
    );
}

fn time_named(finding: Finding) -> Option<Duration> {
    match finding {
        Finding::FailureFor(wait) => Some(wait),
        Finding::Outcome(_) => None,
    }
}

fn wait(status: u16, headers: &[(&str, &str)]) -> Option<Duration> {
    let honouring = ServerErrorsAsFailures::new().retry_after_at_most(MINUTE);
    time_named(honouring.classify(&answer(status, headers)))
}

#[test]
fn a_retry_after_is_honoured_only_on_demand() {
    let named = answer(503, &[("retry-after", "7")]);
    assert_eq!(ServerErrorsAsFailures::new().classify(&named), Failure);
    assert_eq!(ServerErrorsAsFailures::default().classify(&named), Failure);
}

#[test]
fn a_retry_after_is_honoured_up_to_the_cap() {
    let seconds = |text| wait(503, &[(RETRY_AFTER.as_str(), text)]);
    assert_eq!(seconds("7"), Some(Duration::from_secs(7)));
    assert_eq!(seconds("60"), Some(MINUTE));
    assert_eq!(seconds("61"), Some(MINUTE));
    assert_eq!(seconds("18446744073709551615"), Some(MINUTE));
    assert_eq!(seconds("18446744073709551616"), Some(MINUTE));
}

#[test]
fn a_retry_after_that_says_nothing_says_nothing() {
    for text in ["", "0", "-1", "+1", "7.5", "soon", "é"] {
        assert_eq!(wait(503, &[("retry-after", text)]), None, "{text:?}");
    }
    assert_eq!(wait(503, &[]), None);
}

#[test]
fn a_retry_after_counts_where_the_service_did_not_do_its_part() {
    let after_seven = |status| wait(status, &[("retry-after", "7")]).is_some();
    for status in [429, 500, 503] {
        assert!(after_seven(status), "{status}");
    }
    for status in [200, 301, 404] {
        assert!(!after_seven(status), "{status}");
    }
    let honouring = ServerErrorsAsFailures::new().retry_after_at_most(MINUTE);
    assert_eq!(honouring.classify(&timed_out()), Failure);
}

#[test]
fn a_date_is_held_against_the_date_of_the_response() {
    let until = (RETRY_AFTER.as_str(), "Wed, 21 Oct 2015 07:28:30 GMT");
    let sent = |date| wait(503, &[until, (DATE.as_str(), date)]);
    let before = sent("Wed, 21 Oct 2015 07:28:00 GMT");
    assert_eq!(before, Some(Duration::from_secs(30)));
    assert_eq!(sent("Wed, 21 Oct 2015 07:28:30 GMT"), None);
    assert_eq!(sent("Wed, 21 Oct 2015 07:28:31 GMT"), None);
    assert_eq!(sent("yesterday"), None);
    assert_eq!(wait(503, &[until]), None);
}

#[test]
fn every_grpc_code_is_judged() {
    let judged: Vec<Outcome> = (0..=17).map(GrpcErrorsAsFailures::outcome).collect();
    let ok_to_not_found = [Success, Ignored, Failure, Success, Failure, Success];
    let already_exists_to_failed_precondition = [Success, Success, Ignored, Success];
    let aborted_to_unavailable = [Success, Success, Success, Failure, Failure];
    let data_loss_to_unknown = [Failure, Success, Failure];
    let expected = [
        &ok_to_not_found[..],
        &already_exists_to_failed_precondition,
        &aborted_to_unavailable,
        &data_loss_to_unknown,
    ];
    assert_eq!(judged, expected.concat());
    assert_eq!(GrpcErrorsAsFailures::outcome(-1), Failure);
}

#[test]
fn a_grpc_status_is_read_from_the_head() {
    let judge = |status| GrpcErrorsAsFailures.classify(&answer(200, &[("grpc-status", status)]));
    assert_eq!(judge("0"), Success);
    assert_eq!(judge("5"), Success);
    assert_eq!(judge("8"), Ignored);
    assert_eq!(judge("14"), Failure);
    assert_eq!(judge("gone"), Failure);
    assert_eq!(judge("é"), Failure);
}

#[test]
fn without_a_grpc_status_that_of_http_decides() {
    let judge = |status| GrpcErrorsAsFailures.classify(&answer(status, &[]));
    assert_eq!(judge(200), Success);
    assert_eq!(judge(404), Success);
    assert_eq!(judge(429), Failure);
    assert_eq!(judge(503), Failure);
    assert_eq!(GrpcErrorsAsFailures.classify(&timed_out()), Failure);
}
