//! Refusals as HTTP responses: 503 with `Retry-After`.

use crate::refusal::MaybeRefused;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use http::header::RETRY_AFTER;
use http::{HeaderValue, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;
use tripword::Rejected;

/// Returns a response that says a refusal: 503 *Service Unavailable* with an empty body, and with
/// `Retry-After` in whole seconds if the wait is known.
///
/// The wait is rounded up, so that callers do not come back too early. It is exact while the
/// circuit is open, and otherwise a probable one. The message of the refusal is not in the
/// response, since it can contain names that your callers should not see.
///
/// # Examples
///
/// ```
/// use http::{Response, StatusCode, header::RETRY_AFTER};
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock};
/// use tripword_tower::unavailable;
///
/// let breaker = CircuitBreaker::builder().build_with(ManualClock::new())?;
/// breaker.trip_for(Duration::from_millis(7_001));
/// let response: Response<String> = unavailable(breaker.try_acquire().unwrap_err());
/// assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
/// assert_eq!(response.headers()[RETRY_AFTER], "8");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[must_use]
pub fn unavailable<Body: Default>(rejected: Rejected) -> Response<Body> {
    let mut response = Response::new(Body::default());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    if let Some(wait) = rejected.retry_after() {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds(wait)));
    }
    response
}

/// Whole seconds, rounded up.
const fn seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add((wait.subsec_nanos() > 0) as u64)
}

/// A layer that answers refusals with [`unavailable`]: 503 and `Retry-After`.
///
/// Put it around a breaker whose inner service answers with an [`http::Response`], anywhere in the
/// stack above: it finds refusals in a [`CallError`](tripword::CallError), and among the sources of
/// a boxed error ([`MaybeRefused`]). Around a breaker itself, the remaining error is that of the
/// breaker's inner service; if that is `Infallible`, as axum demands, so is the result.
///
/// # Examples
///
/// ```
/// use http::{Request, Response, StatusCode};
/// use std::convert::Infallible;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tripword::{CircuitBreaker, breaker};
/// use tripword_tower::{CircuitBreakerLayer, RefusalsAsResponses, ServerErrorsAsFailures};
///
/// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(1); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let service = ServiceBuilder::new()
///     .layer(RefusalsAsResponses::new())
///     .layer(CircuitBreakerLayer::new(&BACKEND).classify(ServerErrorsAsFailures::new()))
///     .service(service_fn(|_: Request<()>| async {
///         let mut response = Response::new("no answer");
///         *response.status_mut() = StatusCode::BAD_GATEWAY;
///         Ok::<_, Infallible>(response)
///     }));
///
/// let Ok(failed) = service.clone().oneshot(Request::default()).await;
/// assert_eq!(failed.status(), StatusCode::BAD_GATEWAY);
/// let Ok(refused) = service.oneshot(Request::default()).await;
/// assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
/// assert!(refused.headers().contains_key("retry-after"));
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RefusalsAsResponses;

impl RefusalsAsResponses {
    /// Creates the layer.
    ///
    /// # Examples
    ///
    /// ```
    /// use tower::{Layer, service_fn};
    /// use tripword_tower::{RefusalsAsResponses, RefusalsAsResponsesService};
    ///
    /// # let guarded = ();
    /// let service: RefusalsAsResponsesService<_> = RefusalsAsResponses::new().layer(guarded);
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<S> Layer<S> for RefusalsAsResponses {
    type Service = RefusalsAsResponsesService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        RefusalsAsResponsesService { inner, refused: None }
    }
}

/// A service that answers refusals with [`unavailable`], made by the layer
/// [`RefusalsAsResponses`], which has an example.
#[derive(Debug)]
pub struct RefusalsAsResponsesService<S> {
    inner: S,
    /// The refusal with which the inner service failed to become ready.
    refused: Option<Rejected>,
}

impl<S, Request, Body> Service<Request> for RefusalsAsResponsesService<S>
where
    S: Service<Request, Response = Response<Body>>,
    S::Error: MaybeRefused,
    Body: Default,
{
    type Response = Response<Body>;
    type Error = <S::Error as MaybeRefused>::Other;
    type Future = RefusalsAsResponsesFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        let Err(error) = ready!(self.inner.poll_ready(cx)) else {
            self.refused = None;
            return Poll::Ready(Ok(()));
        };
        // A refusal is answered by the call.
        self.refused = Some(error.into_refusal()?);
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let kind = match self.refused.take() {
            Some(rejected) => Kind::Refused { rejected },
            None => Kind::Called { inner: self.inner.call(request) },
        };
        RefusalsAsResponsesFuture { kind }
    }
}

impl<S: Clone> Clone for RefusalsAsResponsesService<S> {
    /// Returns another service, which is not ready yet.
    fn clone(&self) -> Self {
        RefusalsAsResponses.layer(self.inner.clone())
    }
}

pin_project! {
    /// The future of a call through a [`RefusalsAsResponsesService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct RefusalsAsResponsesFuture<F> {
        #[pin]
        kind: Kind<F>,
    }
}

pin_project! {
    #[project = KindProjection]
    #[derive(Debug)]
    enum Kind<F> {
        Called { #[pin] inner: F },
        Refused { rejected: Rejected },
    }
}

impl<F, Body, Error> Future for RefusalsAsResponsesFuture<F>
where
    F: Future<Output = Result<Response<Body>, Error>>,
    Error: MaybeRefused,
    Body: Default,
{
    type Output = Result<Response<Body>, Error::Other>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let rejected = match self.project().kind.project() {
            KindProjection::Refused { rejected } => *rejected,
            KindProjection::Called { inner } => match ready!(inner.poll(cx)) {
                Ok(response) => return Poll::Ready(Ok(response)),
                Err(error) => error.into_refusal()?,
            },
        };
        Poll::Ready(Ok(unavailable(rejected)))
    }
}
