//! The service: first the breaker, then the inner service, whose response is judged to its end.

use super::body::GuardedBody;
use super::call::{Awaiting, Judges};
use super::future::ToTheEndFuture;
use super::judge::ClassifyBody;
use crate::gate::{Entry, Gate};
use crate::select::Select;
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
/// inner service. `S` is the inner service, `Sel` chooses the breaker of a request ([`Select`]; a
/// [`Handle`] has one breaker for all), `K` is the classifier of errors, and `J` the judge of
/// responses.
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
pub struct ToTheEnd<S, Sel, K, J> {
    gate: Gate<S, Sel>,
    judges: Judges<K, J>,
}

impl<S, Sel, K, J> ToTheEnd<S, Sel, K, J> {
    pub(super) const fn new(gate: Gate<S, Sel>, judges: Judges<K, J>) -> Self {
        Self { gate, judges }
    }

    /// Returns the handle of the breaker.
    #[must_use]
    pub const fn handle(&self) -> &Sel
    where
        Sel: Handle,
    {
        &self.gate.select
    }

    /// Returns the inner service.
    #[must_use]
    pub const fn get_ref(&self) -> &S {
        &self.gate.inner
    }
}

impl<S, Sel, K, J, B, Request> Service<Request> for ToTheEnd<S, Sel, K, J>
where
    S: Service<Request, Response = Response<B>>,
    Sel: Select<Request>,
    K: Classify<Response<B>, S::Error> + Clone,
    J: ClassifyBody + Clone,
    B: Body,
{
    type Response = Response<GuardedBody<B, Sel::Handle, J>>;
    type Error = CallError<S::Error, <Sel::Handle as Handle>::Rejection>;
    type Future = ToTheEndFuture<S::Future, Sel::Handle, K, J>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.gate.poll_ready(cx, &self.judges.classify).map_err(CallError::Inner)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.gate.call(request) {
            Entry::Admitted(inner, permit) => {
                ToTheEndFuture::admitted(inner, Awaiting::new(permit, self.judges.clone()))
            }
            Entry::Bypassing(inner) => ToTheEndFuture::bypassing(inner),
            Entry::Refused(rejection) => ToTheEndFuture::rejected(rejection),
        }
    }
}

impl<S: fmt::Debug, Sel: fmt::Debug, K, J> fmt::Debug for ToTheEnd<S, Sel, K, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.gate.debug("ToTheEnd", f)
    }
}
