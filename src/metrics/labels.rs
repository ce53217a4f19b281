//! States, modes, reasons and causes as numbers and labels.

use crate::error::Reason;
use crate::policy::TripCause;
use crate::state::{Cause, Mode, State};

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

pub(super) const fn of_mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Normal => "normal",
        Mode::ForceOpen => "force_open",
        Mode::ForceClosed => "force_closed",
        Mode::Shadow => "shadow",
    }
}

pub(super) const fn of_state(state: State) -> &'static str {
    match state {
        State::Closed => "closed",
        State::Open => "open",
        State::HalfOpen => "half_open",
        State::Recovering => "recovering",
    }
}

pub(super) const fn of_reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Open => "open",
        Reason::ProbesBusy => "probes_busy",
        Reason::Recovering => "recovering",
        Reason::ForcedOpen => "forced_open",
    }
}

pub(super) const fn of_cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Tripped(TripCause::ConsecutiveFailures(_)) => "consecutive_failures",
        Cause::Tripped(TripCause::Failures { .. }) => "failures",
        Cause::Tripped(TripCause::FailureRate { .. }) => "failure_rate",
        Cause::Tripped(TripCause::SlowCallRate { .. }) => "slow_call_rate",
        Cause::Tripped(TripCause::TripWhen { .. }) => "trip_when",
        Cause::RetryAfter => "retry_after",
        Cause::DeadlineReached => "deadline_reached",
        Cause::ProbesSucceeded => "probes_succeeded",
        Cause::ProbesFailed => "probes_failed",
        Cause::LeaseExpired => "lease_expired",
        Cause::RampCompleted => "ramp_completed",
        Cause::ByHand => "by_hand",
        Cause::Reconfigured => "reconfigured",
    }
}
