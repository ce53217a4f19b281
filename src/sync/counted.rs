//! Atomics that count what each thread does to them, for `tests/accesses.rs`: with `--cfg counting` they stand in for the real ones.

use super::Ordering;
use core::sync::atomic;
pub(crate) use core::sync::atomic::fence;
use std::cell::Cell;
use std::thread_local;

/// What a thread did to shared words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Accesses {
    /// Words that were read, and only read.
    pub loads: u32,
    /// Words that were written without being read.
    pub stores: u32,
    /// Words that were read and written in one step, whether that succeeded or not.
    pub swaps: u32,
}

thread_local! {
    static DONE: Cell<Accesses> = const {
        Cell::new(Accesses { loads: 0, stores: 0, swaps: 0 })
    };
}

/// Does `work`, and counts what this thread did meanwhile to shared words.
pub fn counted<T>(work: impl FnOnce() -> T) -> (T, Accesses) {
    let before = DONE.take();
    let done = work();
    (done, DONE.replace(before))
}

fn count(what: fn(&mut Accesses) -> &mut u32) {
    let mut done = DONE.get();
    *what(&mut done) += 1;
    DONE.set(done);
}

#[derive(Debug)]
#[repr(transparent)]
pub(super) struct AtomicU64(atomic::AtomicU64);

impl AtomicU64 {
    pub(super) const fn new(bits: u64) -> Self {
        Self(atomic::AtomicU64::new(bits))
    }

    pub(super) fn load(&self, order: Ordering) -> u64 {
        count(|done| &mut done.loads);
        self.0.load(order)
    }

    pub(super) fn store(&self, bits: u64, order: Ordering) {
        count(|done| &mut done.stores);
        self.0.store(bits, order);
    }

    pub(super) fn compare_exchange_weak(
        &self,
        seen: u64,
        next: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        count(|done| &mut done.swaps);
        self.0.compare_exchange_weak(seen, next, success, failure)
    }

    pub(super) fn fetch_add(&self, more: u64, order: Ordering) -> u64 {
        count(|done| &mut done.swaps);
        self.0.fetch_add(more, order)
    }

    pub(super) fn fetch_max(&self, bits: u64, order: Ordering) -> u64 {
        count(|done| &mut done.swaps);
        self.0.fetch_max(bits, order)
    }
}
