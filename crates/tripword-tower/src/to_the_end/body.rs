//! The body of a response that settles its call at the end.

use super::call::{FrameOf, Reading};
use super::judge::ClassifyBody;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;
use tripword::Handle;

pin_project! {
    /// The body of a response through a [`ToTheEnd`](crate::ToTheEnd) service. It holds the permit
    /// of the call until its end, an error or its drop decides the outcome.
    ///
    /// Frames, [`size_hint`](Body::size_hint) and [`is_end_stream`](Body::is_end_stream) are those
    /// of the inner body.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::Response;
    /// use http_body_util::{BodyExt, Full};
    /// use std::convert::Infallible;
    /// use tower::{Layer, ServiceExt, service_fn};
    /// use tripword::{CircuitBreaker, State, breaker};
    /// use tripword_tower::{CircuitBreakerLayer, GuardedBody, HttpToTheEnd};
    ///
    /// breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }
    /// type Guarded = GuardedBody<Full<&'static [u8]>, &'static CircuitBreaker, HttpToTheEnd>;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let inner = service_fn(|()| async {
    ///     Ok::<_, Infallible>(Response::new(Full::new(&b"all of it"[..])))
    /// });
    /// let layer = CircuitBreakerLayer::new(&BACKEND).to_the_end(HttpToTheEnd::new());
    /// BACKEND.half_open();
    /// let body: Guarded = layer.layer(inner).oneshot(()).await?.into_body();
    /// assert_eq!(BACKEND.state(), State::HalfOpen);
    /// assert_eq!(body.collect().await?.to_bytes(), "all of it");
    /// assert_eq!(BACKEND.state(), State::Closed);
    /// # Ok(())
    /// # }
    /// ```
    pub struct GuardedBody<B, H: Handle, J: ClassifyBody> {
        #[pin]
        inner: B,
        // `None` once the call is settled, and for a call that bypasses all breakers.
        call: Option<Reading<H, J>>,
    }

    impl<B, H: Handle, J: ClassifyBody> PinnedDrop for GuardedBody<B, H, J> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(call) = this.project().call.take() {
                call.dropped();
            }
        }
    }
}

impl<B, H: Handle, J: ClassifyBody> GuardedBody<B, H, J> {
    pub(super) const fn new(inner: B, call: Option<Reading<H, J>>) -> Self {
        Self { inner, call }
    }

    /// Returns the inner body.
    pub const fn get_ref(&self) -> &B {
        &self.inner
    }
}

impl<B: Body, H: Handle, J: ClassifyBody> Body for GuardedBody<B, H, J> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<FrameOf<B>> {
        let this = self.project();
        // In this frame, a panic of the inner body drops the call at once: it counts even if it is
        // caught.
        let Some(mut call) = this.call.take() else {
            return this.inner.poll_frame(cx);
        };
        let Poll::Ready((outcome, frame)) = call.poll(this.inner, cx) else {
            *this.call = Some(call);
            return Poll::Pending;
        };
        match outcome {
            Some(outcome) => call.settle(outcome),
            None => *this.call = Some(call),
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

impl<B: fmt::Debug, H: Handle, J: ClassifyBody> fmt::Debug for GuardedBody<B, H, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedBody")
            .field("inner", &self.inner)
            .field("settled", &self.call.is_none())
            .finish()
    }
}
