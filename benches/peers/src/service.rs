//! The dependency as a tower service.

use crate::call::{Answer, Failed, dependency};
use std::future::{Ready, poll_fn, ready};
use std::task::{Context, Poll};
use tower::Service;

#[derive(Clone)]
pub(crate) struct Dependency;

impl Service<Answer> for Dependency {
    type Response = u32;
    type Error = Failed;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, answer: Answer) -> Self::Future {
        ready(dependency(answer))
    }
}

/// One call as tower wants it: the service becomes ready, then it is called.
pub(crate) async fn oneshot<S: Service<Answer, Response = u32>>(
    service: &mut S,
    answer: Answer,
) -> Result<u32, S::Error> {
    poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(answer).await
}
