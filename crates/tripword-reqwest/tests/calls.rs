//! Calls through a guarded client, and what each counts as.

use crate::support::{
    Answer, BEGUN, Backdrop, Breaker, GZIPPED, HALF, UNWELL, WHOLE, bounded, client, half_open,
    timed,
};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Method, Request, Response, Version, redirect};
use std::time::Duration;
use tower::{Service, ServiceBuilder, ServiceExt};
use tripword_reqwest::tripword::Outcome::{self, Failure, Ignored, Success};
use tripword_reqwest::tripword::{CallError, Rejected, State};
use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
use tripword_reqwest::{Guarded, HttpClient, ReqwestErrors, from_http, guard};

type Called = Result<Response, CallError<reqwest::Error>>;

fn get(backdrop: &Backdrop, path: &str) -> Request {
    Request::new(Method::GET, backdrop.url(path).parse().expect("a valid URL"))
}

/// Sends a request through a breaker, by a client with default settings.
async fn send(breaker: &Breaker, request: Request) -> Called {
    let client = guard(client().build().expect("a client"), breaker.clone());
    bounded(client.execute(request)).await
}

/// Asserts what a settled probe leaves behind.
fn assert_settled(breaker: &Breaker, outcomes: &[Outcome]) {
    assert_eq!(breaker.observer().take(), outcomes);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
}

#[tokio::test]
async fn an_unwell_service_opens_the_circuit_until_it_is_well() {
    let backdrop = Backdrop::start(|_| UNWELL).await;
    let breaker = timed();
    let client = guard(client().build().expect("a client"), breaker.clone());
    for _ in 0..3 {
        let response = bounded(client.execute(get(&backdrop, "/"))).await.expect("a response");
        assert_eq!(response.status(), 503);
        assert_eq!(bounded(response.text()).await.expect("a body"), "abc");
    }
    assert_eq!(breaker.state(), State::Open);
    let refused = client.execute(get(&backdrop, "/")).await.expect_err("it is open");
    assert_eq!(refused.rejected().copied(), breaker.rejection());
    assert_eq!(backdrop.calls(), 3, "the fourth is refused");

    breaker.clock().advance(breaker.rejection().and_then(Rejected::retry_after).expect("a time"));
    backdrop.set_plan(|_| WHOLE);
    let response = bounded(client.execute(get(&backdrop, "/"))).await.expect("a response");
    assert_eq!(breaker.state(), State::HalfOpen, "the body is not read yet");
    assert_eq!(bounded(response.text()).await.expect("a body"), "abc");
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test]
async fn a_broken_body_is_an_error_and_a_failure() {
    let backdrop = Backdrop::start(|_| HALF).await;
    let breaker = half_open();
    let response = send(&breaker, get(&backdrop, "/")).await.expect("a good head");
    assert_eq!(breaker.observer().take(), []);
    let broken = bounded(response.text()).await.expect_err("half of it");
    assert!(broken.is_decode(), "as reqwest calls it: {broken:?}");
    assert_settled(&breaker, &[Failure]);
}

#[tokio::test]
async fn a_body_is_counted_once_however_it_is_read() {
    let backdrop = Backdrop::start(|_| WHOLE).await;
    let breaker = half_open();
    let mut response = send(&breaker, get(&backdrop, "/")).await.expect("a response");
    while let Some(chunk) = bounded(response.chunk()).await.expect("a body") {
        assert_eq!(chunk, "abc");
    }
    drop(response);
    assert_settled(&breaker, &[Success]);
}

#[tokio::test]
async fn a_response_keeps_its_parts() {
    const PARTS: Answer = Answer::Text(
        "HTTP/1.1 200 Fine\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\nabc",
    );
    let backdrop = Backdrop::start(|_| PARTS).await;
    let path = "/path?query";
    let response = send(&half_open(), get(&backdrop, path)).await.expect("a response");
    assert_eq!(response.url().as_str(), backdrop.url(path));
    assert_eq!((response.status().as_u16(), response.version()), (200, Version::HTTP_11));
    assert_eq!(response.headers()[CONTENT_TYPE], "text/plain");
    assert_eq!(response.content_length(), Some(3));
    assert_eq!(response.remote_addr(), Some(backdrop.address()));
}

#[tokio::test]
async fn an_error_of_a_status_names_the_url() {
    let backdrop = Backdrop::start(|_| UNWELL).await;
    let response = send(&half_open(), get(&backdrop, "/pay")).await.expect("a response");
    let error = response.error_for_status().expect_err("it is unwell");
    assert_eq!(error.url().map(|url| url.as_str()), Some(backdrop.url("/pay").as_str()));
}

#[tokio::test]
async fn a_response_without_a_body_is_a_success() {
    const NO_CONTENT: Answer = Answer::Text("HTTP/1.1 204 No Content\r\n\r\n");
    const EMPTY: Answer = Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
    const HEAD: Answer = Answer::Text("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n");
    let backdrop = Backdrop::start(|path| match path {
        "/empty" => EMPTY,
        "/head" => HEAD,
        _ => NO_CONTENT,
    });
    let backdrop = backdrop.await;
    for (method, path) in [(Method::GET, "/"), (Method::GET, "/empty"), (Method::HEAD, "/head")] {
        let breaker = half_open();
        let mut request = get(&backdrop, path);
        *request.method_mut() = method;
        let response = send(&breaker, request).await.expect("a response");
        assert_eq!(bounded(response.text()).await.expect("no body"), "");
        assert_settled(&breaker, &[Success]);
    }
}

#[tokio::test]
async fn a_stream_that_is_left_unread_is_a_success() {
    let backdrop = Backdrop::start(|_| BEGUN).await;
    let breaker = half_open();
    let response = send(&breaker, get(&backdrop, "/")).await.expect("a good head");
    assert_eq!(breaker.observer().take(), []);
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(response);
    assert_settled(&breaker, &[Success]);
}

#[tokio::test]
async fn a_stream_that_is_left_halfway_is_a_success() {
    let backdrop = Backdrop::start(|_| BEGUN).await;
    let breaker = half_open();
    let mut response = send(&breaker, get(&backdrop, "/")).await.expect("a good head");
    assert_eq!(bounded(response.chunk()).await.expect("a chunk").as_deref(), Some(&b"abc"[..]));
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(response);
    assert_settled(&breaker, &[Success]);
}

#[tokio::test]
async fn a_call_that_is_given_up_is_ignored() {
    let backdrop = Backdrop::start(|_| Answer::Hang).await;
    let breaker = half_open();
    tokio::select! {
        called = send(&breaker, get(&backdrop, "/")) => panic!("{called:?}"),
        () = bounded(backdrop.stop_time_when_called()) => {}
    }
    assert_settled(&breaker, &[Ignored]);
}

#[tokio::test]
async fn a_timeout_before_the_head_is_a_failure() {
    let timeouts =
        [client().timeout(Duration::from_secs(10)), client().read_timeout(Duration::from_secs(10))];
    for client in timeouts {
        let (backdrop, breaker) = (Backdrop::start(|_| Answer::Hang).await, half_open());
        let client = guard(client.build().expect("a client"), breaker.clone());
        let call = bounded(client.execute(get(&backdrop, "/")));
        let (called, ()) = tokio::join!(call, backdrop.stop_time_when_called());
        let error = called.expect_err("it hangs").into_inner().expect("no refusal");
        assert!(error.is_timeout(), "{error:?}");
        assert_settled(&breaker, &[Failure]);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_timeout_of_one_request_is_a_failure() {
    let (backdrop, breaker) = (Backdrop::start(|_| Answer::Hang).await, half_open());
    let mut request = get(&backdrop, "/");
    *request.timeout_mut() = Some(Duration::from_secs(10));
    let (called, ()) = tokio::join!(send(&breaker, request), backdrop.stop_time_when_called());
    let error = called.expect_err("it hangs").into_inner().expect("no refusal");
    assert!(error.is_timeout(), "{error:?}");
    assert_settled(&breaker, &[Failure]);
}

#[tokio::test]
async fn a_timeout_of_the_body_is_a_failure() {
    let timeouts =
        [client().timeout(Duration::from_secs(30)), client().read_timeout(Duration::from_secs(30))];
    for client in timeouts {
        let (backdrop, breaker) = (Backdrop::start(|_| BEGUN).await, half_open());
        let client = guard(client.build().expect("a client"), breaker.clone());
        let response = bounded(client.execute(get(&backdrop, "/"))).await.expect("a good head");
        assert_eq!(breaker.observer().take(), []);
        tokio::time::pause();
        let error = bounded(response.text()).await.expect_err("it hangs");
        assert!(error.is_timeout(), "{error:?}");
        assert_settled(&breaker, &[Failure]);
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_body_in_gzip_that_is_cut_is_a_failure() {
    for (plan, whole) in [
        ((|_| Answer::Gzip(GZIPPED)) as fn(&str) -> Answer, true),
        (|_| Answer::Gzip(GZIPPED / 2), false),
    ] {
        let (backdrop, breaker) = (Backdrop::start(plan).await, half_open());
        let response = send(&breaker, get(&backdrop, "/")).await.expect("a good head");
        let text = bounded(response.text()).await;
        assert_eq!(text.ok().as_deref(), whole.then_some("abc"));
        assert_settled(&breaker, &[if whole { Success } else { Failure }]);
    }
}

#[tokio::test]
async fn no_connection_is_a_failure() {
    let breaker = half_open();
    let url = "http://127.0.0.1:0".parse().expect("a valid URL");
    let called = send(&breaker, Request::new(Method::GET, url)).await;
    assert!(called.expect_err("no server has port 0").inner().is_some_and(|e| e.is_connect()));
    assert_settled(&breaker, &[Failure]);
}

#[tokio::test]
async fn a_request_that_cannot_be_sent_is_ignored() {
    let breaker = half_open();
    let url = "ftp://localhost/".parse().expect("a valid URL");
    let called = send(&breaker, Request::new(Method::GET, url)).await;
    assert!(called.expect_err("no scheme of HTTP").inner().is_some_and(|e| e.is_builder()));
    assert_settled(&breaker, &[Ignored]);
}

/// Redirects: `/loop` to itself, `/well` and `/unwell` each to a page that is.
fn redirects(path: &str) -> Answer {
    match path {
        "/loop" => Answer::Text("HTTP/1.1 302 Found\r\nlocation: /loop\r\n\r\n"),
        "/well" => Answer::Text("HTTP/1.1 302 Found\r\nlocation: /there?yes\r\n\r\n"),
        "/unwell" => Answer::Text("HTTP/1.1 302 Found\r\nlocation: /nowhere\r\n\r\n"),
        "/nowhere" => UNWELL,
        _ => WHOLE,
    }
}

#[tokio::test]
async fn a_call_with_redirects_is_counted_once_by_its_last_response() {
    let (backdrop, breaker) = (Backdrop::start(redirects).await, half_open());
    let response = send(&breaker, get(&backdrop, "/well")).await.expect("a response");
    assert_eq!(response.url().as_str(), backdrop.url("/there?yes"), "where it ended");
    assert_eq!(bounded(response.text()).await.expect("a body"), "abc");
    assert_settled(&breaker, &[Success]);

    let response = send(&breaker, get(&backdrop, "/unwell")).await.expect("a response");
    assert_eq!((response.status().as_u16(), response.url().path()), (503, "/nowhere"));
    assert_settled(&breaker, &[Failure]);
}

#[tokio::test]
async fn too_many_redirects_are_ignored() {
    let (backdrop, breaker) = (Backdrop::start(redirects).await, half_open());
    let called = send(&breaker, get(&backdrop, "/loop")).await;
    assert!(called.expect_err("a loop").inner().is_some_and(|e| e.is_redirect()));
    assert_settled(&breaker, &[Ignored]);
}

#[tokio::test]
async fn a_redirect_that_is_not_followed_is_a_success() {
    let (backdrop, breaker) = (Backdrop::start(redirects).await, half_open());
    let client = client().redirect(redirect::Policy::none()).build().expect("a client");
    let client = guard(client, breaker.clone());
    let response = bounded(client.execute(get(&backdrop, "/loop"))).await.expect("a response");
    assert_eq!((response.status().as_u16(), response.url().path()), (302, "/loop"));
    drop(response);
    assert_settled(&breaker, &[Success]);
}

/// Waits of `Retry-After`, in seconds and as a date, beyond a cap, and without a `Date`.
fn waits(path: &str) -> Answer {
    Answer::Text(match path {
        "/seconds" => "HTTP/1.1 503 Unwell\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
        "/date" => {
            "HTTP/1.1 429 Enough\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
             retry-after: Sun, 06 Nov 1994 08:49:44 GMT\r\ncontent-length: 0\r\n\r\n"
        }
        "/hour" => "HTTP/1.1 503 Unwell\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n",
        _ => {
            "HTTP/1.1 503 Unwell\r\nretry-after: Sun, 06 Nov 1994 08:49:44 GMT\r\n\
             content-length: 0\r\n\r\n"
        }
    })
}

#[tokio::test]
async fn retry_after_opens_the_circuit_in_seconds_and_as_a_date() {
    let backdrop = Backdrop::start(waits).await;
    let (seconds, cap) = (Duration::from_secs(7), Duration::from_secs(60));
    for (path, wait) in [
        ("/seconds", Some(seconds)),
        ("/date", Some(seconds)),
        ("/hour", Some(cap)),
        ("/undated", None),
    ] {
        let breaker = timed();
        let judge = HttpToTheEnd::new().retry_after_at_most(cap);
        let layer = CircuitBreakerLayer::new(breaker.clone()).classify(ReqwestErrors);
        let client = Guarded::new(client().build().expect("a client"), layer.to_the_end(judge));
        bounded(client.execute(get(&backdrop, path))).await.expect("a response");
        assert_eq!(breaker.rejection().and_then(Rejected::retry_after), wait, "{path}");
        let refused = bounded(client.execute(get(&backdrop, path))).await.is_err();
        assert_eq!(refused, wait.is_some(), "{path}");
    }
}

#[tokio::test]
async fn a_guarded_client_is_a_service_that_other_tasks_use() {
    let (backdrop, breaker) = (Backdrop::start(|_| WHOLE).await, timed());
    let mut service = guard(client().build().expect("a client"), breaker.clone());
    let task = tokio::spawn(service.execute(get(&backdrop, "/")));
    let response = bounded(task).await.expect("no panic").expect("a response");
    assert_eq!(response.status(), 200);

    let ready = service.ready().await.expect("always ready");
    let response = bounded(ready.call(get(&backdrop, "/there"))).await.expect("a response");
    assert_eq!(response.url().path(), "/there");
    breaker.trip();
    let ready = service.ready().await.expect("ready to refuse");
    assert!(matches!(ready.call(get(&backdrop, "/")).await, Err(CallError::Rejected(_))));
    assert_eq!(backdrop.calls(), 2);
}

#[tokio::test]
async fn a_stack_of_layers_counts_the_body_and_keeps_the_url() {
    let (backdrop, breaker) = (Backdrop::start(|_| HALF).await, half_open());
    let layer = CircuitBreakerLayer::new(breaker.clone()).classify(ReqwestErrors);
    let stack = ServiceBuilder::new()
        .map_response(from_http)
        .layer(layer.to_the_end(HttpToTheEnd::new()))
        .concurrency_limit(1)
        .service(HttpClient::new(client().build().expect("a client")));
    let response = bounded(stack.oneshot(get(&backdrop, "/there"))).await.expect("a good head");
    assert_eq!(response.url().as_str(), backdrop.url("/there"));
    bounded(response.bytes()).await.expect_err("half of it");
    assert_settled(&breaker, &[Failure]);
}
