//! Which breakers go when nobody asks for them, or when there are too many.
//!
//! No clock is read and no list is kept in order: each look-up leaves the number of the present sweep on the breaker it finds, once a
//! sweep, and so does a sweep on what it finds held. A sweep that makes room takes away what carries an older number than its own; one for
//! idle breakers, what carries an older number than the last sweep for these began with.

use super::claim::Claim;
use super::{NamedBreaker, Registry};
use crate::clock::Clock;
use crate::observer::Observer;
use crate::state::{Mode, State};
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;
use core::hash::Hash;

/// A sweep that makes room makes it for this part of the cap, so that a sweep over all is shared by that many new breakers.
const PART: usize = 8;

/// How many sweeps there were, and when the next is due.
#[derive(Debug)]
pub(super) struct Sweeps {
    cap: usize,
    /// The number of the present sweep.
    number: Word,
    /// The number that was the present one when idle breakers were last evicted.
    idle_since: Word,
    /// More breakers than these are too many: the cap, or beyond it where those that may not be evicted are.
    limit: Word,
    sweeping: Claim,
}

impl Sweeps {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            cap,
            number: Word::of(1),
            idle_since: Word::of(1),
            limit: Word::of(cap as u64),
            sweeping: Claim::new(),
        }
    }

    /// The breaker was asked for, or seen in use, now.
    #[inline]
    pub(super) fn mark<K, C, O>(&self, breaker: &NamedBreaker<K, C, O>) {
        breaker.named().mark(self.number());
    }

    fn number(&self) -> u64 {
        // Relaxed: one word; an older number reads as asked for a sweep ago.
        self.number.load(Relaxed)
    }

    /// Begins the next sweep, and returns the number of the one before.
    fn begin_next(&self) -> u64 {
        let number = self.number();
        // Relaxed: one word, written by whoever has the claim alone.
        self.number.store(number + 1, Relaxed);
        number
    }

    /// Begins the next sweep, which takes what is idle, and returns the number of the one before that did.
    fn begin_next_of_idle(&self) -> u64 {
        // Relaxed: one word, written by whoever has the claim alone.
        let before = self.idle_since.load(Relaxed);
        let since = self.begin_next() + 1;
        // Relaxed: one word, written by whoever has the claim alone.
        self.idle_since.store(since, Relaxed);
        before
    }

    fn is_due(&self, breakers: usize) -> bool {
        // Relaxed: one word; a stale limit sweeps one breaker late or early.
        breakers as u64 > self.limit.load(Relaxed)
    }

    /// What is over the cap now could not go; it is not tried again for each new one.
    pub(super) fn settle(&self, breakers: usize) {
        let limit = match breakers > self.cap {
            true => breakers + self.cap / PART,
            false => self.cap,
        };
        // Relaxed: one word; one that is set by an older length sweeps some breakers early or late.
        self.limit.store(limit as u64, Relaxed);
    }

    /// How many have to go to make room.
    fn surplus(&self, breakers: usize) -> usize {
        breakers.saturating_sub(self.cap - self.cap / PART)
    }
}

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Evicts the breakers that nobody asked for or held since this was last called, and returns how many. Call it now and then, from a
    /// timer: a breaker goes after one to two of these periods without use.
    ///
    /// Only a breaker that would not be missed goes: one that is closed, in [`Mode::Normal`], and of which nobody has a handle, so none that
    /// a call is going through. What it had counted is forgotten. A handle that is taken in the very instant of the eviction goes on with a
    /// breaker of its own.
    ///
    /// A breaker that is open or half-open stays, even if its name never comes again; [`retain`](Self::retain) takes these, too.
    ///
    /// ```
    /// use tripword::registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// for name in ["payments", "search", "stock"] {
    ///     registry.get_or_create(name);
    /// }
    /// registry.get_or_create("stock").trip();
    /// assert_eq!(registry.evict_idle(), 0);
    /// registry.get_or_create("search");
    /// assert_eq!(registry.evict_idle(), 1);
    /// assert!(registry.get("payments").is_none());
    /// assert_eq!(registry.len(), 2);
    /// ```
    pub fn evict_idle(&self) -> usize {
        let Some(_claimed) = self.sweeps.sweeping.claim() else {
            return 0;
        };
        let before = self.sweeps.begin_next_of_idle();
        let evicted = self.evict(usize::MAX, before);
        self.sweeps.settle(self.len());
        evicted
    }

    /// Evicts down to the cap and somewhat below if there are too many.
    pub(super) fn make_room(&self) {
        if !self.sweeps.is_due(self.len()) {
            return;
        }
        let Some(_claimed) = self.sweeps.sweeping.claim() else {
            return;
        };
        let number = self.sweeps.begin_next();
        self.evict(self.sweeps.surplus(self.len()), number);
        let over = self.len().saturating_sub(self.sweeps.cap);
        if over > 0 {
            self.evict(over, u64::MAX);
        }
        self.sweeps.settle(self.len());
    }

    /// Evicts up to `most` breakers that were last asked for in a sweep before `sweep`.
    fn evict(&self, most: usize, sweep: u64) -> usize {
        let mut evicted = 0;
        self.take_out_unless(|breaker| {
            let goes = evicted < most && self.is_idle(breaker, sweep) && is_at_rest(breaker);
            evicted += usize::from(goes);
            !goes
        });
        evicted
    }

    /// Whether nobody holds `breaker` or has asked for it since `sweep` began.
    fn is_idle(&self, breaker: &NamedBreaker<K, C, O>, sweep: u64) -> bool {
        let is_held = breaker.is_held();
        if is_held {
            self.sweeps.mark(breaker);
        }
        !is_held && breaker.named().last_sweep() < sweep
    }
}

fn is_at_rest<K, C: Clock, O: Observer>(breaker: &NamedBreaker<K, C, O>) -> bool {
    breaker.mode() == Mode::Normal && breaker.state() == State::Closed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sweep_is_due_beyond_the_cap_and_makes_room_below_it() {
        let sweeps = Sweeps::new(80);
        assert!(!sweeps.is_due(80) && sweeps.is_due(81));
        assert_eq!((sweeps.surplus(81), sweeps.surplus(70)), (11, 0));
    }

    #[test]
    fn what_could_not_go_is_tried_again_when_there_are_more() {
        let sweeps = Sweeps::new(80);
        sweeps.settle(100);
        assert!(!sweeps.is_due(110) && sweeps.is_due(111));
        sweeps.settle(81);
        assert!(!sweeps.is_due(91) && sweeps.is_due(92));
        sweeps.settle(80);
        assert!(!sweeps.is_due(80) && sweeps.is_due(81));
    }
}
