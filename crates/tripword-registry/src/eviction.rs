//! Evicting breakers that are idle, or too many.

use crate::breaker::NamedBreaker;
use crate::registry::Registry;
use crate::sweeps::is_before;
use std::hash::Hash;
use std::sync::Arc;
use tripword::{Clock, Mode, Observer, State};

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Evicts the breakers that were not used since the previous call of this method, and returns
    /// how many. Call it from a timer: a breaker is evicted after one to two of its periods without
    /// use.
    ///
    /// A breaker is evicted only if it is closed, in [`Mode::Normal`], and without a handle outside
    /// the registry, so that no call is in flight. Its counts are lost. A handle that is taken at
    /// the moment of the eviction continues with a breaker of its own.
    ///
    /// A breaker that is open or half-open stays, even if its name is never used again; to remove
    /// such breakers, use [`retain`](Self::retain).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// for name in ["payments", "search", "stock"] {
    ///     registry.get_or_create(name);
    /// }
    /// registry.get_or_create("stock").breaker().trip();
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
        let previous_sweep = self.sweeps.idle_since.get();
        self.sweeps.idle_since.set(self.sweeps.period.advance());
        let evicted = self.evict(usize::MAX, Some(previous_sweep));
        self.sweeps.settle(self.len());
        evicted
    }

    /// Evicts down to the cap and somewhat below if there are too many: idle breakers first, then
    /// any that may be evicted.
    pub(crate) fn make_room(&self) {
        if !self.sweeps.is_due(self.len()) {
            return;
        }
        let Some(_claimed) = self.sweeps.sweeping.claim() else {
            return;
        };
        let ended = self.sweeps.period.get();
        self.sweeps.period.advance();
        self.evict(self.sweeps.surplus(self.len()), Some(ended));
        let over = self.len().saturating_sub(self.sweeps.cap);
        if over > 0 {
            self.evict(over, None);
        }
        self.sweeps.settle(self.len());
    }

    /// Evicts up to `most` breakers that may be evicted: those that were last used before the
    /// period `unused_since`, or any.
    fn evict(&self, most: usize, unused_since: Option<usize>) -> usize {
        let mut evicted = 0;
        self.for_each(|breaker| {
            if evicted < most && self.may_evict(breaker, unused_since) {
                self.take_out(breaker);
                evicted += 1;
            }
        });
        evicted
    }

    fn may_evict(&self, named: &NamedBreaker<K, C, O>, unused_since: Option<usize>) -> bool {
        // The registry's own handle, and the one that the sweep looks at.
        if Arc::strong_count(&named.0) > 2 {
            self.sweeps.mark(named);
            return false;
        }
        let breaker = named.breaker();
        let last_used = breaker.observer().last_used.get();
        unused_since.is_none_or(|period| is_before(last_used, period))
            && breaker.mode() == Mode::Normal
            && breaker.state() == State::Closed
    }
}
