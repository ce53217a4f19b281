//! The metrics of one label, looked up once.

use metrics::{Counter, Gauge, SharedString, counter, gauge};
use std::sync::Arc;
use tripword::{Mode, Reason, Rejected, State, Transition};

pub(crate) const IN_STATE: &str = "tripword_in_state";
pub(crate) const IN_MODE: &str = "tripword_in_mode";
pub(crate) const TRANSITIONS: &str = "tripword_transitions_total";
pub(crate) const OPENED: &str = "tripword_opened_total";
pub(crate) const REJECTIONS: &str = "tripword_rejections_total";
pub(crate) const SHADOWED: &str = "tripword_shadowed_total";

pub(crate) const STATES: [State; 4] =
    [State::Closed, State::Open, State::HalfOpen, State::Recovering];

pub(crate) const MODES: [Mode; 4] =
    [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];

const REASONS: [Reason; 4] =
    [Reason::Open, Reason::ProbesBusy, Reason::Recovering, Reason::ForcedOpen];

/// Returns the place of `one` in `all`.
pub(crate) fn place_of<T: PartialEq>(one: T, all: &[T; 4]) -> usize {
    all.iter().position(|other| *other == one).unwrap_or(0)
}

/// Moves one breaker from a gauge to another. A scrape in between finds it in none, but not in the
/// one that it has left.
pub(crate) fn move_between(gauges: &[Gauge; 4], from: usize, to: usize) {
    if from != to {
        gauges[from].decrement(1.0);
        gauges[to].increment(1.0);
    }
}

pub(crate) struct Handles {
    pub(crate) breaker: Arc<str>,
    pub(crate) in_state: [Gauge; 4],
    pub(crate) in_mode: [Gauge; 4],
    opened: Counter,
    refusals: [Counter; 4],
    shadowed: Counter,
}

impl Handles {
    /// The metrics with the label `breaker`.
    pub(crate) fn new(breaker: &str) -> Self {
        let breaker: Arc<str> = breaker.into();
        let label = || SharedString::from(breaker.clone());
        Self {
            in_state: STATES
                .map(|state| gauge!(IN_STATE, "breaker" => label(), "state" => state.label())),
            in_mode: MODES
                .map(|mode| gauge!(IN_MODE, "breaker" => label(), "mode" => mode.label())),
            opened: counter!(OPENED, "breaker" => label()),
            refusals: REASONS.map(
                |reason| counter!(REJECTIONS, "breaker" => label(), "reason" => reason.label()),
            ),
            shadowed: counter!(SHADOWED, "breaker" => label()),
            breaker,
        }
    }

    pub(crate) fn count_transition(&self, transition: &Transition) {
        if transition.to == State::Open {
            self.opened.increment(1);
        }
        counter!(
            TRANSITIONS,
            "breaker" => SharedString::from(self.breaker.clone()),
            "from" => transition.from.label(),
            "to" => transition.to.label(),
            "cause" => transition.cause.label(),
        )
        .increment(1);
    }

    pub(crate) fn count_refusal(&self, rejected: &Rejected) {
        let counter = if rejected.is_shadowed() {
            &self.shadowed
        } else {
            &self.refusals[place_of(rejected.reason(), &REASONS)]
        };
        counter.increment(1);
    }
}
