//! A stripe that one thread owns: it counts there by a load and a store, where others would need a
//! swap.
//!
//! ```text
//!  claim  thread:40 | bucket:24       whose stripe it is, and the bucket of the newest count
//!  start                              when that bucket began, in nanoseconds
//!  place  generation:16 | place:16    of which generation it is, and which word of the row it has
//!  row    a word for each bucket, as in any row
//! ```
//!
//! The number of a thread chooses its stripe. The thread claims it by a swap if none has it, or
//! if its owner has counted nothing for longer than a window; another thread counts on the shared
//! stripe meanwhile. The owner renews its claim, by a swap as well, in each bucket in which it
//! counts. So threads need not give a stripe back when they end, and those that only wait keep no
//! other thread out.
//!
//! While a claim is younger than a window, no other thread writes the words below it. `start` and
//! `place` are notes of the owner for itself. The row is read by all, and needs no ordering: a
//! thread that sees a failure of the owner sees the successes before it, by the orderings of that.
//!
//! What this costs: a thread that is stopped within a count for longer than a window may overwrite
//! the newest word of the next owner, or add to it, and a signal handler that calls the same
//! breaker within a count loses one. So successes of one bucket can be wrong; failures are counted
//! elsewhere.

use super::layout::{Bucket, Layout, stamp};
use crate::bits::Field;
use crate::nanos::Nanos;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::Word;
use crate::window::generation::Generation;

const THREAD: Field = Field::new(24, 40);
const BUCKET: Field = Field::new(0, 24);
const GENERATION: Field = Field::new(16, 16);
const PLACE: Field = Field::new(0, 16);

/// Whether the owner with this claim has counted in a newer bucket than that with the stamp
/// `newest`.
pub(super) const fn is_ahead(claim: u64, newest: u64, layout: Layout) -> bool {
    layout.reaches_ahead(BUCKET.distance(newest, claim))
}

/// The stripe of one thread.
#[derive(Clone, Copy)]
pub(super) struct OwnStripe<'a> {
    pub(super) layout: Layout,
    /// The number of the thread.
    pub(super) thread: u64,
    pub(super) claim: &'a Word,
    pub(super) start: &'a Word,
    pub(super) place: &'a Word,
    pub(super) row: &'a [Word],
}

impl OwnStripe<'_> {
    /// Counts a success that ended `now` where the last one was counted, if it belongs there.
    /// Returns whether it did.
    #[inline]
    pub(super) fn counts_again(self, generation: u16, now: Nanos) -> bool {
        // Acquire: pairs with the Release in `turn`; a thread that sees when another one's bucket
        // began sees its claim, too. Model: loom-tests/tests/own.rs
        let start = self.start.load(Acquire);
        // Relaxed: after `start`; if it is of this thread, so is that.
        let (claim, place) = (self.claim.load(Relaxed), self.place.load(Relaxed));
        let since = now.as_nanos().wrapping_sub(start);
        if THREAD.get(claim) != self.thread
            || GENERATION.get(place) != u64::from(generation)
            || since >= self.layout.bucket_nanos()
        {
            return false;
        }
        let Some(word) = self.row.get(PLACE.get(place) as usize) else {
            return false;
        };
        // Relaxed: written by this thread, here and in `turn`; see above.
        word.store(Bucket(word.load(Relaxed)).with_one_more().0, Relaxed);
        true
    }

    /// Claims the stripe for the bucket of `now`, and counts there; whether the generation still
    /// counts, or `None` if another thread has the stripe.
    pub(super) fn turn(self, generation: Generation<'_>, now: Nanos) -> Option<bool> {
        let bucket = self.layout.bucket(now);
        if !self.claims(bucket) {
            return None;
        }
        let place = self.layout.place(bucket);
        let word = self.row.get(place)?;
        // Relaxed: counts of this window were written by this thread.
        let seen = Bucket(word.load(Relaxed));
        if !generation.is_current() {
            return Some(false);
        }
        let stamp = stamp(generation.number, bucket);
        let Some(next) = self.layout.with_one_more(seen, stamp) else {
            return Some(true);
        };
        // Relaxed: written by this thread alone; see above.
        word.store(next.0, Relaxed);
        // Release: pairs with the Acquire of a thread that had the stripe before; publishes the
        // claim. Model: loom-tests/tests/own.rs
        self.start.store(self.layout.start(bucket), Release);
        let noted = GENERATION.set(place as u64, generation.number.into());
        // Relaxed: another thread could take it for its own only if it were late by a window.
        self.place.store(noted, Relaxed);
        Some(true)
    }

    /// Claims the stripe, or renews the claim; whether this thread has it.
    fn claims(self, bucket: u64) -> bool {
        let claim = BUCKET.set(THREAD.set(0, self.thread), bucket & BUCKET.max());
        // Relaxed: the swap decides; what an owner of an older claim wrote is out of the window.
        let seen = self.claim.load(Relaxed);
        if seen == claim {
            return true;
        }
        let is_own = THREAD.get(seen) == self.thread;
        let age = BUCKET.distance(BUCKET.get(seen), BUCKET.get(claim));
        let is_renewed = is_own && age <= BUCKET.max() / 2;
        let is_free = seen == 0 || self.layout.is_abandoned(age, 1 << 24);
        // Relaxed: what was counted before is out of the window.
        // Relaxed: a thread that lost a race counts elsewhere.
        (is_renewed || is_free) && self.claim.replace(seen, claim, Relaxed, Relaxed).is_ok()
    }
}
