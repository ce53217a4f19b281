//! Exactly the last n calls: one hot word that every call is appended to, and an archive of full words behind it.
//!
//! ```text
//!  hot   generation:16 | sequence:17 | clean:6 | sentinel and up to 24 bits of calls:25
//!  slot  generation:16 | sequence:17 | written:1 | ..:6 | 24 bits of calls
//! ```
//!
//! The compare-and-swap on the hot word is the order of the calls. A full hot word is copied into its slot (its sequence modulo the
//! number of slots) before the hot word goes over to the next sequence, so what is behind the hot word is always archived. `clean`
//! counts the words just behind it that hold only good calls; when all of them do, and the hot word too, another good call changes
//! nothing that can be observed, and is not written.
//!
//! A call is one bit (failed) or, where slow calls are judged, two; the newest is the lowest.

use super::GENERATION;
use crate::bits::Field;
use crate::counts::Counts;
use crate::outcome::Call;
use crate::state::cell::Cell;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::{MODELLED, Word};

const SEQUENCE: Field = Field::new(31, 17);
const CLEAN: Field = Field::new(25, 6);
const CALLS: Field = Field::new(0, 25);
const WRITTEN: u64 = 1 << 30;
const SENTINEL: u64 = 1;
/// Bits of calls in a word. Few in a model: loom remembers only the last seven stores of a word, so that no thread would see an old word
/// where a new one takes 24.
const BITS: u32 = if MODELLED { 4 } else { 24 };

/// The most slots that `clean` can count.
const MAX_SLOTS: u32 = 63;

/// How a window of calls is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// The calls it holds.
    calls: u16,
    slots: u8,
    slow: bool,
}

impl Layout {
    /// The most calls that a window holds, with slow calls judged or not.
    pub(crate) const fn most_calls(slow: bool) -> u32 {
        MAX_SLOTS * (BITS >> slow as u32)
    }

    /// A window of `calls`, from 1 to the most that it holds.
    pub(crate) const fn new(calls: u32, slow: bool) -> Self {
        Self {
            calls: calls as u16,
            slots: calls.div_ceil(BITS >> slow as u32) as u8,
            slow,
        }
    }

    pub(crate) const fn words(self) -> usize {
        1 + self.slots() as usize
    }

    const fn slots(self) -> u64 {
        self.slots as u64
    }

    pub(crate) const fn calls(self) -> u16 {
        self.calls
    }

    /// The same words, of which the newest `calls` are counted.
    pub(crate) const fn resized(self, calls: u16) -> Self {
        Self { calls, ..self }
    }

    /// Whether the calls of `other` have room in the words of this layout.
    pub(crate) const fn has_room_for(self, other: Self) -> bool {
        self.slow == other.slow && self.slots() >= other.slots()
    }

    const fn bits_per_call(self) -> u32 {
        1 << self.slow as u32
    }

    const fn calls_per_word(self) -> u32 {
        BITS >> self.slow as u32
    }

    /// Sequences wrap at a multiple of the number of slots, so that neighbours never share one.
    const fn sequences(self) -> u64 {
        let slots = self.slots();
        (SEQUENCE.max() + 1) / slots * slots
    }

    const fn after(self, sequence: u64) -> u64 {
        (sequence + 1) % self.sequences()
    }

    const fn before(self, sequence: u64) -> u64 {
        (sequence + self.sequences() - 1) % self.sequences()
    }

    /// The newest `calls` of `bits`, counted.
    const fn tally(self, bits: u64, calls: u32) -> Counts {
        let newest = bits & ((1 << (calls * self.bits_per_call())) - 1);
        let (failed, slow) = match self.slow {
            false => (newest, 0),
            true => (newest & 0x55_5555, newest & 0xAA_AAAA),
        };
        Counts {
            calls,
            failures: failed.count_ones(),
            slow_calls: slow.count_ones(),
        }
    }
}

/// One value of the hot word.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Hot(u64);

impl Hot {
    /// The hot word that a generation begins with.
    const fn first(generation: u16) -> Self {
        Self(GENERATION.set(SENTINEL, generation as u64))
    }

    /// `seen`, turned over to `generation` if it is of another one, or has never been written.
    const fn turned(seen: u64, generation: u16) -> Self {
        let hot = Self(seen);
        match hot.is_of(generation) {
            true => hot,
            false => Self::first(generation),
        }
    }

    const fn is_of(self, generation: u16) -> bool {
        GENERATION.get(self.0) == generation as u64 && CALLS.get(self.0) != 0
    }

    const fn sequence(self) -> u64 {
        SEQUENCE.get(self.0)
    }

    /// The bits of its calls, without the sentinel, and how many bits these are.
    const fn bits(self) -> (u64, u32) {
        let calls = CALLS.get(self.0);
        let width = calls.ilog2();
        (calls ^ (1 << width), width)
    }

    const fn is_full(self) -> bool {
        CALLS.get(self.0) >> BITS != 0
    }

    /// Whether it is of `generation` and holds good calls only, as do all words behind it. One that was never written has none behind it.
    #[inline]
    const fn is_all_good(self, generation: u16, layout: Layout) -> bool {
        let tag = CLEAN.set(GENERATION.set(0, generation as u64), layout.slots());
        self.0 & !(SEQUENCE.mask() | CALLS.mask()) == tag && self.holds_good_calls_only()
    }

    /// Whether no bit is set but the sentinel.
    const fn holds_good_calls_only(self) -> bool {
        CALLS.get(self.0 & self.0.wrapping_sub(1)) == 0
    }

    const fn with(self, call: Call, layout: Layout) -> Self {
        let bits = call.failed as u64 | ((call.slow && layout.slow) as u64) << 1;
        let calls = CALLS.get(self.0) << layout.bits_per_call() | bits;
        Self(CALLS.set(self.0, calls))
    }

    /// The next hot word, without a call, behind which this full one stands.
    const fn next(self, layout: Layout) -> Self {
        let clean = match self.holds_good_calls_only() {
            true if self.is_all_clean(layout) => layout.slots(),
            true => CLEAN.get(self.0) + 1,
            false => 0,
        };
        let word = SEQUENCE.set(self.0, layout.after(self.sequence()));
        Self(CALLS.set(CLEAN.set(word, clean), SENTINEL))
    }

    const fn is_all_clean(self, layout: Layout) -> bool {
        CLEAN.get(self.0) == layout.slots()
    }

    /// What the archive holds of this full word.
    const fn archived(self) -> u64 {
        Self::slot(GENERATION.get(self.0), self.sequence()) | self.bits().0
    }

    const fn slot(generation: u64, sequence: u64) -> u64 {
        SEQUENCE.set(GENERATION.set(WRITTEN, generation), sequence)
    }
}

/// Bits of a slot that are not calls: what identifies it.
const SLOT_TAG: u64 = !((1 << BITS) - 1);

/// A window of calls on its words.
#[derive(Clone, Copy)]
pub(crate) struct CallWindow<'a> {
    pub(crate) layout: Layout,
    pub(crate) words: &'a [Word],
}

impl<'a> CallWindow<'a> {
    fn hot(self) -> &'a Word {
        &self.words[0]
    }

    fn slot(self, sequence: u64) -> &'a Word {
        &self.words[1 + (sequence % self.layout.slots()) as usize]
    }

    /// Whether another good call of `generation` would leave the newest calls as they are: all good.
    #[inline]
    pub(crate) fn absorbs(self, generation: u16) -> bool {
        let Some(word) = self.words.first() else {
            return false;
        };
        // Relaxed: one word; if it is of this generation, nothing else is needed to know that another good call changes nothing.
        Hot(word.load(Relaxed)).is_all_good(generation, self.layout)
    }

    /// Records a success that was not slow; whether it counted.
    #[inline]
    pub(crate) fn record_good(self, control: Cell<'_>, generation: u16) -> bool {
        self.appends_at_once(control, generation)
            || self.append(control, generation, Call::GOOD).is_some()
    }

    /// Appends a good call if one swap does it: the hot word is of `generation`, has room, and is not changed by others meanwhile.
    #[inline]
    fn appends_at_once(self, control: Cell<'_>, generation: u16) -> bool {
        let Some(word) = self.words.first() else {
            return false;
        };
        // Acquire: pairs with the Release below and that in `append`, as the first load there. Model: loom-tests/tests/calls.rs
        let hot = Hot(word.load(Acquire));
        if !hot.is_of(generation) || hot.is_full() || !control.load().counts(generation) {
            return false;
        }
        let next = hot.with(Call::GOOD, self.layout);
        // Release: pairs with the Acquires of this window, as that in `append`. Model: loom-tests/tests/calls.rs
        // Relaxed: what lost the race is read anew by `append`.
        word.replace(hot.0, next.0, Release, Relaxed).is_ok()
    }

    /// Records `call`, and counts the newest calls up to it; `None` if it came too late to count.
    pub(crate) fn record_and_sum(
        self,
        control: Cell<'_>,
        generation: u16,
        call: Call,
    ) -> Option<Counts> {
        let hot = self.append(control, generation, call)?;
        Some(self.sum(hot, generation))
    }

    /// Appends `call` and returns the hot word that then was; `None` if it came too late to count.
    #[inline(never)]
    fn append(self, control: Cell<'_>, generation: u16, call: Call) -> Option<Hot> {
        // Acquire: pairs with the Release below; who sees a newer generation's word sees a control word as new, and what is archived
        // behind it. Model: loom-tests/tests/calls.rs
        let mut seen = self.hot().load(Acquire);
        while control.load().counts(generation) {
            let hot = Hot::turned(seen, generation);
            let Some(room) = self.with_room(hot, seen) else {
                // Acquire: pairs with the Release below, as the first load. Model: loom-tests/tests/calls.rs
                seen = self.hot().load(Acquire);
                continue;
            };
            let next = room.with(call, self.layout);
            // Release: pairs with the Acquires of this window; publishes the control word that was seen and the slot that was written.
            // Model: loom-tests/tests/calls.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/calls.rs
            match self.hot().replace(seen, next.0, Release, Acquire) {
                Ok(_) => return Some(next),
                Err(newer) => seen = newer,
            }
        }
        None
    }

    /// `hot`, or, if it is full, the word after it; `None` if somebody else has already gone over to that one.
    fn with_room(self, hot: Hot, seen: u64) -> Option<Hot> {
        if !hot.is_full() {
            return Some(hot);
        }
        self.archive(hot, seen).then(|| hot.next(self.layout))
    }

    /// Copies the full word `hot` into its slot while it is still the hot word; whether it is there.
    fn archive(self, hot: Hot, seen: u64) -> bool {
        let (slot, full) = (self.slot(hot.sequence()), hot.archived());
        // Acquire: pairs with the Release below; who sees a later word's copy sees that the hot word has gone on.
        // Model: loom-tests/tests/calls.rs
        let mut held = slot.load(Acquire);
        while held != full {
            // Relaxed: ordered after the slot by its Acquire; only whether it is still the same matters.
            if self.hot().load(Relaxed) != seen {
                return false;
            }
            // Release: pairs with the Acquires of slots. Model: loom-tests/tests/calls.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/calls.rs
            match slot.replace(held, full, Release, Acquire) {
                Ok(_) => return true,
                Err(newer) => held = newer,
            }
        }
        true
    }

    /// Counts the newest calls up to `hot`, or up to a newer word if the archive has gone on meanwhile.
    fn sum(self, mut hot: Hot, generation: u16) -> Counts {
        loop {
            match self.sum_up_to(hot) {
                Ok(counts) => return counts,
                Err(newer) if newer.is_of(generation) => hot = newer,
                Err(_) => return Counts::NONE,
            }
        }
    }

    /// Counts the newest calls up to `hot`.
    ///
    /// # Errors
    ///
    /// The present hot word, if the archive no longer holds what is behind `hot`.
    fn sum_up_to(self, hot: Hot) -> Result<Counts, Hot> {
        let (bits, width) = hot.bits();
        let of_hot = (width / self.layout.bits_per_call()).min(self.layout.calls.into());
        let mut counts = self.layout.tally(bits, of_hot);
        let mut sequence = hot.sequence();
        while counts.calls < u32::from(self.layout.calls) {
            sequence = self.layout.before(sequence);
            let Some(bits) = self.archived(hot, sequence)? else {
                break;
            };
            let missing = u32::from(self.layout.calls) - counts.calls;
            let calls = missing.min(self.layout.calls_per_word());
            counts = counts.plus(self.layout.tally(bits, calls));
        }
        Ok(counts)
    }

    /// The archived calls of `sequence`, `None` if there never was such a word behind `hot`.
    ///
    /// # Errors
    ///
    /// The present hot word, if a later word or generation may have overwritten them.
    fn archived(self, hot: Hot, sequence: u64) -> Result<Option<u64>, Hot> {
        // Acquire: pairs with the Release of the slot's copy; who sees a later word's copy sees the hot word of then.
        // Model: loom-tests/tests/calls.rs
        let held = self.slot(sequence).load(Acquire);
        let generation = GENERATION.get(hot.0);
        if held & SLOT_TAG == Hot::slot(generation, sequence) {
            return Ok(Some(held & !SLOT_TAG));
        }
        // Acquire: pairs with the Release of the hot word, behind which the archive is then read. Model: loom-tests/tests/calls.rs
        let newest = Hot(self.hot().load(Acquire));
        // A call that was only appended meanwhile is none of this sum's: it must not hide a limit that was reached before it.
        let is_overwritten = held & WRITTEN != 0 && GENERATION.get(held) == generation;
        let lasts = newest.is_of(generation as u16) && !is_overwritten;
        match newest == hot || lasts {
            true => Ok(None),
            false => Err(newest),
        }
    }

    /// What the window holds of `generation`.
    pub(crate) fn counts(self, generation: u16) -> Counts {
        // Acquire: pairs with the Release of the hot word, behind which the archive is then read.
        // Model: loom-tests/tests/calls.rs
        let hot = Hot(self.hot().load(Acquire));
        match hot.is_of(generation) {
            true => self.sum(hot, generation),
            false => Counts::NONE,
        }
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
