//! Refusals as HTTP responses.

use crate::service::{Breaker, at_once, breaker, call, is_ready};
use crate::support::S;
use hyper::header::RETRY_AFTER;
use hyper::{Response, StatusCode};
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tripword::{CallError, Mode, Rejected};
use tripword_tower::{CircuitBreakerLayer, RefusalsAsResponses, unavailable};

type Answer = Response<String>;

/// The status and the `Retry-After` of a response.
fn parts(response: &Answer) -> (u16, Option<&str>) {
    let wait = response.headers().get(RETRY_AFTER);
    (response.status().as_u16(), wait.map(|wait| wait.to_str().expect("a number")))
}

fn refusal(breaker: &Breaker) -> Rejected {
    breaker.try_acquire().expect_err("it refuses")
}

#[test]
fn the_wait_is_in_whole_seconds_and_rounded_up() {
    let breaker = breaker();
    let retry_after = |wait| {
        breaker.reset();
        breaker.trip_for(wait);
        let response: Answer = unavailable(refusal(&breaker));
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.body(), "");
        parts(&response).1.map(str::to_owned)
    };
    for (wait, seconds) in [
        (Duration::from_nanos(1), "1"),
        (S, "1"),
        (S + Duration::from_nanos(1), "2"),
        (Duration::from_millis(7_500), "8"),
        (3_600 * S, "3600"),
    ] {
        assert_eq!(retry_after(wait).as_deref(), Some(seconds), "{wait:?}");
    }
}

#[test]
fn no_wait_is_named_where_none_is_known() {
    let breaker = breaker();
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(parts(&unavailable(refusal(&breaker))), (503, None));
}

fn answer(status: u16) -> Ready<Result<Answer, Infallible>> {
    let response = Response::builder().status(status).body(status.to_string());
    ready(Ok(response.expect("a valid response")))
}

/// As a server needs it: there is no error left.
#[test]
fn refusals_are_answered_and_other_responses_pass() {
    let breaker = Arc::new(breaker());
    let mut service = ServiceBuilder::new()
        .layer(RefusalsAsResponses::new())
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(service_fn(answer));
    let Ok(passed): Result<_, Infallible> = call(&mut service, 404);
    assert_eq!((parts(&passed), passed.body().as_str()), ((404, None), "404"));
    breaker.trip();
    let Ok(refused) = call(&mut service, 200);
    assert_eq!(parts(&refused), (503, Some("1")));
    assert_eq!(refused.body(), "");
    breaker.clock().advance(S);
    let Ok(passed) = call(&mut service, 200);
    assert_eq!(parts(&passed), (200, None));
}

#[test]
fn errors_of_the_inner_service_pass_without_their_wrapper() {
    let failing = service_fn(|()| ready(Err::<Answer, _>(io::ErrorKind::TimedOut)));
    let layer = CircuitBreakerLayer::new(Arc::new(breaker()));
    let service = RefusalsAsResponses::new().layer(layer.layer(failing));
    assert_eq!(at_once(service.clone().oneshot(())).unwrap_err(), io::ErrorKind::TimedOut);
    assert_eq!(parts(&at_once(service.oneshot(())).expect("a response")), (503, Some("1")));
}

/// The layer is further out than the breaker, and between them errors are boxed.
#[tokio::test(start_paused = true)]
async fn refusals_among_boxed_errors_are_answered() {
    let breaker = Arc::new(breaker());
    let mut service = ServiceBuilder::new()
        .layer(RefusalsAsResponses::new())
        .timeout(S)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .service(service_fn(|()| ready(Err::<Answer, _>(io::Error::other("no answer")))));
    let error: BoxError = call(&mut service, ()).unwrap_err();
    assert!(error.is::<CallError<io::Error>>());
    assert_eq!(parts(&call(&mut service, ()).expect("a response")), (503, Some("1")));
}

/// Refuses in `poll_ready`, as a service that queues for a breaker can.
#[derive(Clone)]
struct Unready(Option<Rejected>);

impl Service<()> for Unready {
    type Response = Answer;
    type Error = CallError<Infallible>;
    type Future = Ready<Result<Answer, CallError<Infallible>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(match self.0.take() {
            Some(rejected) => Err(rejected.into()),
            None => Ok(()),
        })
    }

    fn call(&mut self, (): ()) -> Self::Future {
        assert!(self.0.is_none(), "it was not ready");
        ready(Ok(Response::new("called".to_owned())))
    }
}

#[test]
fn a_refusal_of_readiness_is_answered_by_the_call() {
    let breaker = breaker();
    breaker.trip();
    let mut service = RefusalsAsResponses::new().layer(Unready(Some(refusal(&breaker))));
    let Ok(refused) = call(&mut service, ());
    assert_eq!(parts(&refused), (503, Some("1")));
    let Ok(passed) = call(&mut service, ());
    assert_eq!(parts(&passed), (200, None));
}

/// Each poll judges anew, and a clone is not ready.
#[test]
fn a_refusal_of_readiness_is_forgotten_by_the_next_poll_and_by_a_clone() {
    let breaker = breaker();
    breaker.trip();
    let mut service = RefusalsAsResponses::new().layer(Unready(Some(refusal(&breaker))));
    assert!(is_ready(&mut service));
    let Ok(passed) = at_once(service.clone().oneshot(()));
    assert_eq!(parts(&passed), (200, None));
    assert!(is_ready(&mut service));
    let Ok(passed) = at_once(service.call(()));
    assert_eq!(parts(&passed), (200, None));
}
