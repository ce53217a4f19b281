//! The future of a response: the inner one with a permit, or a refusal.

use super::Classify;
use crate::{CallError, Clock, Observer, OwnedPermit, Rejected};
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use pin_project_lite::pin_project;

pin_project! {
    /// What a call through a [`CircuitBreakerService`](super::CircuitBreakerService) becomes. Dropped before it is done, it gives the permit back, and
    /// the call is ignored.
    pub struct ResponseFuture<F, K, C: Clock, O: Observer> {
        #[pin]
        answer: Answer<F, K, C, O>,
    }
}

pin_project! {
    #[project = AnswerProjection]
    enum Answer<F, K, C: Clock, O: Observer> {
        Refusal { rejected: Rejected },
        Response { #[pin] inner: F, judge: Option<Judge<K, C, O>> },
    }
}

/// Who settles the call once its result is there.
struct Judge<K, C: Clock, O: Observer> {
    permit: OwnedPermit<C, O>,
    classify: K,
}

impl<K, C: Clock, O: Observer> Judge<K, C, O> {
    fn settle<Response, Error>(self, result: &Result<Response, Error>)
    where
        K: Classify<Response, Error>,
    {
        self.permit.record(self.classify.classify(result));
    }
}

impl<F, K, C: Clock, O: Observer> ResponseFuture<F, K, C, O> {
    pub(super) fn of_a_call(inner: F, mut permit: OwnedPermit<C, O>, classify: K) -> Self {
        permit.rest();
        let judge = Some(Judge { permit, classify });
        Self {
            answer: Answer::Response { inner, judge },
        }
    }

    pub(super) fn of_a_refusal(rejected: Rejected) -> Self {
        Self {
            answer: Answer::Refusal { rejected },
        }
    }
}

impl<F, K, C, O, Response, Error> Future for ResponseFuture<F, K, C, O>
where
    F: Future<Output = Result<Response, Error>>,
    K: Classify<Response, Error>,
    C: Clock,
    O: Observer,
{
    type Output = Result<Response, CallError<Error>>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().answer.project() {
            AnswerProjection::Refusal { rejected } => Poll::Ready(Err((*rejected).into())),
            AnswerProjection::Response { inner, judge } => poll_inner(inner, judge, cx),
        }
    }
}

fn poll_inner<F, K, C, O, Response, Error>(
    inner: Pin<&mut F>,
    judge: &mut Option<Judge<K, C, O>>,
    cx: &mut Context<'_>,
) -> Poll<Result<Response, CallError<Error>>>
where
    F: Future<Output = Result<Response, Error>>,
    K: Classify<Response, Error>,
    C: Clock,
    O: Observer,
{
    // Held here, the permit is dropped by a panic of the inner future at once, and so counts as a failure whoever catches it.
    let mut held = judge.take();
    held.iter_mut().for_each(|judge| judge.permit.resume());
    let Poll::Ready(result) = inner.poll(cx) else {
        held.iter_mut().for_each(|judge| judge.permit.rest());
        *judge = held;
        return Poll::Pending;
    };
    if let Some(judge) = held {
        judge.settle(&result);
    }
    Poll::Ready(result.map_err(CallError::Inner))
}

impl<F, K, C: Clock, O: Observer> fmt::Debug for ResponseFuture<F, K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
