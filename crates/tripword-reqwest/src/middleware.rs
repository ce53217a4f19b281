//! A middleware with a circuit breaker.

use crate::convert::{from_http, to_http};
use crate::errors::ReqwestErrors;
use crate::refusal::refusal;
use async_trait::async_trait;
use core::fmt;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use tower::util::ServiceExt;
use tower::service_fn;
use tripword_tower::tripword::{CallError, Classify, Handle, Outcome};
use tripword_tower::{CircuitBreakerLayer, ClassifyBody, HttpToTheEnd, ToTheEndLayer};

/// A middleware for a client of reqwest-middleware that makes each call through a breaker.
pub struct CircuitBreakerMiddleware<H, J = HttpToTheEnd> {
    layer: ToTheEndLayer<H, ReqwestErrors, J>,
}

impl<H: Handle> CircuitBreakerMiddleware<H> {
    /// x
    #[must_use]
    pub fn new(handle: H) -> Self {
        let layer = CircuitBreakerLayer::new(handle).classify(ReqwestErrors);
        Self::with_layer(layer.to_the_end(HttpToTheEnd::new()))
    }
}

impl<H, J> CircuitBreakerMiddleware<H, J> {
    /// x
    #[must_use]
    pub const fn with_layer(layer: ToTheEndLayer<H, ReqwestErrors, J>) -> Self {
        Self { layer }
    }
}

#[async_trait]
impl<H, J> Middleware for CircuitBreakerMiddleware<H, J>
where
    H: Handle + Clone + Send + Sync + 'static,
    H::Rejection: std::error::Error + Send + Sync + 'static,
    J: ClassifyBody + Clone + Send + Sync + 'static,
{
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let mut next = Some((next, extensions));
        let inner = service_fn(move |request| {
            let (next, extensions) = next.take().expect("a middleware makes one call");
            next.run(request, extensions)
        });
        let inner = inner.map_response(to_http);
        let called = self.layer.without_clone(inner).oneshot(request).await;
        called.map(from_http).map_err(|error| match error {
            CallError::Rejected(rejection) => Error::middleware(rejection),
            CallError::Inner(error) => error,
        })
    }
}

impl<T> Classify<T, Error> for ReqwestErrors {
    fn classify(&self, result: &Result<T>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(error) => outcome(error),
        }
    }
}

/// The outcome of the error of reqwest that is in this one, or of one of another middleware.
fn outcome(error: &Error) -> Outcome {
    let wrapped = match error {
        Error::Reqwest(error) => return ReqwestErrors::outcome(error),
        Error::Middleware(wrapped) => wrapped,
    };
    if refusal(wrapped.as_ref()).is_some() {
        return Outcome::Ignored;
    }
    wrapped
        .chain()
        .find_map(|source| {
            let error: Option<&reqwest::Error> = source.downcast_ref();
            let nested: Option<&Error> = source.downcast_ref();
            error.map(ReqwestErrors::outcome).or_else(|| nested.map(outcome))
        })
        .unwrap_or(Outcome::Failure)
}

impl<H: Handle, J> fmt::Debug for CircuitBreakerMiddleware<H, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerMiddleware").field("layer", &self.layer).finish()
    }
}
