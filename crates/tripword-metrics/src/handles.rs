//! The metrics of one label, looked up once.

use super::labels::{self, MODES, REASONS, STATES};
use crate::error::Rejected;
use crate::state::{Mode, State, Transition};
use metrics::{Counter, Gauge, SharedString, counter, describe_counter, describe_gauge, gauge};
use std::borrow::ToOwned;
use std::sync::Arc;

const STATE: &str = "tripword_state";
const IN_STATE: &str = "tripword_in_state";
const IN_MODE: &str = "tripword_in_mode";
const TRANSITIONS: &str = "tripword_transitions_total";
const OPENED: &str = "tripword_opened_total";
const REJECTIONS: &str = "tripword_rejections_total";
const SHADOWED: &str = "tripword_shadowed_total";

pub(super) struct Handles {
    breaker: Arc<str>,
    state: Gauge,
    in_state: [Gauge; 4],
    in_mode: [Gauge; 4],
    opened: Counter,
    refusals: [Counter; 4],
    shadowed: Counter,
}

impl Handles {
    pub(super) fn of_one(breaker: &str) -> Self {
        let state = gauge!(STATE, "breaker" => SharedString::from(breaker.to_owned()));
        Self::new(breaker, state)
    }

    /// Of breakers that share a name.
    pub(super) fn of_many(breaker: &str) -> Self {
        Self::new(breaker, Gauge::noop())
    }

    fn new(breaker: &str, state: Gauge) -> Self {
        let breaker: Arc<str> = breaker.into();
        let label = || SharedString::from(breaker.clone());
        Self {
            state,
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

    pub(super) fn breaker(&self) -> &str {
        &self.breaker
    }

    pub(super) fn enter(&self, state: State) {
        self.state.increment(labels::number(state) as f64);
        self.gauge(state).increment(1.0);
    }

    pub(super) fn leave(&self, state: State) {
        self.state.decrement(labels::number(state) as f64);
        self.gauge(state).decrement(1.0);
    }

    pub(super) fn enter_mode(&self, mode: Mode) {
        self.mode_gauge(mode).increment(1.0);
    }

    pub(super) fn leave_mode(&self, mode: Mode) {
        self.mode_gauge(mode).decrement(1.0);
    }

    fn mode_gauge(&self, mode: Mode) -> &Gauge {
        &self.in_mode[labels::place(mode) as usize]
    }

    fn gauge(&self, state: State) -> &Gauge {
        &self.in_state[labels::number(state) as usize]
    }

    pub(super) fn count(&self, transition: &Transition) {
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

    pub(super) fn refuse(&self, rejected: Rejected) {
        match rejected.is_shadowed() {
            true => self.shadowed.increment(1),
            false => self.refusals_for(rejected).increment(1),
        }
    }

    fn refusals_for(&self, rejected: Rejected) -> &Counter {
        let reasons = REASONS.iter().zip(&self.refusals);
        let mut of_this = reasons.filter(|(reason, _)| **reason == rejected.reason());
        of_this
            .next()
            .map_or(&self.refusals[0], |(_, counter)| counter)
    }
}

/// Says what each metric is, to an exporter that shows it.
pub(super) fn describe() {
    describe_gauge!(STATE, "0 closed, 1 open, 2 half-open, 3 recovering");
    describe_gauge!(IN_STATE, "1 for the state that the circuit is in");
    describe_gauge!(IN_MODE, "1 for the mode that lies over the state");
    describe_counter!(TRANSITIONS, "Moves of the circuit");
    describe_counter!(OPENED, "Moves of the circuit to open");
    describe_counter!(REJECTIONS, "Calls that were refused");
    describe_counter!(
        SHADOWED,
        "Calls that passed in shadow mode and would have been refused"
    );
}
