//! What the map holds of a breaker: the registry's own handle, which it can release at once.
//!
//! The map frees a removed entry later, when no thread can see it any more. Releasing the handle
//! first drops an unused breaker immediately, so that an observer leaves its gauges on time.

use crate::breaker::NamedBreaker;
use crate::named::Named;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Weak};
use tripword::CircuitBreaker;

type Shared<K, C, O> = CircuitBreaker<C, Named<K, O>>;

/// The registry's own handle of a breaker, until it is released.
pub(crate) struct Entry<K, C, O> {
    own: ArcSwapOption<Shared<K, C, O>>,
    /// The source of further handles: quicker to read than the other.
    shared: Weak<Shared<K, C, O>>,
}

impl<K, C, O> Entry<K, C, O> {
    pub(crate) fn of(breaker: &NamedBreaker<K, C, O>) -> Self {
        Self {
            own: ArcSwapOption::new(Some(breaker.0.clone())),
            shared: Arc::downgrade(&breaker.0),
        }
    }

    /// Returns a handle of the breaker, or `None` if it was released and dropped.
    pub(crate) fn breaker(&self) -> Option<NamedBreaker<K, C, O>> {
        self.shared.upgrade().map(NamedBreaker)
    }

    /// Returns whether this is the entry of `breaker`, and not of another one with its name.
    pub(crate) fn is_of(&self, breaker: &NamedBreaker<K, C, O>) -> bool {
        std::ptr::eq(self.shared.as_ptr(), Arc::as_ptr(&breaker.0))
    }

    /// Releases the registry's own handle.
    pub(crate) fn release(&self) -> Option<NamedBreaker<K, C, O>> {
        self.own.swap(None).map(NamedBreaker)
    }
}
