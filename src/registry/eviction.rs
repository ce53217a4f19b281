//! Which breakers go when nobody asks for them, or when there are too many.
//!
//! No clock is read and no list is kept in order: each look-up leaves the number of the present sweep on the breaker it finds, once a
//! sweep. A sweep takes away what does not carry its number, and begins the next.

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
    /// More breakers than these are too many: the cap, or beyond it where those that may not be evicted are.
    limit: Word,
    sweeping: Claim,
}

impl Sweeps {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            cap,
            number: Word::of(1),
            limit: Word::of(cap as u64),
            sweeping: Claim::new(),
        }
    }

    /// The breaker was asked for now.
    #[inline]
    pub(super) fn mark<K, C, O>(&self, breaker: &NamedBreaker<K, C, O>) {
        breaker.named().mark(self.number());
    }

    fn number(&self) -> u64 {
        // Relaxed: one word; an older number reads as asked for a sweep ago.
        self.number.load(Relaxed)
    }

    fn begin_next(&self) {
        // Relaxed: one word, written by whoever has the claim alone.
        self.number.store(self.number() + 1, Relaxed);
    }

    fn is_due(&self, breakers: usize) -> bool {
        // Relaxed: one word; a stale limit sweeps one breaker late or early.
        breakers as u64 > self.limit.load(Relaxed)
    }

    /// What is over the cap after a sweep could not go; it is not tried again for each new one.
    fn settle(&self, breakers: usize) {
        let limit = match breakers > self.cap {
            true => breakers + self.cap / PART,
            false => self.cap,
        };
        // Relaxed: one word, written by whoever has the claim alone.
        self.limit.store(limit as u64, Relaxed);
    }

    /// How many have to go to make room.
    fn surplus(&self, breakers: usize) -> usize {
        breakers.saturating_sub(self.cap - self.cap / PART)
    }
}

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Evicts the breakers that nobody asked for since this was last called, and says how many. Call it now and then, from a timer: a
    /// breaker goes after one to two of these periods without use.
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
        let evicted = self.evict_unmarked(usize::MAX);
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
        self.evict_unmarked(self.sweeps.surplus(self.len()));
        let over = self.len().saturating_sub(self.sweeps.cap);
        if over > 0 {
            self.evict(over, |_| true);
        }
        self.sweeps.settle(self.len());
    }

    fn evict_unmarked(&self, most: usize) -> usize {
        let number = self.sweeps.number();
        let evicted = self.evict(most, |breaker| !breaker.named().is_marked(number));
        self.sweeps.begin_next();
        evicted
    }

    fn evict(&self, most: usize, may_go: impl Fn(&NamedBreaker<K, C, O>) -> bool) -> usize {
        let mut evicted = 0;
        self.retain(|breaker| {
            let goes = evicted < most && may_go(breaker) && would_not_be_missed(breaker);
            evicted += usize::from(goes);
            !goes
        });
        evicted
    }
}

fn would_not_be_missed<K, C: Clock, O: Observer>(breaker: &NamedBreaker<K, C, O>) -> bool {
    breaker.is_held_by_nobody_else()
        && breaker.mode() == Mode::Normal
        && breaker.state() == State::Closed
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
