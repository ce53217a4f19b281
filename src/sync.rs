//! The only module that uses atomics: all that threads share is a [`Word`].
//!
//! A word is the atomic of `core` on targets that have 64-bit atomics, and on others that of
//! `portable-atomic`. For the models it is that of a scheduler, selected by a feature and the cfg
//! of the same name: loom explores all interleavings that it can, shuttle draws some at random. In
//! the unit tests of this crate it counts accesses.
#![allow(
    clippy::disallowed_types,
    reason = "the one module that may use them; a scheduler's are not among them"
)]

pub(crate) use core::sync::atomic::Ordering;

use atomics::AtomicU64;
pub(crate) use atomics::fence;

/// Whether this is built for loom, which can explore only small cases.
pub(crate) const MODELLED: bool = cfg!(all(loom, feature = "loom"));

#[cfg(all(loom, feature = "loom"))]
use loom::sync::atomic as atomics;

#[cfg(all(shuttle, feature = "shuttle"))]
use shuttle::sync::atomic as atomics;

#[cfg(all(test, feature = "std", target_has_atomic = "64", not(any(loom, shuttle))))]
mod counted;
#[cfg(all(test, feature = "std", target_has_atomic = "64", not(any(loom, shuttle))))]
use counted as atomics;

#[cfg(not(any(
    all(loom, feature = "loom"),
    all(shuttle, feature = "shuttle"),
    all(test, feature = "std", target_has_atomic = "64", not(any(loom, shuttle)))
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
    "this target has no 64-bit atomics: enable tripword's feature `portable-atomic` (and see its \
     README about interrupts)"
);

/// Makes a function `const`, except under loom, whose atomics cannot be created at compile time.
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
///
/// Where the target has 64-bit atomics (`target_has_atomic = "64"`), and outside of models, it is
/// `repr(transparent)` over `core::sync::atomic::AtomicU64`: so words can lie in memory that other
/// processes map. Elsewhere it is that of `portable-atomic`, which other processes cannot share.
///
/// To use words under other settings, zero them while no engine is on them: `words.fill_with(
/// Word::new)`. A permit of before settles nothing then, unless the generation is the same again.
///
/// # Examples
///
/// ```
/// use tripword::raw::{Engine, Word};
/// use tripword::{Config, Nanos, State, config};
///
/// const LINK: Config = config!(last_calls(100), failure_rate(0.5));
/// let words = [const { Word::new() }; LINK.words()];
/// let link = Engine::new(&LINK, &words)?;
/// assert_eq!(link.state(&|| Nanos::ZERO), State::Closed);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug)]
#[repr(transparent)]
pub struct Word(AtomicU64);

impl Word {
    const_unless_loom! {
        /// Creates a word of zeros. A breaker on such words is closed and empty.
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

    /// Replaces the word by what `damage` makes of it. For tests and fuzz targets of damaged words.
    #[doc(hidden)]
    pub fn damage(&self, damage: impl FnOnce(u64) -> u64) {
        // Relaxed: damage knows no order.
        self.0.store(damage(self.0.load(Ordering::Relaxed)), Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn load(&self, order: Ordering) -> u64 {
        self.0.load(order)
    }

    #[inline]
    pub(crate) fn store(&self, bits: u64, order: Ordering) {
        self.0.store(bits, order);
    }

    /// Replaces `seen` by `next`; may fail with the current value even if that is `seen`.
    ///
    /// # Errors
    ///
    /// The current value.
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
