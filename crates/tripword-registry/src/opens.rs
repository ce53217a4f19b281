//! How many circuits of a registry are open, counted by their events.
//!
//! Events come in any order where several threads move one circuit, but each comes once. So a
//! breaker adds them up, and has entered open last if it entered open once more than it left it:
//!
//! ```text
//!  forced: on - off :15 | open: entered - left :15 | listed:1
//! ```
//!
//! Each change of this word is one step of the breaker, and the registry's total follows what that
//! step changed. When no event is on its way, the total is the number of listed breakers that are
//! open or forced open.

use crate::sync::Number;
use std::sync::Arc;
use tripword::{Mode, State};

const LISTED: usize = 1;
const OPEN: u32 = 1;
const FORCED: u32 = 16;
const SUM: usize = (1 << 15) - 1;

/// The part of one breaker in the total of its registry, given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Opens {
    events: Number,
    /// None for a breaker that was made outside a registry.
    total: Option<Arc<Number>>,
}

impl Opens {
    /// The part of a breaker outside a registry.
    pub(crate) const fn none() -> Self {
        Self { events: Number::new(0), total: None }
    }

    /// The part of a breaker that is not listed yet, in the state that it `entered`, and in `mode`.
    pub(crate) fn of(entered: State, mode: Mode, total: Arc<Number>) -> Self {
        let open = added(0, OPEN, is_open(entered));
        let events = Number::new(added(open, FORCED, is_forced(mode)));
        Self { events, total: Some(total) }
    }

    pub(crate) fn list(&self) {
        self.update(|events| events | LISTED);
    }

    pub(crate) fn delist(&self) {
        self.update(|events| events & !LISTED);
    }

    pub(crate) fn on_transition(&self, from: State, to: State) {
        self.add(OPEN, is_open(to) - is_open(from));
    }

    pub(crate) fn on_mode(&self, from: Mode, to: Mode) {
        self.add(FORCED, is_forced(to) - is_forced(from));
    }

    fn add(&self, sum: u32, by: isize) {
        if by != 0 {
            self.update(|events| added(events, sum, by));
        }
    }

    fn update(&self, change: impl Fn(usize) -> usize) {
        let Some(total) = &self.total else {
            return;
        };
        let (before, after) = self.events.update(change);
        match (counts(before), counts(after)) {
            (false, true) => total.add(1),
            (true, false) => total.add(-1),
            _ => {}
        }
    }
}

impl Drop for Opens {
    fn drop(&mut self) {
        self.delist();
    }
}

fn is_open(state: State) -> isize {
    (state == State::Open).into()
}

fn is_forced(mode: Mode) -> isize {
    (mode == Mode::ForceOpen).into()
}

/// Whether a breaker with these `events` is part of the total.
fn counts(events: usize) -> bool {
    let is_positive = |sum: u32| (1..=SUM / 2).contains(&(events >> sum & SUM));
    events & LISTED != 0 && (is_positive(OPEN) || is_positive(FORCED))
}

/// These `events`, with `by` more in one of the sums, which wraps.
const fn added(events: usize, sum: u32, by: isize) -> usize {
    let new = (events >> sum).wrapping_add_signed(by) & SUM;
    events & !(SUM << sum) | new << sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Closed, HalfOpen, Open};

    #[test]
    fn events_count_in_any_order() {
        let moves = [(Closed, Open), (Open, HalfOpen), (HalfOpen, Open), (Open, Closed)];
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
            let total = Arc::new(Number::default());
            let opens = Opens::of(Closed, Mode::ForceOpen, total.clone());
            opens.list();
            for event in order {
                let (from, to) = moves[event];
                opens.on_transition(from, to);
                assert_eq!(total.get(), 1, "it is forced open");
            }
            opens.on_mode(Mode::ForceOpen, Mode::Shadow);
            assert_eq!(total.get(), 0, "{order:?}");
            opens.on_transition(Closed, Open);
            assert_eq!(total.get(), 1);
            drop(opens);
            assert_eq!(total.get(), 0);
        }
    }

    #[test]
    fn a_breaker_counts_while_it_is_listed() {
        let total = Arc::new(Number::default());
        let opens = Opens::of(Open, Mode::Normal, total.clone());
        assert_eq!(total.get(), 0);
        opens.list();
        assert_eq!(total.get(), 1);
        opens.delist();
        opens.on_mode(Mode::Normal, Mode::ForceOpen);
        assert_eq!(total.get(), 0);
    }
}
