//! A middleware with a circuit breaker.

use crate::convert::{from_http, to_http_of};
use crate::errors::ReqwestErrors;
use crate::refusal::refusal;
use async_trait::async_trait;
use core::fmt;
use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Error, Middleware, Next, Result};
use tower::service_fn;
use tower::util::ServiceExt;
use tripword_tower::tripword::{CallError, Classify, Handle, Outcome};
use tripword_tower::{CircuitBreakerLayer, ClassifyBody, HttpToTheEnd, Select, ToTheEndLayer};

/// A middleware that makes the calls of a client through a circuit breaker.
///
/// Errors are judged by [`ReqwestErrors`] and responses by [`HttpToTheEnd`], bodies included, as
/// those of [`guard()`](crate::guard()) are. `Sel` chooses the breaker of each request ([`Select`];
/// a [`Handle`] has one breaker for all), and `J` judges responses.
///
/// A refusal is an [`Error::Middleware`]. [`refusal()`] finds it, and so does `downcast_ref`, with
/// the breaker's name if it has one.
///
/// Add the middleware after those that retry, which so are outside: they see each refusal, and
/// reqwest-retry stops at it. Errors of the middlewares inside are failures, unless one that
/// [`ReqwestErrors`] ignores is among their sources.
///
/// # Examples
///
/// ```
/// use reqwest::Client;
/// use reqwest_middleware::{ClientBuilder, Error};
/// use tripword_reqwest::CircuitBreakerMiddleware;
/// use tripword_reqwest::tripword::{CircuitBreaker, Reason, Rejected, breaker};
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let middleware = CircuitBreakerMiddleware::new(&PAYMENTS);
/// let client = ClientBuilder::new(Client::new()).with(middleware).build();
/// PAYMENTS.trip();
///
/// let Err(Error::Middleware(refused)) = client.get("http://127.0.0.1:0").send().await else {
///     panic!("the circuit is open");
/// };
/// let rejected: &Rejected = refused.downcast_ref().unwrap();
/// assert_eq!(rejected.reason(), Reason::Open);
/// # }
/// ```
#[derive(Clone)]
pub struct CircuitBreakerMiddleware<Sel, J = HttpToTheEnd> {
    layer: ToTheEndLayer<Sel, ReqwestErrors, J>,
}

impl<Sel: Select<Request>> CircuitBreakerMiddleware<Sel> {
    /// Creates a middleware with the breaker that `select` chooses for each request, usually a
    /// handle of one breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword_reqwest::CircuitBreakerMiddleware;
    /// use tripword_reqwest::tripword::CircuitBreaker;
    ///
    /// let breaker = Arc::new(CircuitBreaker::builder().consecutive_failures(5).build()?);
    /// let middleware = CircuitBreakerMiddleware::new(breaker.clone());
    /// # drop(middleware);
    /// # Ok::<(), tripword_reqwest::tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn new(select: Sel) -> Self {
        let layer = CircuitBreakerLayer::select(select).classify(ReqwestErrors);
        Self::with_layer(layer.to_the_end(HttpToTheEnd::new()))
    }
}

impl<Sel, J> CircuitBreakerMiddleware<Sel, J> {
    /// Creates a middleware with the breakers and the settings of `layer`, whose classifier is
    /// [`ReqwestErrors`].
    ///
    /// # Examples
    ///
    /// One that honours `Retry-After`:
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword_reqwest::tripword::{CircuitBreaker, breaker};
    /// use tripword_reqwest::tripword_tower::{CircuitBreakerLayer, HttpToTheEnd};
    /// use tripword_reqwest::{CircuitBreakerMiddleware, ReqwestErrors};
    ///
    /// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let judge = HttpToTheEnd::new().retry_after_at_most(Duration::from_secs(60));
    /// let layer = CircuitBreakerLayer::new(&PAYMENTS).classify(ReqwestErrors).to_the_end(judge);
    /// let middleware = CircuitBreakerMiddleware::with_layer(layer);
    /// # drop(middleware);
    /// ```
    #[must_use]
    pub const fn with_layer(layer: ToTheEndLayer<Sel, ReqwestErrors, J>) -> Self {
        Self { layer }
    }
}

#[async_trait]
impl<Sel, J> Middleware for CircuitBreakerMiddleware<Sel, J>
where
    Sel: Select<Request> + Clone + Send + Sync + 'static,
    Sel::Handle: Send + Sync + 'static,
    <Sel::Handle as Handle>::Rejection: std::error::Error + Send + Sync + 'static,
    J: ClassifyBody + Clone + Send + Sync + 'static,
{
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let to_http = to_http_of(request.method());
        let mut next = Some((next, extensions));
        let inner = service_fn(move |request| {
            let (next, extensions) = next.take().expect("the service is called once");
            next.run(request, extensions)
        });
        let inner = self.layer.without_clone(inner.map_response(to_http));
        inner.oneshot(request).await.map(from_http).map_err(|error| match error {
            CallError::Rejected(rejection) => Error::middleware(rejection),
            CallError::Inner(error) => error,
        })
    }
}

/// Judges errors of reqwest-middleware: the reqwest's error in it, wherever it is. A refusal of
/// another breaker is ignored, and an error of another middleware is a failure.
impl<T> Classify<T, Error> for ReqwestErrors {
    fn classify(&self, result: &Result<T>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(error) => outcome(error),
        }
    }
}

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

impl<Sel: fmt::Debug, J> fmt::Debug for CircuitBreakerMiddleware<Sel, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreakerMiddleware").field("layer", &self.layer).finish()
    }
}
