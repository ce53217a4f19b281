//! The bucket of a moment and its place in each row, found without a division as long as the bucket
//! is the same as last time.
//!
//! ```text
//!  bucket:54 | place:10
//! ```
//!
//! The word is a hint: zero is right for moment zero, and a reader uses it only if its own moment
//! is in that bucket and a row has the place. So it does not matter how old the hint is, and a
//! damaged one only counts calls at another place until its bucket ends.

use super::layout::Layout;
use crate::bits::Field;
use crate::nanos::Nanos;
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;

const BUCKET: Field = Field::new(10, 54);
const PLACE: Field = Field::new(0, 10);

/// A bucket, and the place of its words in their rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) bucket: u64,
    pub(super) place: usize,
}

impl Spot {
    /// The spot of `now`, by division.
    pub(super) fn at(now: Nanos, layout: Layout) -> Self {
        Self::of_bucket(layout.bucket(now), layout)
    }

    pub(super) fn of_bucket(bucket: u64, layout: Layout) -> Self {
        Self { bucket, place: layout.place(bucket) }
    }

    /// The spot of `now` by division, which becomes the next hint.
    #[cold]
    fn divide(now: Nanos, layout: Layout, hint: &Word) -> Self {
        let spot = Self::at(now, layout);
        // Not with a low half of zeros, by which words are new.
        if spot.bits() as u32 != 0 {
            // Relaxed: a hint, which each reader compares with its own moment.
            hint.store(spot.bits(), Relaxed);
        }
        spot
    }

    /// The spot of `now`: the one in `hint` or, if that is of another bucket, by division.
    #[inline]
    pub(super) fn of(now: Nanos, layout: Layout, hint: &Word) -> Self {
        let spot = Self::hinted(hint);
        if spot.is_of(now, layout) { spot } else { Self::divide(now, layout, hint) }
    }

    /// The spot in `hint`, which may be any.
    #[inline]
    pub(super) fn hinted(hint: &Word) -> Self {
        // Relaxed: one word, which a reader compares with its moment; no other read relies on it.
        Self::from_bits(hint.load(Relaxed))
    }

    /// Whether this is the spot of `now`, unless it comes from a damaged hint.
    #[inline]
    pub(super) const fn is_of(self, now: Nanos, layout: Layout) -> bool {
        layout.is_in(self.bucket, now) && self.place < layout.buckets()
    }

    pub(super) const fn bits(self) -> u64 {
        PLACE.set(BUCKET.set(0, self.bucket), self.place as u64)
    }

    const fn from_bits(bits: u64) -> Self {
        Self { bucket: BUCKET.get(bits), place: PLACE.get(bits) as usize }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_spot_by_a_hint_is_that_by_division() {
        let layout = Layout::new(7, 3, 1, false);
        let hint = Word::new();
        let moments = [0, 6, 7, 20, 21, 20, 0, 1_000_000, u64::MAX / 1_000_000];
        for now in moments.map(Nanos::from_millis).into_iter().chain([Nanos::MAX]) {
            for _ in 0..2 {
                assert_eq!(Spot::of(now, layout, &hint), Spot::at(now, layout), "{now:?}");
            }
        }
    }

    #[test]
    fn the_largest_spot_fits() {
        let spot = Spot::at(Nanos::MAX, Layout::new(1, 1024, 1, false));
        assert_eq!(Spot::from_bits(spot.bits()), spot);
    }
}
