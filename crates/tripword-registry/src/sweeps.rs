//! Second-chance eviction without a clock: when a sweep is due, and what it evicts.
//!
//! Each sweep begins a period. A look-up stamps the breaker that it finds with the current period,
//! unless it has that stamp already; so does a sweep for each breaker that has a handle outside the
//! registry. A sweep that makes room evicts breakers that were not used in the period that it ends;
//! a sweep for idle breakers evicts those that were not used since the previous one of its kind.

use crate::breaker::NamedBreaker;
use crate::sync::{Claim, Number};

/// A sweep that makes room frees this part of the cap, so that its cost is shared by that many new
/// breakers.
const PART: usize = 8;

/// The sweeps of a registry.
#[derive(Debug)]
pub(crate) struct Sweeps {
    pub(crate) cap: usize,
    /// The number of the current period.
    pub(crate) period: Number,
    /// The period that the last sweep for idle breakers began.
    pub(crate) idle_since: Number,
    /// The most breakers for which no sweep is due: the cap, or more where those over the cap could
    /// not be evicted.
    due_beyond: Number,
    pub(crate) sweeping: Claim,
}

impl Sweeps {
    pub(crate) fn new(cap: usize) -> Self {
        Self {
            cap,
            period: Number::new(0),
            idle_since: Number::new(0),
            due_beyond: Number::new(cap),
            sweeping: Claim::default(),
        }
    }

    /// Stamps a breaker that is in use with the current period. Writes once a period, so that
    /// threads that look up a busy name share a cache line that does not change.
    #[inline]
    pub(crate) fn mark<K, C, O>(&self, breaker: &NamedBreaker<K, C, O>) {
        let (period, last_used) = (self.period.get(), &breaker.0.observer().last_used);
        if last_used.get() != period {
            last_used.set(period);
        }
    }

    pub(crate) fn is_due(&self, breakers: usize) -> bool {
        breakers > self.due_beyond.get()
    }

    /// Ends a sweep that left `breakers`. Those over the cap could not be evicted; the next sweep
    /// is due when there are some more, not for each new one.
    pub(crate) fn settle(&self, breakers: usize) {
        self.due_beyond.set(if breakers > self.cap {
            breakers + self.cap / PART
        } else {
            self.cap
        });
    }

    /// Returns how many breakers to evict to make room.
    pub(crate) fn surplus(&self, breakers: usize) -> usize {
        breakers.saturating_sub(self.cap - self.cap / PART)
    }
}

/// Returns whether period `one` came before `other`. Numbers of periods may wrap on 32-bit targets.
pub(crate) const fn is_before(one: usize, other: usize) -> bool {
    (one.wrapping_sub(other) as isize) < 0
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
    fn a_sweep_that_left_too_many_is_due_again_when_there_are_some_more() {
        let sweeps = Sweeps::new(80);
        sweeps.settle(100);
        assert!(!sweeps.is_due(110) && sweeps.is_due(111));
        sweeps.settle(81);
        assert!(!sweeps.is_due(91) && sweeps.is_due(92));
        sweeps.settle(80);
        assert!(!sweeps.is_due(80) && sweeps.is_due(81));
    }

    #[test]
    fn periods_keep_their_order_when_their_numbers_wrap() {
        assert!(is_before(4, 5) && !is_before(5, 5) && !is_before(6, 5));
        assert!(is_before(usize::MAX, 0) && !is_before(0, usize::MAX));
    }
}
