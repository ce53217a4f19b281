//! Responses of reqwest as those of `http`, and back.

use reqwest::{Body, Response, ResponseBuilderExt};
use tripword_tower::tripword::Handle;
use tripword_tower::{ClassifyBody, GuardedBody};

/// Converts a response of reqwest so that a layer of `tripword-tower` can judge it. For
/// `map_response` below the breaker.
///
/// Unlike reqwest's own conversion, it retains the URL, as reqwest's extension of the response.
///
/// # Examples
///
/// ```
/// use reqwest::{Response, ResponseBuilderExt};
/// use tripword_reqwest::to_http;
///
/// let url: reqwest::Url = "http://localhost/final".parse()?;
/// let response = http::Response::builder().status(404).url(url.clone()).body("none")?;
/// let http = to_http(Response::from(response));
/// assert_eq!(http.status(), 404);
/// assert_eq!(Response::from(http).url(), &url);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn to_http(response: Response) -> http::Response<Body> {
    // Only a builder takes the URL.
    let with_url = http::Response::builder().url(response.url().clone()).body(());
    let (url, ()) = with_url.expect("nothing in it can be invalid").into_parts();
    let mut http = http::Response::from(response);
    http.extensions_mut().extend(url.extensions);
    http
}

/// Converts a response that passed a breaker back into one of reqwest. For `map_response` above the
/// breaker, with [`to_http`] below it.
///
/// # Examples
///
/// ```
/// use reqwest::{Client, Method, Request};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tripword_reqwest::tripword::{CircuitBreaker, breaker};
/// use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
/// use tripword_reqwest::{ReqwestErrors, from_http, to_http};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = CircuitBreakerLayer::new(&PAYMENTS).classify(ReqwestErrors);
/// let stack = ServiceBuilder::new()
///     .map_response(from_http)
///     .layer(layer.to_the_end(HttpToTheEnd::new()))
///     .map_response(to_http)
///     .service(Client::new());
///
/// let request = Request::new(Method::GET, "http://127.0.0.1:0".parse()?);
/// assert!(stack.oneshot(request).await.is_err(), "no server has port 0");
/// assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1);
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn from_http<H, J>(response: http::Response<GuardedBody<Body, H, J>>) -> Response
where
    H: Handle + Send + Sync + 'static,
    J: ClassifyBody + Send + Sync + 'static,
{
    response.map(Body::wrap).into()
}
