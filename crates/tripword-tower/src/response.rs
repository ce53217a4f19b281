//! The future of a response: the inner future, with its permit if it has one, or a refusal.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use pin_project_lite::pin_project;
use tripword::{CallError, Classify, Handle, Held, Outcome};

pin_project! {
    /// The future of a call through a [`CircuitBreakerService`](crate::CircuitBreakerService).
    ///
    /// It settles the call when the inner future is ready. If it is dropped before that, the call
    /// is ignored, and a probe gives its slot back. If the inner future panics while it is polled,
    /// the call is a failure.
    ///
    /// # Panics
    ///
    /// If it is polled again after it was ready, or after the inner future panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::{Ready, ready};
    /// use std::sync::Arc;
    /// use tower::{Layer, Service, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, ErrorsAsFailures};
    /// use tripword_tower::{CircuitBreakerLayer, ResponseFuture};
    ///
    /// type Parsed = Ready<Result<u32, std::num::ParseIntError>>;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let breaker = Arc::new(CircuitBreaker::builder().build()?);
    /// let parse = service_fn(|text: &str| -> Parsed { ready(text.parse()) });
    /// let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(parse);
    ///
    /// let response: ResponseFuture<Parsed, Arc<CircuitBreaker>, ErrorsAsFailures> =
    ///     service.ready().await?.call("x");
    /// assert_eq!(breaker.snapshot().consecutive_failures, 0);
    /// assert!(response.await.is_err());
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F, H: Handle, K> {
        #[pin]
        kind: Kind<F, H, K>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F, H: Handle, K> {
        // Each option is `None` once the response is ready.
        Rejected { rejection: Option<H::Rejection> },
        Bypassing { #[pin] inner: F },
        Admitted { #[pin] inner: F, call: Option<Call<H, K>> },
    }
}

/// A call that is admitted, suspended between polls.
struct Call<H: Handle, K> {
    permit: Held<H>,
    classify: K,
}

impl<H: Handle, K> Call<H, K> {
    /// Polls the inner future, and judges its result.
    fn poll<F, Response, Error>(
        &mut self,
        inner: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<(Outcome, F::Output)>
    where
        F: Future<Output = Result<Response, Error>>,
        K: Classify<Response, Error>,
    {
        let _entered = self.permit.enter();
        let result = ready!(inner.poll(cx));
        Poll::Ready((self.classify.classify(&result), result))
    }
}

impl<F, H: Handle, K> ResponseFuture<F, H, K> {
    pub(crate) fn admitted(inner: F, mut permit: Held<H>, classify: K) -> Self {
        permit.suspend();
        let call = Some(Call { permit, classify });
        Self { kind: Kind::Admitted { inner, call } }
    }

    pub(crate) fn bypassing(inner: F) -> Self {
        Self { kind: Kind::Bypassing { inner } }
    }

    pub(crate) fn rejected(rejection: H::Rejection) -> Self {
        let rejection = Some(rejection);
        Self { kind: Kind::Rejected { rejection } }
    }
}

impl<F, H, K, Response, Error> Future for ResponseFuture<F, H, K>
where
    F: Future<Output = Result<Response, Error>>,
    H: Handle,
    K: Classify<Response, Error>,
{
    type Output = Result<Response, CallError<Error, H::Rejection>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        const POLLED_AGAIN: &str = "`ResponseFuture` polled after completion";
        match self.project().kind.project() {
            KindProjection::Rejected { rejection } => {
                let rejection = rejection.take().expect(POLLED_AGAIN);
                Poll::Ready(Err(CallError::Rejected(rejection)))
            }
            KindProjection::Bypassing { inner } => inner.poll(cx).map_err(CallError::Inner),
            KindProjection::Admitted { inner, call: slot } => {
                // In this frame, a panic drops the call at once: it counts even if it is caught.
                let mut call = slot.take().expect(POLLED_AGAIN);
                let Poll::Ready((outcome, result)) = call.poll(inner, cx) else {
                    *slot = Some(call);
                    return Poll::Pending;
                };
                call.permit.settle(outcome);
                Poll::Ready(result.map_err(CallError::Inner))
            }
        }
    }
}

impl<F, H: Handle, K> fmt::Debug for ResponseFuture<F, H, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
