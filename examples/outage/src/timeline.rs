//! What happened and when: all tasks of a run send their events here, without waiting.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tripword::{Observer, State, Transition};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// B answered it with a 2xx.
    Backend,
    /// The circuit was open, and the caller used a fallback.
    Fallback,
    /// B did not answer in time.
    TimedOut,
    /// B answered 500, or the connection failed.
    Failed,
}

/// One call, as the caller saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// When it was due, from the start of the run.
    pub(crate) due: Duration,
    /// From when it was due, so that a late start counts as waiting.
    pub(crate) latency: Duration,
    pub(crate) answer: Answer,
}

impl Sample {
    pub(crate) fn end(&self) -> Duration {
        self.due + self.latency
    }
}

/// A transition of the breaker.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    /// From the start of the run.
    pub(crate) at: Duration,
    pub(crate) to: State,
    pub(crate) text: String,
}

#[derive(Debug)]
pub(crate) enum Event {
    Sent,
    HitWhileFailing,
    Ended(Sample),
    Changed(Change),
}

/// The clock of one run, and the sender of its events.
#[derive(Debug, Clone)]
pub(crate) struct Timeline {
    start: Instant,
    events: UnboundedSender<Event>,
}

impl Timeline {
    /// Makes the timeline of a run that starts after `lead`, and the receiver of its events.
    pub(crate) fn starting_in(lead: Duration) -> (Self, UnboundedReceiver<Event>) {
        let (events, arriving) = unbounded_channel();
        let start = Instant::now() + lead;
        (Self { start, events }, arriving)
    }

    /// Returns the time since the start of the run.
    pub(crate) fn elapsed(&self) -> Duration {
        Instant::now().saturating_duration_since(self.start)
    }

    /// Returns the time left until `at`.
    pub(crate) fn until(&self, at: Duration) -> Duration {
        (self.start + at).saturating_duration_since(Instant::now())
    }

    pub(crate) fn note(&self, event: Event) {
        // After the run there is no receiver, and nothing more to record.
        let _ = self.events.send(event);
    }
}

impl Observer for Timeline {
    fn on_transition(&self, transition: &Transition) {
        self.note(Event::Changed(Change {
            at: self.elapsed(),
            to: transition.to,
            text: transition.to_string(),
        }));
    }
}
