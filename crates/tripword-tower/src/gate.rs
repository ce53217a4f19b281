//! The gate of a service: the readiness of the inner service, and the admission of each call.

use core::mem;
use core::task::{Context, Poll};
use tower_service::Service;
use tripword::{Handle, Held, Observer, Rejected};

/// An inner service, and the breaker that admits calls to it.
#[derive(Debug)]
pub(crate) struct Gate<S, H> {
    pub(crate) inner: S,
    pub(crate) handle: H,
    /// Makes the inner service give back what it reserved for a call.
    release: fn(&mut S),
    /// Whether the inner service may have reserved something: it was polled for its readiness, and
    /// not called since.
    polled: bool,
    /// Why the next call is refused, where this is why the service is ready.
    foreseen: Option<Rejected>,
}

impl<S, H> Gate<S, H> {
    /// A gate that gives back what `inner` reserved for a refused call, by replacing it with a
    /// clone.
    pub(crate) const fn new(inner: S, handle: H) -> Self
    where
        S: Clone,
    {
        let mut gate = Self::without_clone(inner, handle);
        gate.release = |inner| *inner = inner.clone();
        gate
    }

    /// A gate that leaves with `inner` what it reserved.
    pub(crate) const fn without_clone(inner: S, handle: H) -> Self {
        Self { inner, handle, release: |_| (), polled: false, foreseen: None }
    }

    fn release(&mut self) {
        if mem::take(&mut self.polled) {
            (self.release)(&mut self.inner);
        }
    }
}

impl<S, H: Handle + Clone> Gate<S, H> {
    /// Returns the readiness of the inner service, unless the breaker would refuse a call.
    pub(crate) fn poll_ready<Request>(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>>
    where
        S: Service<Request>,
    {
        self.foreseen = self.handle.breaker().rejection();
        if self.foreseen.is_some() {
            self.release();
            return Poll::Ready(Ok(()));
        }
        self.polled = true;
        self.inner.poll_ready(cx)
    }

    /// Calls the inner service if the breaker admits it.
    pub(crate) fn call<Request>(
        &mut self,
        request: Request,
    ) -> Result<(S::Future, Held<H>), H::Rejection>
    where
        S: Service<Request>,
    {
        if let Some(foreseen) = self.foreseen.take() {
            return Err(self.refuse(foreseen));
        }
        match Held::acquire(self.handle.clone()) {
            Ok(permit) => {
                self.polled = false;
                Ok((self.inner.call(request), permit))
            }
            Err((handle, rejected)) => {
                self.release();
                Err(handle.explain(rejected))
            }
        }
    }

    /// Refuses a call because the readiness before it foresaw a refusal.
    fn refuse(&self, foreseen: Rejected) -> H::Rejection {
        let breaker = self.handle.breaker();
        // What would be refused now is refused as any call is: it may be the call that gives up a
        // probe whose lease expired, which no foresight does.
        let refused = breaker.rejection().map(|_| Held::acquire(self.handle.clone()));
        if let Some(Err((handle, rejected))) = refused {
            return handle.explain(rejected);
        }
        // The circuit would admit calls again, but the inner service was not polled for this one.
        breaker.observer().on_rejected(&foreseen);
        self.handle.explain(foreseen)
    }
}

impl<S: Clone, H: Clone> Clone for Gate<S, H> {
    /// A gate without readiness.
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.handle.clone())
    }
}
