//! Helpers that several test modules share: a second, and an observer that records events.

use std::cell::RefCell;
use std::time::Duration;
use tripword::{Mode, Observer, Rejected, Settlement, Transition};

pub(crate) const S: Duration = Duration::from_secs(1);

/// What an observer was notified of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Event {
    Transition(Transition),
    Rejected(Rejected),
    Outcome(Settlement),
    Mode(Mode, Mode),
}

/// An observer that records events, in order.
#[derive(Debug, Default)]
pub(crate) struct Recorder(RefCell<Vec<Event>>);

impl Recorder {
    /// Takes the events recorded since the last call.
    pub(crate) fn take(&self) -> Vec<Event> {
        self.0.take()
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
