//! A call on its way: to the head of the response, then to the end of its body.

use super::judge::ClassifyBody;
use bytes::Buf;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use http::{Response, StatusCode};
use http_body::{Body, Frame};
use tripword::{Classify, Clock, Handle, Held, Nanos, Outcome};

/// What judges a call.
#[derive(Debug, Clone)]
pub(super) struct Judges<K, J> {
    /// Of errors, and first of heads.
    pub(super) classify: K,
    pub(super) judge: J,
    /// `None` for the default.
    pub(super) good_after: Option<Duration>,
}

/// A call whose head has not come, suspended between polls.
pub(super) struct Awaiting<H: Handle, K, J> {
    permit: Held<H>,
    judges: Judges<K, J>,
}

impl<H: Handle, K, J> Awaiting<H, K, J> {
    pub(super) fn new(mut permit: Held<H>, judges: Judges<K, J>) -> Self {
        permit.suspend();
        Self { permit, judges }
    }

    /// Polls for the head, and judges the call if that decides it.
    pub(super) fn poll<F, B, E>(
        &mut self,
        inner: Pin<&mut F>,
        cx: &mut Context<'_>,
    ) -> Poll<(Option<Outcome>, F::Output)>
    where
        F: Future<Output = Result<Response<B>, E>>,
        K: Classify<Response<B>, E>,
        J: ClassifyBody,
        B: Body,
    {
        let _entered = self.permit.enter();
        let result = ready!(inner.poll(cx));
        let outcome = match (self.judges.classify.classify(&result), &result) {
            (Outcome::Success, Ok(response)) => at_head(&self.judges.judge, response),
            (outcome, _) => Some(outcome),
        };
        Poll::Ready((outcome, result))
    }

    /// Settles a call that its head decides, or goes on to the body.
    pub(super) fn at_head(self, outcome: Option<Outcome>) -> Option<Reading<H, J>> {
        match outcome {
            Some(outcome) => {
                self.permit.settle(outcome);
                None
            }
            None => Some(self.reading()),
        }
    }

    fn reading(self) -> Reading<H, J> {
        let breaker = self.permit.handle().breaker();
        let half_of_the_lease = || breaker.config().probe_lease().map(|lease| lease / 2);
        let good_at = match self.judges.good_after.or_else(half_of_the_lease) {
            None | Some(Duration::MAX) => None,
            Some(after) => Some(breaker.clock().now().saturating_add(after)),
        };
        let abandoned_after = breaker.config().abandoned_after();
        // From here on the reader sets the pace.
        let elapsed = self.permit.elapsed();
        let Self { permit, judges } = self;
        Reading {
            permit,
            judge: judges.judge,
            elapsed,
            good_at,
            data_seen: false,
            has_begun: false,
            waited: false,
            abandoned_after,
            waits_since: None,
        }
    }
}

fn at_head<B: Body>(judge: &impl ClassifyBody, response: &Response<B>) -> Option<Outcome> {
    let is_at_end = || has_no_body(response.status()) || response.body().is_end_stream();
    judge.at_head(response).or_else(|| is_at_end().then(|| judge.at_end(None)))
}

/// Whether a response with this status has no body, whatever length it announces.
fn has_no_body(status: StatusCode) -> bool {
    status.is_informational() || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
}

/// A call whose body is being read, suspended between polls.
pub(super) struct Reading<H: Handle, J> {
    permit: Held<H>,
    judge: J,
    /// How long the head took, where that is judged.
    elapsed: Option<Duration>,
    /// From when on a call that still delivers is good.
    good_at: Option<Nanos>,
    /// Whether a message or a part of one has come.
    data_seen: bool,
    /// Whether part of the announced length has come.
    has_begun: bool,
    /// Whether the last poll of the body found nothing yet.
    waited: bool,
    /// Where calls that are given up late have failed: how late, and since when the reader waits.
    abandoned_after: Option<Duration>,
    waits_since: Option<Nanos>,
}

impl<H: Handle, J: ClassifyBody> Reading<H, J> {
    /// Polls for a frame, and judges the call if that decides it.
    pub(super) fn poll<B: Body>(
        &mut self,
        mut body: Pin<&mut B>,
        cx: &mut Context<'_>,
    ) -> Poll<(Option<Outcome>, FrameOf<B>)> {
        let entered = self.permit.enter();
        let announced = body.size_hint().lower();
        let Poll::Ready(frame) = body.as_mut().poll_frame(cx) else {
            drop(entered);
            self.waits();
            return Poll::Pending;
        };
        let judge = &self.judge;
        let missing = body.size_hint().lower();
        let outcome = match &frame {
            // A response to HEAD announces a length, too. Its end comes with the head or an empty
            // frame. Where a wrapper hides that from `is_end_stream`, the `None` needs no wait.
            None if !self.has_begun && !self.waited => Some(judge.at_end(None)),
            // Less than was announced: a stream that is reset without an error code ends like this.
            None if missing > 0 => Some(judge.at_break()),
            None => Some(judge.at_end(None)),
            Some(Err(_)) => Some(judge.at_break()),
            Some(Ok(frame)) if frame.is_trailers() => Some(judge.at_end(frame.trailers_ref())),
            // A reader that asks `is_end_stream` does not come back for the `None`.
            Some(Ok(_)) => body.is_end_stream().then(|| judge.at_end(None)),
        };
        drop(entered);
        self.data_seen |= matches!(&frame, Some(Ok(frame)) if has_data(frame));
        self.has_begun |= missing < announced;
        (self.waited, self.waits_since) = (false, None);
        Poll::Ready((outcome.or_else(|| self.is_good_by_now().then_some(Outcome::Success)), frame))
    }

    /// Notes that the reader waits for the service, and since when, where that matters.
    fn waits(&mut self) {
        self.waited = true;
        if self.abandoned_after.is_some() && self.waits_since.is_none() {
            self.waits_since = Some(self.now());
        }
    }

    /// Whether the reader has waited for so long that the service has failed.
    fn is_stalled(&self) -> bool {
        let waited = self.waits_since.map(|since| self.now().saturating_since(since));
        self.abandoned_after.zip(waited).is_some_and(|(most, waited)| waited > most)
    }

    fn now(&self) -> Nanos {
        self.permit.handle().breaker().clock().now()
    }

    fn is_good_by_now(&self) -> bool {
        self.good_at.is_some_and(|good_at| self.now() >= good_at)
    }

    pub(super) fn settle(self, outcome: Outcome) {
        match self.elapsed {
            Some(elapsed) => self.permit.settle_elapsed(outcome, elapsed),
            None => self.permit.settle(outcome),
        }
    }

    /// Settles a call whose body is dropped before its end.
    pub(super) fn dropped(self) {
        // A panic of the reader drops the permit, which is suspended and so ignored.
        if !std::thread::panicking() {
            let is_stalled = self.is_stalled();
            let outcome = self.judge.at_drop(self.data_seen);
            self.settle(if is_stalled { Outcome::Failure } else { outcome });
        }
    }
}

/// Whether a frame brings data: an empty one is no message.
fn has_data<D: Buf>(frame: &Frame<D>) -> bool {
    frame.data_ref().is_some_and(Buf::has_remaining)
}

/// What polling the body `B` for a frame returns.
pub(super) type FrameOf<B> = Option<Result<Frame<<B as Body>::Data>, <B as Body>::Error>>;
