//! What the tests share: seconds, a breaker without jitter, and calls that fail or succeed.
#![allow(dead_code, reason = "each test file uses some of it")]

#[cfg(feature = "registry")]
pub(crate) mod registry;

use std::cell::RefCell;
use std::time::Duration;
use tripword::{
    Builder, CircuitBreaker, ManualClock, Mode, Observer, Rejected, Settlement, Transition,
};

pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const S: Duration = Duration::from_secs(1);

pub(crate) type OnManual<'a, O = ()> = CircuitBreaker<&'a ManualClock, O>;

/// A breaker without jitter, so that its times are exact.
pub(crate) fn breaker(
    clock: &ManualClock,
    settings: impl FnOnce(Builder) -> Builder,
) -> OnManual<'_> {
    settings(CircuitBreaker::builder().jitter(0.0))
        .build_with(clock)
        .expect("settings that can be")
}

pub(crate) fn fail<O: Observer>(breaker: &OnManual<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").failure();
    }
}

pub(crate) fn succeed<O: Observer>(breaker: &OnManual<'_, O>, calls: u32) {
    for _ in 0..calls {
        breaker.try_acquire().expect("admitted").success();
    }
}

/// Whatever an observer hears, in order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Heard {
    Transition(Transition),
    Rejected(Rejected),
    Outcome(Settlement),
    Mode(Mode, Mode),
}

#[derive(Debug, Default)]
pub(crate) struct Ear(RefCell<Vec<Heard>>);

impl Ear {
    /// What was heard since this was last asked.
    pub(crate) fn take(&self) -> Vec<Heard> {
        self.0.take()
    }

    fn hear(&self, heard: Heard) {
        self.0.borrow_mut().push(heard);
    }
}

impl Observer for Ear {
    fn on_transition(&self, transition: &Transition) {
        self.hear(Heard::Transition(*transition));
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.hear(Heard::Rejected(*rejected));
    }

    fn on_outcome(&self, settlement: &Settlement) {
        self.hear(Heard::Outcome(*settlement));
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.hear(Heard::Mode(from, to));
    }
}
