//! Decisions: pure functions from the control word, the settings and the time to the next word.
//!
//! A rule is given one value of the control word and answers with a [`Step`]; the loop in
//! [`ControlCell::update`](crate::word::cell::ControlCell::update) applies it. Rules know no
//! atomics and own no clock: `now` is called only where the answer depends on it, and always after
//! the word was read.

pub(crate) mod admission;
pub(crate) mod admit;
pub(crate) mod manual;
pub(crate) mod open;
pub(crate) mod settle;

use crate::nanos::Nanos;
use crate::state::State;
use crate::transition::{Cause, Transition};
use crate::word::deadline::LongestOpen;
use crate::word::{Control, Step};

/// An answer, and the transition that giving it made, if it made one.
pub(crate) type Answer<T> = (T, Option<Transition>);

/// Moves from `word` to `next`, which is a transition.
fn moved<T>(word: Control, next: Control, cause: Cause, at: Nanos, answer: T) -> Step<Answer<T>> {
    let transition = Transition {
        from: word.state(),
        to: next.state(),
        generation: next.generation(),
        at,
        cause,
        retry_after: match next.state() {
            // It was set for this moment, so it reads as it was set.
            State::Open => next.deadline().remaining(at, LongestOpen::MAX),
            _ => None,
        },
    };
    Step::Move(next, (answer, Some(transition)))
}

/// Leaves the word as it is.
const fn stay<T>(answer: T) -> Step<Answer<T>> {
    Step::Stay((answer, None))
}

/// Replaces the word by `next` within the same state, which is no transition.
const fn replace<T>(next: Control, answer: T) -> Step<Answer<T>> {
    Step::Move(next, (answer, None))
}
