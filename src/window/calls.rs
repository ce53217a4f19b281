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

mod hot;
mod layout;

pub(crate) use layout::Layout;

use super::GENERATION;
use crate::counts::Counts;
use crate::outcome::Call;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::Word;
use crate::word::cell::ControlCell;
use hot::Hot;
use layout::{SLOT_TAG, WRITTEN};

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
    pub(crate) fn record_good(self, control: ControlCell<'_>, generation: u16) -> bool {
        self.appends_at_once(generation) || self.append(control, generation, Call::GOOD).is_some()
    }

    /// Appends a good call if one swap does it: the hot word is of `generation`, has room, and is not changed by others meanwhile. The
    /// control word is not asked again: if the generation is over by now, nobody reads this word of it any more.
    #[inline]
    fn appends_at_once(self, generation: u16) -> bool {
        let Some(word) = self.words.first() else {
            return false;
        };
        // Relaxed: one word; nothing else is read on its strength.
        let hot = Hot(word.load(Relaxed));
        if !hot.is_of(generation) || hot.is_full() {
            return false;
        }
        let next = hot.with(Call::GOOD, self.layout);
        // Relaxed: publishes nothing of its own, and as a swap carries on what the Releases before it published; what lost the race is
        // read anew by `append`.
        word.replace(hot.0, next.0, Relaxed, Relaxed).is_ok()
    }

    /// Records `call`, and counts the newest calls up to it; `None` if it came too late to count.
    pub(crate) fn record_and_sum(
        self,
        control: ControlCell<'_>,
        generation: u16,
        call: Call,
    ) -> Option<Counts> {
        let hot = self.append(control, generation, call)?;
        Some(self.sum(hot, generation))
    }

    /// Appends `call` and returns the hot word that then was; `None` if it came too late to count.
    #[inline(never)]
    fn append(self, control: ControlCell<'_>, generation: u16, call: Call) -> Option<Hot> {
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
