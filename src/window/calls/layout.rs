//! The layout of the words of a window of calls, and their number.

use crate::bits::Field;
use crate::counts::Counts;
use crate::sync::MODELLED;

pub(super) const SEQUENCE: Field = Field::new(31, 17);
pub(super) const CLEAN: Field = Field::new(25, 6);
pub(super) const CALLS: Field = Field::new(0, 25);
pub(super) const WRITTEN: u64 = 1 << 30;
pub(super) const SENTINEL: u64 = 1;
/// Bits of calls in a word. Fewer in a model: loom remembers only the last seven stores of a word,
/// so with 24 calls no thread would ever see an old word.
pub(super) const BITS: u32 = if MODELLED { 4 } else { 24 };

/// The most slots that `clean` can count.
pub(super) const MAX_SLOTS: u32 = 63;
/// Bits of a slot that are not calls: generation, sequence and whether it was written.
pub(super) const SLOT_TAG: u64 = !((1 << BITS) - 1);

/// A bit that is compared with no bit of a hot word.
pub(crate) const NEVER_ABSORBING: u32 = 1 << 31;

/// The layout of a window of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The size of the window.
    calls: u16,
    slots: u8,
    /// Whether slow calls are judged.
    slow: bool,
}

impl Layout {
    /// The largest size of a window, with slow calls judged or not.
    pub(crate) const fn most_calls(slow: bool) -> u32 {
        MAX_SLOTS * (BITS >> slow as u32)
    }

    /// A window of `calls`, from 1 to the largest size.
    pub(crate) const fn new(calls: u32, slow: bool) -> Self {
        Self { calls: calls as u16, slots: calls.div_ceil(BITS >> slow as u32) as u8, slow }
    }

    pub(crate) const fn words(self) -> usize {
        1 + self.slots() as usize
    }

    pub(super) const fn slots(self) -> u64 {
        self.slots as u64
    }

    /// As many clean words as there are, where a hot word counts them.
    pub(crate) const fn absorbing(self) -> u32 {
        CLEAN.set(0, self.slots()) as u32
    }

    /// The size of the window.
    pub(crate) const fn calls(self) -> u16 {
        self.calls
    }

    /// The same words, with the newest `calls` counted, as far as they have room.
    pub(crate) const fn resized(self, calls: u16) -> Self {
        let room = self.room() as u16;
        let calls = if calls > room { room } else { calls };
        Self { calls: if calls == 0 { 1 } else { calls }, ..self }
    }

    /// What the words depend on, in one number.
    pub(crate) fn number(self) -> u64 {
        self.slots() << 1 | u64::from(self.slow)
    }

    /// The most calls that the words of this layout hold.
    pub(crate) const fn room(self) -> u32 {
        self.slots as u32 * self.calls_per_word()
    }

    /// Whether the calls of `other` have room in the words of this layout.
    pub(crate) const fn has_room_for(self, other: Self) -> bool {
        self.slow == other.slow && self.room() >= other.calls as u32
    }

    pub(super) const fn slow(self) -> bool {
        self.slow
    }

    pub(super) const fn bits_per_call(self) -> u32 {
        1 << self.slow as u32
    }

    pub(super) const fn calls_per_word(self) -> u32 {
        BITS >> self.slow as u32
    }

    /// Sequences wrap at a multiple of the number of slots, so that neighbours never share a slot.
    pub(super) const fn sequences(self) -> u64 {
        let slots = self.slots();
        (SEQUENCE.max() + 1) / slots * slots
    }

    pub(super) const fn after(self, sequence: u64) -> u64 {
        (sequence + 1) % self.sequences()
    }

    pub(super) const fn before(self, sequence: u64) -> u64 {
        (sequence + self.sequences() - 1) % self.sequences()
    }

    /// The newest `calls` of `bits`, counted.
    pub(super) const fn tally(self, bits: u64, calls: u32) -> Counts {
        let newest = bits & ((1 << (calls * self.bits_per_call())) - 1);
        let (failed, slow) =
            if self.slow { (newest & 0x55_5555, newest & 0xAA_AAAA) } else { (newest, 0) };
        Counts { calls, failures: failed.count_ones(), slow_calls: slow.count_ones() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_sequences_as_fit_wrap_at_a_multiple_of_the_slots() {
        for calls in 1..=Layout::most_calls(false) {
            let layout = Layout::new(calls, false);
            let (slots, last) = (u64::from(layout.slots), layout.before(0));
            assert_eq!(layout.after(last), 0);
            assert_eq!((last + 1) % slots, 0, "neighbours share a slot");
            assert!(last <= SEQUENCE.max() && last + slots > SEQUENCE.max());
        }
    }
}
