//! The gate of a service: the readiness of the inner service, and the admission of each call.

use crate::select::Select;
use core::fmt;
use core::mem;
use core::task::{Context, Poll, ready};
use tower_service::Service;
use tripword::{Classify, Handle, Held, Observer, Rejected};

/// An inner service, and the choice of breakers that admit calls to it.
pub(crate) struct Gate<S, Sel> {
    pub(crate) inner: S,
    pub(crate) select: Sel,
    /// Makes the inner service give back what it reserved for a call.
    release: fn(&mut S),
    /// Whether the inner service may have reserved something: it was polled for its readiness, and
    /// not called since.
    polled: bool,
    /// Why the next call is refused, where this is why the service is ready.
    foreseen: Option<Rejected>,
    /// Whether an error of readiness counts as one of a call.
    count_unready: bool,
}

/// A call at the gate.
pub(crate) enum Entry<F, H: Handle> {
    /// The inner service is called, and the permit is to be settled.
    Admitted(F, Held<H>),
    /// The inner service is called, and no breaker takes part.
    Bypassing(F),
    /// The inner service is not called.
    Refused(H::Rejection),
}

impl<S, Sel> Gate<S, Sel> {
    /// A gate that gives back what `inner` reserved for a refused call, by replacing it with a
    /// clone.
    pub(crate) const fn new(inner: S, select: Sel) -> Self
    where
        S: Clone,
    {
        let mut gate = Self::without_clone(inner, select);
        gate.release = |inner| *inner = inner.clone();
        gate
    }

    /// A gate that leaves with `inner` what it reserved.
    pub(crate) const fn without_clone(inner: S, select: Sel) -> Self {
        let release = |_: &mut S| ();
        Self { inner, select, release, polled: false, foreseen: None, count_unready: false }
    }

    pub(crate) fn counting_unready(self, count_unready: bool) -> Self {
        Self { count_unready, ..self }
    }

    /// Returns the readiness of the inner service, unless the breaker would refuse any call.
    pub(crate) fn poll_ready<Request>(
        &mut self,
        cx: &mut Context<'_>,
        classify: &impl Classify<S::Response, S::Error>,
    ) -> Poll<Result<(), S::Error>>
    where
        S: Service<Request>,
        Sel: Select<Request>,
    {
        let single = self.select.single();
        self.foreseen = single.and_then(|handle| handle.breaker().rejection());
        if self.foreseen.is_some() {
            self.release();
            return Poll::Ready(Ok(()));
        }
        self.polled = true;
        let Err(error) = ready!(self.inner.poll_ready(cx)) else {
            return Poll::Ready(Ok(()));
        };
        let unready = Err(error);
        if let Some(handle) = self.select.single().filter(|_| self.count_unready) {
            count(handle, &unready, classify);
        }
        Poll::Ready(unready.map(drop))
    }

    /// Calls the inner service if the breaker of the request admits it, or if it has none.
    pub(crate) fn call<Request>(&mut self, request: Request) -> Entry<S::Future, Sel::Handle>
    where
        S: Service<Request>,
        Sel: Select<Request>,
    {
        if let (Some(foreseen), Some(handle)) = (self.foreseen.take(), self.select.single()) {
            return Entry::Refused(refuse(handle, foreseen));
        }
        match self.select.select(&request).map(Held::acquire) {
            Some(Ok(permit)) => {
                self.polled = false;
                Entry::Admitted(self.inner.call(request), permit)
            }
            Some(Err((handle, rejected))) => {
                self.release();
                Entry::Refused(handle.explain(rejected))
            }
            None => {
                self.polled = false;
                Entry::Bypassing(self.inner.call(request))
            }
        }
    }

    /// Gives back at once what the inner service reserved for a call that is refused.
    fn release(&mut self) {
        if mem::take(&mut self.polled) {
            (self.release)(&mut self.inner);
        }
    }
}

/// Counts an error of readiness as one of a call.
fn count<T, E>(handle: &impl Handle, unready: &Result<T, E>, classify: &impl Classify<T, E>) {
    if let Ok(permit) = Held::acquire(handle) {
        permit.settle(classify.classify(unready));
    }
}

/// Refuses a call because the readiness before it foresaw a refusal.
fn refuse<H: Handle>(handle: &H, foreseen: Rejected) -> H::Rejection {
    let breaker = handle.breaker();
    // What would be refused now is refused as any call is: it may be the call that gives up a
    // probe whose lease expired, which no foresight does.
    let refused = breaker.rejection().map(|_| Held::acquire(handle));
    if let Some(Err((handle, rejected))) = refused {
        return handle.explain(rejected);
    }
    // The circuit would admit calls again, but the inner service was not polled for this one.
    breaker.observer().on_rejected(&foreseen);
    handle.explain(foreseen)
}

impl<S: Clone, Sel: Clone> Clone for Gate<S, Sel> {
    /// A gate without readiness.
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            select: self.select.clone(),
            release: self.release,
            polled: false,
            foreseen: None,
            count_unready: self.count_unready,
        }
    }
}

impl<S: fmt::Debug, Sel: fmt::Debug> Gate<S, Sel> {
    /// Formats the service `name` that this is the gate of.
    pub(crate) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("inner", &self.inner)
            .field("select", &self.select)
            .finish_non_exhaustive()
    }
}
