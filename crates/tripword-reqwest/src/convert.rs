//! Responses of reqwest as those of `http`, and back.

use core::task::{Context, Poll};
use reqwest::{Body, Client, Method, Request, Response, ResponseBuilderExt, StatusCode};
use tower::Service;
use tower::util::MapResponse;
use tripword_tower::tripword::Handle;
use tripword_tower::{ClassifyBody, GuardedBody};

/// Converts a response of reqwest so that a layer of `tripword-tower` can judge it. [`HttpClient`]
/// does it to the responses of a client.
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
    match http.status() {
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED => http.map(without_body),
        _ => http,
    }
}

/// The body of a response that has none. Where reqwest decodes bodies, it does not show that one is
/// at its end, and over HTTP/2 the length that a head announces would make it one that is cut.
fn without_body(_: Body) -> Body {
    Body::default()
}

pub(crate) type ToHttp = fn(Response) -> http::Response<Body>;

/// Returns [`to_http`] for responses to requests of this method.
pub(crate) fn to_http_of(method: &Method) -> ToHttp {
    match *method {
        Method::HEAD => |response| to_http(response).map(without_body),
        _ => to_http,
    }
}

/// A client of reqwest as a service whose responses are those of `http`: a [`Client`] with
/// [`to_http`], which also knows that a HEAD is answered without a body. For stacks of layers, with
/// [`from_http`] above the breaker.
///
/// # Examples
///
/// ```
/// use reqwest::{Client, Method, Request};
/// use tower::{ServiceBuilder, ServiceExt};
/// use tripword_reqwest::tripword::{CircuitBreaker, breaker};
/// use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
/// use tripword_reqwest::{HttpClient, ReqwestErrors, from_http};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let layer = CircuitBreakerLayer::new(&PAYMENTS).classify(ReqwestErrors);
/// let stack = ServiceBuilder::new()
///     .map_response(from_http)
///     .layer(layer.to_the_end(HttpToTheEnd::new()))
///     .service(HttpClient::new(Client::new()));
///
/// let request = Request::new(Method::GET, "http://127.0.0.1:0".parse()?);
/// assert!(stack.oneshot(request).await.is_err(), "no server has port 0");
/// assert_eq!(PAYMENTS.snapshot().consecutive_failures, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct HttpClient(Client);

impl HttpClient {
    /// Creates a service that sends its requests by `client`.
    ///
    /// # Examples
    ///
    /// ```
    /// use reqwest::Client;
    /// use tripword_reqwest::HttpClient;
    ///
    /// let client = HttpClient::new(Client::new());
    /// let request = client.get_ref().get("http://localhost/receipt").build()?;
    /// assert_eq!(request.url().path(), "/receipt");
    /// # Ok::<(), reqwest::Error>(())
    /// ```
    #[must_use]
    pub const fn new(client: Client) -> Self {
        Self(client)
    }

    /// Returns the client.
    #[must_use]
    pub const fn get_ref(&self) -> &Client {
        &self.0
    }
}

impl Service<Request> for HttpClient {
    type Response = http::Response<Body>;
    type Error = reqwest::Error;
    type Future = <MapResponse<Client, ToHttp> as Service<Request>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), reqwest::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let to_http = to_http_of(request.method());
        MapResponse::new(&mut self.0, to_http).call(request)
    }
}

/// Converts a response that passed a breaker back into one of reqwest. For `map_response` above the
/// breaker, with [`HttpClient`] below it, whose example shows both.
#[must_use]
pub fn from_http<H, J>(response: http::Response<GuardedBody<Body, H, J>>) -> Response
where
    H: Handle + Send + Sync + 'static,
    J: ClassifyBody + Send + Sync + 'static,
{
    response.map(Body::wrap).into()
}
