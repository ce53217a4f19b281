//! What the tests share: seconds, a breaker without jitter, calls that fail or succeed, and an
//! observer that records.
#![allow(dead_code, reason = "each test program uses some of it")]

use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use tripword::{
    Builder, CircuitBreaker, ManualClock, Mode, Observer, Rejected, Settlement, Transition,
};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const S: Duration = Duration::from_secs(1);

pub(crate) type ManualBreaker<'a, O = ()> = CircuitBreaker<&'a ManualClock, O>;

/// A breaker without jitter, so that its times are exact.
pub(crate) fn breaker(
    clock: &ManualClock,
    settings: impl FnOnce(Builder) -> Builder,
) -> ManualBreaker<'_> {
    settings(CircuitBreaker::builder().jitter(0.0)).build_with(clock).expect("valid settings")
}

pub(crate) fn fail<O: Observer>(breaker: &ManualBreaker<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").failure();
    }
}

pub(crate) fn succeed<O: Observer>(breaker: &ManualBreaker<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").success();
    }
}

/// Polls `future` once, with a waker that does nothing, and drops it.
pub(crate) fn poll_once<F: Future>(future: F) -> Poll<F::Output> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}

/// One notification of an observer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    Transition(Transition),
    Rejected(Rejected),
    Outcome(Settlement),
    Mode(Mode, Mode),
}

/// Records each notification, in order.
#[derive(Debug, Default)]
pub(crate) struct Recorder(RefCell<Vec<Event>>);

impl Recorder {
    /// The events since the last call of this.
    pub(crate) fn take(&self) -> Vec<Event> {
        self.0.take()
    }

    /// The settlements among them.
    pub(crate) fn take_settlements(&self) -> Vec<Settlement> {
        let events = self.take().into_iter();
        events
            .filter_map(|event| match event {
                Event::Outcome(settlement) => Some(settlement),
                _ => None,
            })
            .collect()
    }

    /// The transitions among them.
    pub(crate) fn take_transitions(&self) -> Vec<Transition> {
        let events = self.take().into_iter();
        events
            .filter_map(|event| match event {
                Event::Transition(transition) => Some(transition),
                _ => None,
            })
            .collect()
    }

    fn record(&self, event: Event) {
        self.0.borrow_mut().push(event);
    }
}

impl Observer for Recorder {
    fn on_transition(&self, transition: &Transition) {
        self.record(Event::Transition(*transition));
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.record(Event::Rejected(*rejected));
    }

    fn on_outcome(&self, settlement: &Settlement) {
        self.record(Event::Outcome(*settlement));
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.record(Event::Mode(from, to));
    }
}
