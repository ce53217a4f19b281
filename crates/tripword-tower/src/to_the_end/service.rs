//! The service: first the breaker, then the inner service, whose response is judged to its end.

use super::body::GuardedBody;
use super::call::{Awaiting, Judges};
use super::future::ToTheEndFuture;
use super::judge::ClassifyBody;
use crate::gate::Gate;
use core::fmt;
use core::task::{Context, Poll};
use http::Response;
use http_body::Body;
use tower_service::Service;
use tripword::{CallError, Classify, Handle};

/// A service behind a circuit breaker, whose calls are judged to the end of the response's body.
/// Made by a [`ToTheEndLayer`](crate::ToTheEndLayer).
///
/// See [*Calls and readiness*](crate#calls-and-readiness) for when it consults the breaker and the
/// inner service. `S` is the inner service, `H` the [`Handle`] of the breaker, `K` the classifier
/// of errors, and `J` the judge of responses.
///
/// # Examples
///
/// ```
/// use tower::Layer;
/// use tripword::{CircuitBreaker, ErrorsAsFailures, State, breaker};
/// use tripword_tower::{CircuitBreakerLayer, HttpToTheEnd, ToTheEnd};
///
/// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
/// type Guarded<S> = ToTheEnd<S, &'static CircuitBreaker, ErrorsAsFailures, HttpToTheEnd>;
///
/// let layer = CircuitBreakerLayer::new(&BACKEND).to_the_end(HttpToTheEnd::new());
/// let service: Guarded<&str> = layer.layer("a client");
/// assert_eq!(service.handle().state(), State::Closed);
/// assert_eq!(service.get_ref(), &"a client");
/// ```
#[derive(Clone)]
pub struct ToTheEnd<S, H, K, J> {
    gate: Gate<S, H>,
    judges: Judges<K, J>,
}

impl<S, H, K, J> ToTheEnd<S, H, K, J> {
    pub(super) const fn new(gate: Gate<S, H>, judges: Judges<K, J>) -> Self {
        Self { gate, judges }
    }

    /// Returns the handle of the breaker.
    #[must_use]
    pub const fn handle(&self) -> &H {
        &self.gate.handle
    }

    /// Returns the inner service.
    #[must_use]
    pub const fn get_ref(&self) -> &S {
        &self.gate.inner
    }
}

impl<S, H, K, J, B, Request> Service<Request> for ToTheEnd<S, H, K, J>
where
    S: Service<Request, Response = Response<B>>,
    H: Handle + Clone,
    K: Classify<Response<B>, S::Error> + Clone,
    J: ClassifyBody + Clone,
    B: Body,
{
    type Response = Response<GuardedBody<B, H, J>>;
    type Error = CallError<S::Error, H::Rejection>;
    type Future = ToTheEndFuture<S::Future, H, K, J>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.gate.poll_ready(cx).map_err(CallError::Inner)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.gate.call(request) {
            Ok((inner, permit)) => {
                ToTheEndFuture::admitted(inner, Awaiting::new(permit, self.judges.clone()))
            }
            Err(rejection) => ToTheEndFuture::rejected(rejection),
        }
    }
}

impl<S: fmt::Debug, H: Handle, K, J> fmt::Debug for ToTheEnd<S, H, K, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToTheEnd")
            .field("inner", &self.gate.inner)
            .field("breaker", self.gate.handle.breaker())
            .finish_non_exhaustive()
    }
}
