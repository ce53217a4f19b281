//! The only door to atomics of this crate: a shared number.
//!
//! It is a `usize`, which every target with the standard library has as an atomic.
#![expect(clippy::disallowed_types, reason = "this is the door")]

use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;

/// A number that threads share. It orders no other memory.
#[derive(Debug, Default)]
pub(crate) struct Number(AtomicUsize);

impl Number {
    /// Adds the difference of two numbers, so that shifts may come in any order.
    pub(crate) fn shift(&self, from: usize, to: usize) {
        // Relaxed: one number, whose sum is the same in any order; it is read when no other thread
        // has access.
        self.0.fetch_add(to.wrapping_sub(from), Relaxed);
    }

    /// Adds one unless the number has reached `limit`, and returns whether it did.
    pub(crate) fn take_below(&self, limit: usize) -> bool {
        let next = |taken| (taken < limit).then(|| taken + 1);
        // Relaxed: it only counts; no other memory is read on the strength of it.
        // Relaxed: a lost race counts again from the newer number.
        self.0.fetch_update(Relaxed, Relaxed, next).is_ok()
    }

    pub(crate) fn get(&mut self) -> usize {
        *self.0.get_mut()
    }
}
