//! What the map holds of a breaker: the registry's own handle, which it can give up at once.
//!
//! The map frees what was removed from it later, when no thread can see it any more. Whoever waits for a breaker to be dropped, such as an
//! observer that leaves the gauges, should not have to wait for that.

use super::{Named, NamedBreaker};
use crate::breaker::CircuitBreaker;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Weak};

/// The registry's own handle of a breaker, until it is given up.
pub(super) struct Entry<K, C, O> {
    own: ArcSwapOption<CircuitBreaker<C, Named<K, O>>>,
    /// To make handles of, which is quicker than to load the other.
    shared: Weak<CircuitBreaker<C, Named<K, O>>>,
}

impl<K, C, O> Entry<K, C, O> {
    pub(super) fn of(breaker: &NamedBreaker<K, C, O>) -> Self {
        let shared = breaker.shared();
        Self {
            own: ArcSwapOption::new(Some(shared.clone())),
            shared: Arc::downgrade(shared),
        }
    }

    /// A handle of the breaker, unless it was given up and is gone.
    pub(super) fn breaker(&self) -> Option<NamedBreaker<K, C, O>> {
        self.shared.upgrade().map(NamedBreaker::of_shared)
    }

    /// Whether this is the entry of `breaker`, and not of another one with its name.
    pub(super) fn is_of(&self, breaker: &NamedBreaker<K, C, O>) -> bool {
        core::ptr::eq(self.shared.as_ptr(), Arc::as_ptr(breaker.shared()))
    }

    /// The handle that this entry held.
    pub(super) fn give_up(&self) -> Option<NamedBreaker<K, C, O>> {
        self.own.swap(None).map(NamedBreaker::of_shared)
    }
}
