//! The places of a registry with a cap: there are as many as the cap says, and a breaker that
//! counts against it has one from before it is listed until after it is not.
//!
//! So the bound on listed breakers needs no count, and holds wherever a thread is stopped. Who may
//! do what with a place is decided by one change of one word each, and no thread waits for another:
//!
//! ```text
//!  fresh    the places that were handed out for the first time; a compare-and-swap takes the next
//!  free     a list of places that were given back; a compare-and-swap of its head takes the first
//!  hand     the place that is looked at next; an addition moves it
//!  slots    the registry's own handle of the breaker that has the place, so that the hand finds it
//!  (map)    an entry names its place; the thread that takes the entry out of the map, or the place
//!           out of the entry, has the place from then on, and no other thread has it
//! ```
//!
//! A thread has the place before it stores the handle, and stores the handle before it inserts the
//! entry. So a reader of a slot may conclude nothing but that the breaker was, is or will be
//! listed: only the removal of its entry from the map says that it is evicted, and by which thread.
//! A thread that is stopped at any point keeps at most one place from the others, which go on with
//! the rest.

use crate::sync::Number;
use arc_swap::ArcSwapOption;
use std::mem;
use std::sync::Arc;

/// What an entry has in place of a place: its breaker does not count against the cap.
pub(crate) const NONE: usize = usize::MAX;
/// What an entry has in place of a place if its breaker is never evicted.
pub(crate) const PINNED: usize = usize::MAX - 1;
/// The slots of the first segment; each further one has twice as many as the one before.
const FIRST: usize = 64;

type Segment<T> = Box<[ArcSwapOption<T>]>;

/// The places, of which each holds a `T` or nothing.
pub(crate) struct Places<T> {
    cap: usize,
    /// Made as they are needed: a high cap costs nothing by itself.
    segments: Box<[ArcSwapOption<Segment<T>>]>,
    fresh: Number,
    free: ArcSwapOption<Free>,
    pub(crate) hand: Number,
}

/// A place that was given back, and those that were given back before it.
struct Free {
    place: usize,
    rest: Option<Arc<Free>>,
}

/// The right to a place, which is given back empty when this is dropped.
pub(crate) struct Place<'a, T> {
    places: &'a Places<T>,
    index: usize,
}

impl<T> Places<T> {
    pub(crate) fn new(cap: usize) -> Self {
        // More fit into no memory, and no place is numbered as `NONE` or `PINNED`.
        let cap = cap.min(isize::MAX as usize);
        let segments = cap.checked_sub(1).map_or(0, |last| locate(last).0 + 1);
        Self {
            cap,
            segments: (0..segments).map(|_| ArcSwapOption::empty()).collect(),
            fresh: Number::new(0),
            free: ArcSwapOption::empty(),
            hand: Number::new(0),
        }
    }

    /// Returns a place that no breaker has, if there is one.
    pub(crate) fn take(&self) -> Option<Place<'_, T>> {
        let rest = |free: &Option<Arc<Free>>| free.as_ref()?.rest.clone();
        let index = match self.free.rcu(rest) {
            Some(free) => free.place,
            None => self.fresh.advance_below(self.cap)?,
        };
        Some(self.place(index))
    }

    /// The right to the place `index`, for a thread that has it.
    pub(crate) const fn place(&self, index: usize) -> Place<'_, T> {
        Place { places: self, index }
    }

    /// Moves the hand on, and returns the place that it was at.
    pub(crate) fn turn(&self) -> usize {
        self.hand.advance().wrapping_sub(1) % self.len().max(1)
    }

    /// Returns how many places there are so far.
    pub(crate) fn len(&self) -> usize {
        self.fresh.get()
    }

    /// Looks at the breaker in the place `index`, if one is there.
    pub(crate) fn look<R>(&self, index: usize, f: impl FnOnce(&Arc<T>) -> R) -> Option<R> {
        let (segment, offset) = locate(index);
        let segment = self.segments.get(segment)?.load();
        let found = segment.as_ref()?.get(offset)?.load();
        found.as_ref().map(f)
    }

    /// Replaces what is in the place `index`, for a thread that has it.
    pub(crate) fn swap(&self, index: usize, content: Option<Arc<T>>) -> Option<Arc<T>> {
        let (number, offset) = locate(index);
        loop {
            if let Some(segment) = &*self.segments[number].load() {
                return segment[offset].swap(content);
            }
            // Of threads that make the same segment at once, one wins.
            let slots = (FIRST << number).min(self.cap + FIRST - (FIRST << number));
            let made: Segment<T> = (0..slots).map(|_| ArcSwapOption::empty()).collect();
            let none: Option<Arc<Segment<T>>> = None;
            self.segments[number].compare_and_swap(&none, Some(Arc::new(made)));
        }
    }
}

impl<T> Place<'_, T> {
    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// Replaces what the place holds.
    pub(crate) fn swap(&self, content: Option<Arc<T>>) -> Option<Arc<T>> {
        self.places.swap(self.index, content)
    }

    /// Leaves the right to the entry of the breaker, which is listed now.
    pub(crate) const fn leave(self) {
        mem::forget(self);
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        let content = self.swap(None);
        self.places.free.rcu(|rest| {
            let (place, rest) = (self.index, rest.clone());
            Some(Arc::new(Free { place, rest }))
        });
        // Last, since this may run an observer's destructor.
        drop(content);
    }
}

impl Drop for Free {
    /// Drops the rest in a loop: a long list would overflow the stack.
    fn drop(&mut self) {
        let mut rest = self.rest.take();
        while let Some(free) = rest {
            rest = Arc::into_inner(free).and_then(|mut free| free.rest.take());
        }
    }
}

/// Returns the segment of a place, and its slot there.
const fn locate(index: usize) -> (usize, usize) {
    let number = index / FIRST + 1;
    let segment = number.ilog2() as usize;
    (segment, index + FIRST - (FIRST << segment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_slots_of_segments_that_double() {
        let located = [0, 63, 64, 191, 192, 447, 448].map(locate);
        let expected = [(0, 0), (0, 63), (1, 0), (1, 127), (2, 0), (2, 255), (3, 0)];
        assert_eq!(located, expected);
    }

    #[test]
    fn there_are_as_many_places_as_the_cap_says() {
        for cap in [0, 1, 63, 64, 65, 191, 192, 193, 1_000] {
            let places = Places::<usize>::new(cap);
            for round in 0..3 {
                let taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
                let mut indices: Vec<_> = taken.iter().map(Place::index).collect();
                indices.sort_unstable();
                assert!(indices.into_iter().eq(0..cap), "round {round} of {cap}");
                taken.iter().for_each(|place| {
                    assert_eq!(place.swap(Some(Arc::new(place.index()))), None);
                });
            }
            assert!((0..cap).all(|index| places.look(index, |_| ()).is_none()));
        }
    }

    #[test]
    fn many_free_places_are_dropped_in_a_loop() {
        let places = Places::<()>::new(100_000);
        let taken: Vec<_> = std::iter::from_fn(|| places.take()).collect();
        drop(taken);
        assert_eq!(places.len(), 100_000);
    }

    #[test]
    fn a_place_is_with_one_thread_at_a_time() {
        let places = Places::<()>::new(7);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let Some(place) = places.take() else { continue };
                        assert!(place.swap(Some(Arc::new(()))).is_none(), "it had an owner");
                    }
                });
            }
        });
        assert_eq!(std::iter::from_fn(|| places.take().map(Place::leave)).count(), 7);
    }
}
