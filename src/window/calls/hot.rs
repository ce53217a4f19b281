//! One value of the hot word: the newest calls, and how many clean words are behind it.

use super::layout::{BITS, CALLS, CLEAN, Layout, SENTINEL, SEQUENCE, WRITTEN};
use crate::outcome::Call;
use crate::window::generation::GENERATION;

/// One value of the hot word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Hot(pub(super) u64);

impl Hot {
    /// The first hot word of a generation.
    pub(super) const fn first(generation: u16) -> Self {
        Self(GENERATION.set(SENTINEL, generation as u64))
    }

    /// `seen`, or the first hot word of `generation` if it is of another one or was never written.
    pub(super) const fn in_generation(seen: u64, generation: u16) -> Self {
        let hot = Self(seen);
        if hot.is_of(generation) { hot } else { Self::first(generation) }
    }

    pub(super) const fn is_of(self, generation: u16) -> bool {
        GENERATION.get(self.0) == generation as u64 && CALLS.get(self.0) != 0
    }

    pub(super) const fn sequence(self) -> u64 {
        SEQUENCE.get(self.0)
    }

    /// The bits of its calls, without the sentinel, and their number.
    pub(super) const fn bits(self) -> (u64, u32) {
        let calls = CALLS.get(self.0);
        let width = calls.ilog2();
        (calls ^ (1 << width), width)
    }

    pub(super) const fn is_full(self) -> bool {
        CALLS.get(self.0) >> BITS != 0
    }

    /// Whether it has this generation and number of clean words, so that all words behind it hold
    /// only good calls, and holds only good calls itself. A word that was never written has none
    /// behind it.
    #[inline]
    pub(super) const fn is_all_good(self, tag: u64) -> bool {
        self.0 & !(SEQUENCE.mask() | CALLS.mask()) == tag && self.holds_good_calls_only()
    }

    /// Whether no bit is set but the sentinel.
    pub(super) const fn holds_good_calls_only(self) -> bool {
        CALLS.get(self.0 & self.0.wrapping_sub(1)) == 0
    }

    pub(super) const fn with(self, call: Call, layout: Layout) -> Self {
        let bits = call.failed as u64 | ((call.slow && layout.slow()) as u64) << 1;
        let calls = CALLS.get(self.0) << layout.bits_per_call() | bits;
        Self(CALLS.set(self.0, calls))
    }

    /// This word with one more good call where each has one bit: its calls move up by one place,
    /// which is to add them once. `None` if there is no room, or no sentinel, which leaves the word
    /// as it is.
    #[inline]
    pub(super) const fn with_good(self) -> Option<Self> {
        let next = self.0.wrapping_add(CALLS.get(self.0));
        let changed = next ^ self.0;
        if changed.wrapping_sub(1) < (2 << BITS) - 1 { Some(Self(next)) } else { None }
    }

    /// The next hot word, still without a call, once this full one is archived.
    pub(super) const fn next(self, layout: Layout) -> Self {
        let clean = if !self.holds_good_calls_only() {
            0
        } else if self.is_all_clean(layout) {
            layout.slots()
        } else {
            CLEAN.get(self.0) + 1
        };
        let word = SEQUENCE.set(self.0, layout.after(self.sequence()));
        Self(CALLS.set(CLEAN.set(word, clean), SENTINEL))
    }

    pub(super) const fn is_all_clean(self, layout: Layout) -> bool {
        CLEAN.get(self.0) == layout.slots()
    }

    /// This full word as the archive stores it.
    pub(super) const fn archived(self) -> u64 {
        Self::slot(GENERATION.get(self.0), self.sequence()) | self.bits().0
    }

    /// The tag of the slot that stores `sequence`.
    pub(super) const fn slot(generation: u64, sequence: u64) -> u64 {
        SEQUENCE.set(GENERATION.set(WRITTEN, generation), sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_call_is_added_as_any_other() {
        let layout = Layout::new(BITS, false);
        let mut hot = Hot::first(9).with(Call { failed: true, slow: false }, layout);
        while !hot.is_full() {
            let next = hot.with(Call::GOOD, layout);
            assert!(hot.with_good() == Some(next));
            hot = next;
        }
        assert!(hot.with_good().is_none());
        assert!(Hot(0).with_good().is_none());
    }

    #[test]
    fn a_good_call_changes_no_other_field_of_a_damaged_word() {
        let layout = Layout::new(BITS, false);
        for sentinel in 0..=BITS {
            let damaged = Hot(!CALLS.mask() | ((2 << sentinel) - 1));
            let next = damaged.with_good();
            assert!(next.is_none_or(|next| next == damaged.with(Call::GOOD, layout)));
        }
    }

    #[test]
    fn clean_words_are_counted_up_to_the_slots() {
        let layout = Layout::new(2 * BITS, false);
        let mut hot = Hot::first(0);
        for clean in [1, 2, 2] {
            while !hot.is_full() {
                hot = hot.with(Call::GOOD, layout);
            }
            hot = hot.next(layout);
            assert_eq!(CLEAN.get(hot.0), clean);
        }
    }
}
