//! Moves made by hand, as pure steps. Going where the circuit already is changes nothing and is no event.

use crate::config::Config;
use crate::nanos::Nanos;
use crate::state::cell::Step;
use crate::state::control::Control;
use crate::state::deadline::Deadline;
use crate::state::{Cause, Mode, State, Transition};
use core::time::Duration;

/// Opens for the configured time. A circuit that is open stays as it is, but one whose deadline has passed, and so reads as half-open,
/// is given a new deadline.
pub(crate) fn trip(word: Control, config: &Config, now: Nanos) -> Step<Option<Transition>> {
    match word.state() {
        State::Open if word.deadline().is_reached(now) => {
            let deadline = config.deadline(word.streak(), word.generation(), now);
            Step::Move(word.with_deadline(deadline), None)
        }
        State::Open => Step::Stay(None),
        _ => moved(word, config.open(word, now), now),
    }
}

/// Opens for `wait`. In an open circuit the deadline moves.
pub(crate) fn trip_for(
    word: Control,
    config: &Config,
    wait: Duration,
    now: Nanos,
) -> Step<Option<Transition>> {
    let deadline = Deadline::after(now, wait);
    match word.state() {
        State::Open => Step::Move(word.with_deadline(deadline), None),
        _ => {
            let next = word.as_of(config.ramp, now).opened(|_, _| deadline);
            moved(word, next, now)
        }
    }
}

pub(crate) fn half_open(word: Control, config: &Config, now: Nanos) -> Step<Option<Transition>> {
    match word.state() {
        State::HalfOpen => Step::Stay(None),
        _ => moved(word, word.as_of(config.ramp, now).half_opened(), now),
    }
}

pub(crate) fn close(word: Control, now: Nanos) -> Step<Option<Transition>> {
    match word.state() {
        State::Closed => Step::Stay(None),
        State::Recovering => moved(word, word.ramp_completed(), now),
        _ => moved(word, word.closed(), now),
    }
}

/// Closes and forgets everything, in a new generation even if the circuit is closed already.
pub(crate) fn reset(word: Control, now: Nanos) -> Step<Option<Transition>> {
    moved(word, word.closed(), now)
}

/// Begins half-open again after the settings were replaced, since what its probes have come to may neither leave a slot nor decide.
pub(crate) fn restart_probing(
    word: Control,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Option<Transition>> {
    match word.state() {
        State::HalfOpen => {
            let next = word.half_opened();
            let transition = Transition::new(word, next, Cause::Reconfigured, now());
            Step::Move(next, Some(transition))
        }
        _ => Step::Stay(None),
    }
}

/// Lays `mode` over the state and answers with the mode before.
pub(crate) fn set_mode(word: Control, mode: Mode) -> Step<Mode> {
    if word.mode() == mode {
        Step::Stay(mode)
    } else {
        Step::Move(word.with_mode(mode), word.mode())
    }
}

fn moved(word: Control, next: Control, now: Nanos) -> Step<Option<Transition>> {
    Step::Move(next, Some(Transition::new(word, next, Cause::ByHand, now)))
}
