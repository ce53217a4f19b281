//! What the map holds of a breaker: where the registry's own handle is, which it can release at
//! once.
//!
//! The map frees a removed entry later, when no thread can see it any more. Releasing the handle
//! first drops an unused breaker immediately, so that an observer leaves its gauges on time.

use crate::breaker::NamedBreaker;
use crate::named::Named;
use crate::places::{NONE, PINNED};
use crate::sync::Number;
use arc_swap::ArcSwapOption;
use std::sync::{Arc, Weak};
use tripword::CircuitBreaker;

pub(crate) type Shared<K, C, O> = CircuitBreaker<C, Named<K, O>>;

/// The registry's entry of a breaker.
pub(crate) struct Entry<K, C, O> {
    /// The registry's own handle, unless the place of the breaker holds it.
    own: ArcSwapOption<Shared<K, C, O>>,
    /// The source of further handles: quicker to read than the other.
    shared: Weak<Shared<K, C, O>>,
    /// The place of the breaker; [`NONE`] or [`PINNED`] if it does not count against the cap.
    place: Number,
}

impl<K, C, O> Entry<K, C, O> {
    pub(crate) fn of(breaker: &NamedBreaker<K, C, O>, place: usize) -> Self {
        let own = (place >= PINNED).then(|| breaker.0.clone());
        Self {
            own: ArcSwapOption::new(own),
            shared: Arc::downgrade(&breaker.0),
            place: Number::new(place),
        }
    }

    /// Returns a handle of the breaker, or `None` if it was released and dropped.
    pub(crate) fn breaker(&self) -> Option<NamedBreaker<K, C, O>> {
        self.shared.upgrade().map(NamedBreaker)
    }

    /// Returns whether this is the entry of `breaker`, and not of another one with its name.
    pub(crate) fn is_of(&self, breaker: &Arc<Shared<K, C, O>>) -> bool {
        std::ptr::eq(self.shared.as_ptr(), Arc::as_ptr(breaker))
    }

    pub(crate) fn is_pinned(&self) -> bool {
        self.place.get() == PINNED
    }

    /// Pins the breaker, and returns the place that it had.
    pub(crate) fn pin(&self, breaker: &NamedBreaker<K, C, O>) -> Option<usize> {
        self.own.store(Some(breaker.0.clone()));
        placed(self.place.swap(PINNED))
    }

    /// Releases the registry's own handle if it is here, and returns the place of the breaker,
    /// which holds it otherwise. For the thread that took the entry out of the map.
    pub(crate) fn release(&self) -> Option<usize> {
        if let Some(breaker) = self.breaker() {
            breaker.0.observer().opens.delist();
        }
        self.own.store(None);
        placed(self.place.swap(NONE))
    }
}

fn placed(place: usize) -> Option<usize> {
    (place < PINNED).then_some(place)
}
