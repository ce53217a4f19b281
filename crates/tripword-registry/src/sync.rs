//! The only door to atomics of this crate: a shared number, and a claim to a task.
//!
//! Both are `usize` or smaller, which every target with the standard library has as an atomic.
#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicUsize};

/// A number that threads share. It orders no other memory.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicUsize);

impl Number {
    pub(crate) const fn new(number: usize) -> Self {
        Self(AtomicUsize::new(number))
    }

    #[inline]
    pub(crate) fn get(&self) -> usize {
        // Relaxed: one number; no other memory is read on the strength of it.
        self.0.load(Relaxed)
    }

    #[inline]
    pub(crate) fn set(&self, number: usize) {
        // Relaxed: one number; no other memory is published with it.
        self.0.store(number, Relaxed);
    }

    /// Replaces the number and returns the previous one.
    pub(crate) fn swap(&self, number: usize) -> usize {
        // Relaxed: one number, which only one of several threads gets, in any ordering.
        self.0.swap(number, Relaxed)
    }

    /// Adds one, wrapping, and returns the sum.
    pub(crate) fn advance(&self) -> usize {
        // Relaxed: one number; two threads that add at once get two sums in any ordering.
        self.0.fetch_add(1, Relaxed).wrapping_add(1)
    }

    /// Adds `by`, wrapping.
    pub(crate) fn add(&self, by: isize) {
        // Relaxed: one number, whose sum is the same in any order.
        self.0.fetch_add(by as usize, Relaxed);
    }

    /// Replaces the number by what `change` makes of it, and returns both.
    pub(crate) fn update(&self, change: impl Fn(usize) -> usize) -> (usize, usize) {
        // Relaxed: one number; no other memory is read on the strength of it.
        let mut seen = self.0.load(Relaxed);
        loop {
            let new = change(seen);
            // Relaxed: as in `advance`, for the success and for what a lost race is decided by
            // again.
            match self.0.compare_exchange_weak(seen, new, Relaxed, Relaxed) {
                Ok(_) => return (seen, new),
                Err(newer) => seen = newer,
            }
        }
    }

    /// Adds one if the number is below `limit`, and returns what it was.
    pub(crate) fn advance_below(&self, limit: usize) -> Option<usize> {
        let next = |number| (number < limit).then(|| number + 1);
        // Relaxed: as in `advance`, for the success and for what a lost race is decided by again.
        self.0.fetch_update(Relaxed, Relaxed, next).ok()
    }
}

/// A task that one thread does at a time, while others skip it.
#[derive(Debug, Default)]
pub(crate) struct Claim(AtomicBool);

/// The right to do the task, until this is dropped.
#[derive(Debug)]
#[must_use = "the claim is given up when this is dropped"]
pub(crate) struct Claimed<'a>(&'a AtomicBool);

impl Claim {
    /// Returns `None` if another thread does the task now.
    pub(crate) fn claim(&self) -> Option<Claimed<'_>> {
        // Relaxed: it only says whose turn it is; what the task reads and writes is ordered by
        // atomics of its own.
        if self.0.swap(true, Relaxed) { None } else { Some(Claimed(&self.0)) }
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        // Relaxed: as in `Claim::claim`.
        self.0.store(false, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_claimed_by_one_at_a_time() {
        let task = Claim::default();
        let claimed = task.claim();
        assert!(claimed.is_some());
        assert!(task.claim().is_none());
        assert!(task.claim().is_none(), "the refused claim gave nothing up");
        drop(claimed);
        assert!(task.claim().is_some());
    }

    #[test]
    fn a_number_wraps() {
        let number = Number::new(usize::MAX);
        assert_eq!((number.advance(), number.get()), (0, 0));
        assert_eq!((number.advance_below(1), number.advance_below(1)), (Some(0), None));
        assert_eq!((number.swap(7), number.get()), (1, 7));
        number.add(-8);
        assert_eq!(number.update(|number| number.wrapping_add(3)), (usize::MAX, 2));
    }
}
