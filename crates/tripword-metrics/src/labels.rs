//! States, modes and reasons in order, and as numbers.

use crate::error::Reason;
use crate::state::{Mode, State};

pub(super) const STATES: [State; 4] = [
    State::Closed,
    State::Open,
    State::HalfOpen,
    State::Recovering,
];

pub(super) const MODES: [Mode; 4] = [
    Mode::Normal,
    Mode::ForceOpen,
    Mode::ForceClosed,
    Mode::Shadow,
];

pub(super) const REASONS: [Reason; 4] = [
    Reason::Open,
    Reason::ProbesBusy,
    Reason::Recovering,
    Reason::ForcedOpen,
];

pub(super) const fn number(state: State) -> u64 {
    match state {
        State::Closed => 0,
        State::Open => 1,
        State::HalfOpen => 2,
        State::Recovering => 3,
    }
}

pub(super) fn state(number: u64) -> Option<State> {
    STATES
        .into_iter()
        .find(|&state| self::number(state) == number)
}

/// The place of a mode among [`MODES`].
pub(super) const fn place(mode: Mode) -> u64 {
    match mode {
        Mode::Normal => 0,
        Mode::ForceOpen => 1,
        Mode::ForceClosed => 2,
        Mode::Shadow => 3,
    }
}

pub(super) fn mode(place: u64) -> Option<Mode> {
    MODES.into_iter().find(|&mode| self::place(mode) == place)
}
