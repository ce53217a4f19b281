//! The metrics of one label, looked up once.

use metrics::{Counter, Gauge, SharedString, counter, gauge};
use std::sync::Arc;
use tripword::{Mode, Reason, Rejected, State, Transition};

pub(crate) const STATE: &str = "tripword_state";
pub(crate) const IN_STATE: &str = "tripword_in_state";
pub(crate) const IN_MODE: &str = "tripword_in_mode";
pub(crate) const TRANSITIONS: &str = "tripword_transitions_total";
pub(crate) const OPENED: &str = "tripword_opened_total";
pub(crate) const REJECTIONS: &str = "tripword_rejections_total";
pub(crate) const SHADOWED: &str = "tripword_shadowed_total";

/// The states; the place of one is the number that is published.
pub(crate) const STATES: [State; 4] = [
    State::Closed,
    State::Open,
    State::HalfOpen,
    State::Recovering,
];

pub(crate) const MODES: [Mode; 4] = [
    Mode::Normal,
    Mode::ForceOpen,
    Mode::ForceClosed,
    Mode::Shadow,
];

const REASONS: [Reason; 4] = [
    Reason::Open,
    Reason::ProbesBusy,
    Reason::Recovering,
    Reason::ForcedOpen,
];

/// Returns the place of `one` in `all`.
pub(crate) fn place_of<T: PartialEq>(one: T, all: &[T; 4]) -> usize {
    all.iter().position(|other| *other == one).unwrap_or(0)
}

pub(crate) struct Handles {
    pub(crate) breaker: Arc<str>,
    state: Gauge,
    in_state: [Gauge; 4],
    pub(crate) in_mode: [Gauge; 4],
    opened: Counter,
    refusals: [Counter; 4],
    shadowed: Counter,
}

impl Handles {
    /// The metrics with the label `breaker`. With the number of the state only if the label is that
    /// of one breaker: a sum of such numbers means nothing.
    pub(crate) fn new(breaker: &str, is_one: bool) -> Self {
        let breaker: Arc<str> = breaker.into();
        let label = || SharedString::from(breaker.clone());
        Self {
            state: if is_one {
                gauge!(STATE, "breaker" => label())
            } else {
                Gauge::noop()
            },
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

    /// Adds `breakers`, which may be negative, to those in the state at `place`.
    pub(crate) fn add_in_state(&self, place: usize, breakers: f64) {
        self.state.increment(place as f64 * breakers);
        self.in_state[place].increment(breakers);
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
