//! The future of a response whose body settles the call.

use super::body::GuardedBody;
use super::call::{Awaiting, Reading};
use super::judge::ClassifyBody;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use tripword::{CallError, Classify, Handle};

pin_project! {
    /// The future of a call through a [`ToTheEnd`](crate::ToTheEnd) service.
    ///
    /// If it is dropped before the head of the response has come, the call is ignored, and a probe
    /// gives its slot back. If the inner future panics while it is polled, the call is a failure.
    ///
    /// # Panics
    ///
    /// If it is polled again after it was ready, or after the inner future panicked.
    #[must_use = "futures do nothing unless polled"]
    pub struct ToTheEndFuture<F, H: Handle, K, J> {
        #[pin]
        kind: Kind<F, H, K, J>,
    }
}

pin_project! {
    #[project = KindProjection]
    enum Kind<F, H: Handle, K, J> {
        // Each option is `None` once the response is ready.
        Rejected { rejection: Option<H::Rejection> },
        Bypassing { #[pin] inner: F },
        Admitted { #[pin] inner: F, call: Option<Awaiting<H, K, J>> },
    }
}

impl<F, H: Handle, K, J> ToTheEndFuture<F, H, K, J> {
    pub(super) const fn admitted(inner: F, call: Awaiting<H, K, J>) -> Self {
        Self { kind: Kind::Admitted { inner, call: Some(call) } }
    }

    pub(super) const fn bypassing(inner: F) -> Self {
        Self { kind: Kind::Bypassing { inner } }
    }

    pub(super) const fn rejected(rejection: H::Rejection) -> Self {
        Self { kind: Kind::Rejected { rejection: Some(rejection) } }
    }
}

impl<F, H, K, J, B, E> Future for ToTheEndFuture<F, H, K, J>
where
    F: Future<Output = Result<Response<B>, E>>,
    H: Handle,
    K: Classify<Response<B>, E>,
    J: ClassifyBody,
    B: Body,
{
    type Output = Guarded<B, E, H, J>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        const POLLED_AGAIN: &str = "`ToTheEndFuture` polled after completion";
        match self.project().kind.project() {
            KindProjection::Rejected { rejection } => {
                let rejection = rejection.take().expect(POLLED_AGAIN);
                Poll::Ready(Err(CallError::Rejected(rejection)))
            }
            KindProjection::Bypassing { inner } => inner.poll(cx).map(|r| guarded(r, None)),
            KindProjection::Admitted { inner, call: slot } => {
                // In this frame, a panic drops the call at once: it counts even if it is caught.
                let mut call = slot.take().expect(POLLED_AGAIN);
                let Poll::Ready((outcome, result)) = call.poll(inner, cx) else {
                    *slot = Some(call);
                    return Poll::Pending;
                };
                Poll::Ready(guarded(result, call.at_head(outcome)))
            }
        }
    }
}

/// What a call returns: a response with a guarded body, or the error of a guarded call.
type Guarded<B, E, H, J> =
    Result<Response<GuardedBody<B, H, J>>, CallError<E, <H as Handle>::Rejection>>;

/// Guards the body of a response, until `call` is settled if it is not yet.
fn guarded<B, E, H: Handle, J: ClassifyBody>(
    result: Result<Response<B>, E>,
    call: Option<Reading<H, J>>,
) -> Guarded<B, E, H, J> {
    match result {
        Ok(response) => Ok(response.map(|body| GuardedBody::new(body, call))),
        Err(error) => Err(CallError::Inner(error)),
    }
}

impl<F, H: Handle, K, J> fmt::Debug for ToTheEndFuture<F, H, K, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ToTheEndFuture").finish_non_exhaustive()
    }
}
