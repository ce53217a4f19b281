//! Atomics that record what each thread does to them. They replace the real ones in the unit tests
//! of this crate; [`accesses`] asserts which accesses each kind of call makes.

mod accesses;

use super::Ordering;
use core::ptr::from_ref;
use core::sync::atomic;
pub(crate) use core::sync::atomic::fence;
use std::cell::RefCell;
use std::thread_local;
use std::vec::Vec;

/// Bytes of a cache line.
const LINE: usize = 64;

/// What a thread did to shared words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Accesses {
    /// Words that were read, and only read.
    pub(super) loads: u32,
    /// Words that were written without being read.
    pub(super) stores: u32,
    /// Words that were read and written in one step, whether that succeeded or not.
    pub(super) swaps: u32,
}

/// One access of a thread to a shared word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Access {
    /// How it was accessed.
    pub(super) kind: AccessKind,
    /// The cache line of the word. Lines are numbered from zero, in the order of their first use.
    pub(super) line: usize,
}

/// The ways to access a shared word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AccessKind {
    /// It is read, and only read.
    Load,
    /// It is written without being read.
    Store,
    /// It is read and written in one step, whether that succeeds or not.
    Swap,
}

thread_local! {
    /// The accesses so far with their addresses, while a test records them.
    static DONE: RefCell<Option<Vec<(AccessKind, usize)>>> = const { RefCell::new(None) };
}

/// Runs `work` and counts the accesses of this thread to shared words.
pub(super) fn counted<T>(work: impl FnOnce() -> T) -> (T, Accesses) {
    let (done, trace) = traced(work);
    let count = |kind| trace.iter().filter(|access| access.kind == kind).count() as u32;
    let accesses = Accesses {
        loads: count(AccessKind::Load),
        stores: count(AccessKind::Store),
        swaps: count(AccessKind::Swap),
    };
    (done, accesses)
}

/// Runs `work` and returns the accesses of this thread to shared words, in order.
pub(super) fn traced<T>(work: impl FnOnce() -> T) -> (T, Vec<Access>) {
    let before = DONE.replace(Some(Vec::new()));
    let done = work();
    let noted = DONE.replace(before).unwrap_or_default();
    (done, numbered(&noted))
}

/// The accesses with their lines numbered.
fn numbered(noted: &[(AccessKind, usize)]) -> Vec<Access> {
    let mut lines = Vec::new();
    let access = |&(kind, address): &(AccessKind, usize)| {
        let line = address / LINE;
        if !lines.contains(&line) {
            lines.push(line);
        }
        let line = lines.iter().position(|&other| other == line).unwrap_or(0);
        Access { kind, line }
    };
    noted.iter().map(access).collect()
}

#[derive(Debug)]
#[repr(transparent)]
pub(super) struct AtomicU64(atomic::AtomicU64);

impl AtomicU64 {
    pub(super) const fn new(bits: u64) -> Self {
        Self(atomic::AtomicU64::new(bits))
    }

    fn note(&self, kind: AccessKind) {
        DONE.with_borrow_mut(|done| {
            if let Some(done) = done {
                done.push((kind, from_ref(self).addr()));
            }
        });
    }

    pub(super) fn load(&self, order: Ordering) -> u64 {
        self.note(AccessKind::Load);
        self.0.load(order)
    }

    pub(super) fn store(&self, bits: u64, order: Ordering) {
        self.note(AccessKind::Store);
        self.0.store(bits, order);
    }

    pub(super) fn compare_exchange_weak(
        &self,
        seen: u64,
        next: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.note(AccessKind::Swap);
        self.0.compare_exchange_weak(seen, next, success, failure)
    }

    pub(super) fn fetch_add(&self, more: u64, order: Ordering) -> u64 {
        self.note(AccessKind::Swap);
        self.0.fetch_add(more, order)
    }

    pub(super) fn fetch_max(&self, bits: u64, order: Ordering) -> u64 {
        self.note(AccessKind::Swap);
        self.0.fetch_max(bits, order)
    }
}
