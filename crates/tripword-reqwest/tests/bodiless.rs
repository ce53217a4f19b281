//! Responses that have no body, but may announce one, over HTTP/1 and HTTP/2. The client decodes
//! gzip, and so does not show whether a body is at its end.

use crate::support::{Answer, Backdrop, bounded, client, half_open, http2};
use reqwest::{Client, Method, Request, StatusCode};
use tripword_reqwest::guard;
use tripword_reqwest::tripword::Outcome::Success;

/// Asserts that a call is a success at its head, and that there is no body to read.
async fn assert_bodiless(client: Client, method: Method, url: String) {
    let (breaker, what) = (half_open(), format!("{method} {url}"));
    let request = Request::new(method, url.parse().expect("a valid URL"));
    let call = guard(client, breaker.clone()).execute(request);
    let response = bounded(call).await.expect("a response");
    assert_eq!(breaker.observer().take(), [Success], "{what}");
    assert_eq!(breaker.snapshot().probes.in_flight, 0, "{what}");
    assert_eq!(response.url().as_str(), url, "{what}");
    assert_eq!(bounded(response.text()).await.expect("no body"), "", "{what}");
    assert_eq!(breaker.observer().take(), [], "{what}");
}

#[tokio::test]
async fn over_http1() {
    let backdrop = Backdrop::start(|path| {
        Answer::Text(match path {
            "/204" => "HTTP/1.1 204 No Content\r\n\r\n",
            "/304" => "HTTP/1.1 304 Not Modified\r\ncontent-length: 6\r\n\r\n",
            _ => "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n",
        })
    });
    let backdrop = backdrop.await;
    for (method, path) in [(Method::GET, "/204"), (Method::GET, "/304"), (Method::HEAD, "/200")] {
        assert_bodiless(client().build().expect("a client"), method, backdrop.url(path)).await;
    }
}

#[tokio::test]
async fn over_http2() {
    let address = http2(None).await;
    let client = client().http2_prior_knowledge().build().expect("a client");
    for (method, status) in [
        (Method::GET, StatusCode::NOT_MODIFIED),
        (Method::HEAD, StatusCode::OK),
        (Method::HEAD, StatusCode::NOT_FOUND),
    ] {
        let url = format!("http://{address}/{}", status.as_str());
        assert_bodiless(client.clone(), method, url).await;
    }
}
