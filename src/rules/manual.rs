//! Moves that the user asks for. Moving to the current state changes nothing and is no transition.

use super::open::{self, opened, opened_for};
use super::{Answer, moved, replace, stay};
use crate::config::Config;
use crate::nanos::Nanos;
use crate::state::{Mode, State};
use crate::transition::Cause;
use crate::word::deadline::Deadline;
use crate::word::{Control, Step};
use core::time::Duration;

/// Opens for the configured time. An open circuit stays as it is, unless its deadline has passed
/// and it reads as half-open: then it is given a new deadline.
pub(crate) fn trip(word: Control, config: &Config, now: Nanos) -> Step<Answer<()>> {
    match word.state() {
        State::Open if word.deadline().is_reached(now, config.longest_open) => {
            let deadline = open::deadline(config, word.streak(), word.generation(), now);
            replace(word.with_deadline(deadline), ())
        }
        State::Open => stay(()),
        _ => moved(word, opened(word, config, now), Cause::Manual, now, ()),
    }
}

/// Opens for `wait`. In an open circuit the deadline moves.
pub(crate) fn trip_for(
    word: Control,
    config: &Config,
    wait: Duration,
    now: Nanos,
) -> Step<Answer<()>> {
    if word.state() == State::Open {
        let wait = Nanos::from_duration(wait);
        let deadline = Deadline::after(now, wait, config.longest_open);
        return replace(word.with_deadline(deadline), ());
    }
    let next = opened_for(word, config, wait, now);
    moved(word, next, Cause::Manual, now, ())
}

pub(crate) fn half_open(word: Control, config: &Config, now: Nanos) -> Step<Answer<()>> {
    if word.state() == State::HalfOpen {
        return stay(());
    }
    let next = word.as_of(config.ramp(), now).half_opened();
    moved(word, next, Cause::Manual, now, ())
}

pub(crate) fn close(word: Control, now: Nanos) -> Step<Answer<()>> {
    match word.state() {
        State::Closed => stay(()),
        State::Recovering => moved(word, word.ramp_completed(), Cause::Manual, now, ()),
        _ => moved(word, word.closed(), Cause::Manual, now, ()),
    }
}

/// Closes and forgets all counts, in a new generation even if the circuit is closed already.
pub(crate) fn reset(word: Control, now: Nanos) -> Step<Answer<()>> {
    moved(word, word.closed(), Cause::Manual, now, ())
}

/// Begins half-open anew after the probe limits or the lease were replaced: the results counted
/// under the old ones may neither leave a slot nor decide under the new ones.
pub(crate) fn restart_probing(word: Control, now: &impl Fn() -> Nanos) -> Step<Answer<()>> {
    if word.state() != State::HalfOpen {
        return stay(());
    }
    moved(word, word.half_opened(), Cause::Reconfigured, now(), ())
}

/// Sets the mode. The answer is the previous mode.
pub(crate) fn set_mode(word: Control, mode: Mode) -> Step<Mode> {
    if word.mode() == mode {
        return Step::Stay(mode);
    }
    Step::Move(word.with_mode(mode), word.mode())
}
