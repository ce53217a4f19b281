//! The record of one run: every call, every change of state, and the requests that B received.

use tripword::State;

use crate::timeline::{Answer, Change, Event, Sample};

#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) samples: Vec<Sample>,
    pub(crate) changes: Vec<Change>,
    pub(crate) hits_while_failing: usize,
    pub(crate) most_in_flight: usize,
    sent: usize,
}

impl Record {
    pub(crate) fn add(&mut self, event: Event) {
        match event {
            Event::Sent => self.send(),
            Event::HitWhileFailing => self.hits_while_failing += 1,
            Event::Ended(sample) => self.samples.push(sample),
            Event::Changed(change) => self.changes.push(change),
        }
    }

    fn send(&mut self) {
        self.sent += 1;
        self.most_in_flight = self.most_in_flight.max(self.in_flight());
    }

    fn in_flight(&self) -> usize {
        self.sent.saturating_sub(self.samples.len())
    }

    /// Returns how many calls ended with `answer` so far.
    pub(crate) fn count(&self, answer: Answer) -> usize {
        self.samples.iter().filter(|s| s.answer == answer).count()
    }

    /// Returns the breaker's state after the recorded changes.
    pub(crate) fn state(&self) -> State {
        self.changes.last().map_or(State::Closed, |change| change.to)
    }
}
