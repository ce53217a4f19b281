//! What a named breaker carries beside its state: name, observer, last failure, and when it was last asked for.

use super::failure::LastFailure;
use crate::error::Rejected;
use crate::observer::{Observer, Settlement};
use crate::state::{Mode, Transition};
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// The observer of a [`NamedBreaker`](super::NamedBreaker): passes everything on to the observer `O`, and carries the name.
#[derive(Debug)]
pub struct Named<K, O = ()> {
    name: K,
    observer: O,
    /// Swapped whole, since threads that refuse read it while others fail.
    last_failure: ArcSwapOption<LastFailure>,
    /// The sweep in which the breaker was last asked for.
    sweep: Word,
}

impl<K, O> Named<K, O> {
    pub(super) fn new(name: K, observer: O) -> Self {
        Self {
            name,
            observer,
            last_failure: ArcSwapOption::empty(),
            sweep: Word::new(),
        }
    }

    /// The name.
    pub const fn name(&self) -> &K {
        &self.name
    }

    /// The observer that all is passed on to.
    pub const fn observer(&self) -> &O {
        &self.observer
    }

    pub(super) fn last_failure(&self) -> Option<Arc<LastFailure>> {
        self.last_failure.load_full()
    }

    pub(super) fn note(&self, failure: LastFailure) {
        self.last_failure.store(Some(Arc::new(failure)));
    }

    /// Writes only once a sweep, so that looking up a busy name shares a cache line that nobody changes.
    pub(super) fn mark(&self, sweep: u64) {
        if self.last_sweep() != sweep {
            // Relaxed: one word; a mark that is seen late costs an idle breaker at the worst.
            self.sweep.store(sweep, Relaxed);
        }
    }

    /// The sweep in which the breaker was last asked for.
    pub(super) fn last_sweep(&self) -> u64 {
        // Relaxed: one word; nothing else is read on its strength.
        self.sweep.load(Relaxed)
    }
}

impl<K, O: Observer> Observer for Named<K, O> {
    #[inline]
    fn on_transition(&self, transition: &Transition) {
        self.observer.on_transition(transition);
    }

    #[inline]
    fn on_rejected(&self, rejected: &Rejected) {
        self.observer.on_rejected(rejected);
    }

    #[inline]
    fn on_outcome(&self, settlement: &Settlement) {
        self.observer.on_outcome(settlement);
    }

    #[inline]
    fn on_mode(&self, from: Mode, to: Mode) {
        self.observer.on_mode(from, to);
    }
}
