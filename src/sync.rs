//! The only door to atomics: whatever the crate shares between threads is a [`Word`].
//!
//! On a target that has 64-bit atomics a word is `core`'s; elsewhere `portable-atomic` stands in. For the models it is a scheduler's, by a
//! feature and the cfg of the same name: loom's explores every interleaving that it can, shuttle's draws them by lot. In
//! the crate's own unit tests it counts accesses. Which one it is does not show outside.
#![expect(clippy::disallowed_types, reason = "this is the door")]

pub(crate) use core::sync::atomic::Ordering;

use atomics::AtomicU64;
pub(crate) use atomics::fence;

/// Whether this is built for a model, which explores what is small.
pub(crate) const MODELLED: bool = cfg!(all(loom, feature = "loom"));

#[cfg(all(loom, feature = "loom"))]
use loom::sync::atomic as atomics;

#[cfg(all(shuttle, feature = "shuttle"))]
use shuttle::sync::atomic as atomics;

#[cfg(all(
    test,
    feature = "std",
    target_has_atomic = "64",
    not(any(loom, shuttle))
))]
mod counted;
#[cfg(all(
    test,
    feature = "std",
    target_has_atomic = "64",
    not(any(loom, shuttle))
))]
use counted as atomics;

#[cfg(not(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(
        test,
        feature = "std",
        target_has_atomic = "64",
        not(any(loom, shuttle))
    )
)))]
mod atomics {
    pub(crate) use core::sync::atomic::fence;

    #[cfg(target_has_atomic = "64")]
    pub(super) use core::sync::atomic::AtomicU64;

    #[cfg(all(not(target_has_atomic = "64"), feature = "portable-atomic"))]
    pub(super) use portable_atomic::AtomicU64;
}

#[cfg(not(any(target_has_atomic = "64", feature = "portable-atomic")))]
compile_error!(
    "this target has no 64-bit atomics: enable tripword's feature `portable-atomic` (and see its README about interrupts)"
);

/// Makes a function `const` except under loom, whose atomics cannot be created at compile time. One body for both.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        #[cfg(not(all(loom, feature = "loom")))]
        $(#[$meta])*
        $vis const fn $($rest)*

        #[cfg(all(loom, feature = "loom"))]
        $(#[$meta])*
        $vis fn $($rest)*
    };
}
pub(crate) use const_unless_loom;

/// One atomic word of a breaker. Only a breaker reads or writes it.
#[derive(Debug)]
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    const_unless_loom! {
        /// A word of zero bits; a breaker on such words is closed and empty.
        #[must_use]
        pub const fn new() -> Self {
            Self::of(0)
        }
    }

    const_unless_loom! {
        pub(crate) const fn of(bits: u64) -> Self {
            Self(AtomicU64::new(bits))
        }
    }

    #[inline]
    pub(crate) fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    #[inline]
    pub(crate) fn store(&self, bits: u64, order: Ordering) {
        self.0.store(bits, order);
    }

    /// Replaces `seen` by `next`; may fail with the present value even if that is `seen`.
    ///
    /// # Errors
    ///
    /// The present value.
    #[inline]
    pub(crate) fn replace(
        &self,
        seen: u64,
        next: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        self.0.compare_exchange_weak(seen, next, success, failure)
    }

    #[inline]
    pub(crate) fn fetch_add(&self, more: u64, order: Ordering) -> u64 {
        self.0.fetch_add(more, order)
    }

    #[inline]
    pub(crate) fn fetch_max(&self, bits: u64, order: Ordering) -> u64 {
        self.0.fetch_max(bits, order)
    }
}

impl Default for Word {
    fn default() -> Self {
        Self::new()
    }
}
