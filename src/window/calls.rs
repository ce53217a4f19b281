//! Exactly the last n calls: one hot word that every call is appended to, and behind it an archive
//! of full words.
//!
//! ```text
//!  hot   generation:16 | sequence:17 | clean:6             | sentinel and up to 24 calls:25
//!  slot  generation:16 | sequence:17 | written:1 | zero:6  | 24 calls:24
//! ```
//!
//! A call is one bit (failed), or two where slow calls are judged (slow, failed); the newest is the
//! lowest. The sentinel is a one above the oldest call, so the number of calls can be seen.
//!
//! The picture has words of 4 calls and a window of 8, so two slots. `F` is a failure, `.` a good
//! call, `1` the sentinel:
//!
//! ```text
//!                        hot word                 slot 0              slot 1
//!  sequence 6, clean 1   [   1 . . F ]            [ 4:  F . . . ]     [ 5:  . . . . ]
//!                            3 calls        + 1, its newest     + 4 calls             = the last 8
//!
//!  one more call         [ 1 . . F . ]  full: the last 8 are now the hot word and slot 1
//!
//!  the call after that first copies the full word to its slot, which no newer sum reads:
//!                        [ 1 . . F . ]            [ 6:  . . F . ]     [ 5:  . . . . ]
//!  and then swaps the hot word:
//!  sequence 7, clean 0   [       1 . ]            [ 6:  . . F . ]     [ 5:  . . . . ]
//! ```
//!
//! The compare-and-swap on the hot word is the order of the calls. A full hot word is copied before
//! the next one replaces it, so all words behind the hot word are archived. `clean` counts how many
//! words just behind it hold only good calls. When all of them do, and the hot word too, another
//! good call changes nothing that the window shows, and is not written.

mod hot;
mod layout;

pub(crate) use layout::{Layout, NEVER_ABSORBING};

use super::generation::{GENERATION, Generation};
use super::words::WindowWords;
use crate::counts::Counts;
use crate::outcome::Call;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::Word;
use hot::Hot;
use layout::{SLOT_TAG, WRITTEN};

/// A hot word that holds no call.
pub(crate) const UNUSED: u64 = Hot::first(0).0;

/// A window of calls on its words.
#[derive(Clone, Copy)]
pub(crate) struct CallWindow<'a> {
    pub(crate) layout: Layout,
    pub(crate) words: WindowWords<'a>,
}

/// Writing.
impl<'a> CallWindow<'a> {
    /// Records `call`, and counts the newest calls up to it; `None` if its generation no longer
    /// counts.
    pub(crate) fn record_and_sum(self, generation: Generation<'_>, call: Call) -> Option<Counts> {
        let hot = self.append(generation, call)?;
        Some(self.sum(hot, generation.number))
    }

    /// Appends `call` and returns the resulting hot word; `None` if its generation no longer
    /// counts.
    #[inline(never)]
    fn append(self, generation: Generation<'_>, call: Call) -> Option<Hot> {
        // Acquire: pairs with the Release below; a thread that sees the word of a newer generation
        // sees a control word as new, and what is archived behind it.
        // Model: loom-tests/tests/calls.rs
        let mut seen = self.hot().load(Acquire);
        while generation.is_current() {
            let hot = Hot::in_generation(seen, generation.number);
            let Some(room) = self.with_room(hot, seen) else {
                // Acquire: pairs with the Release below, as the first load.
                // Model: loom-tests/tests/calls.rs
                seen = self.hot().load(Acquire);
                continue;
            };
            let next = room.with(call, self.layout);
            // Release: pairs with the Acquires of this window; publishes the control word that was
            // seen and the slot that was written. Model: loom-tests/tests/calls.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/calls.rs
            match self.hot().replace(seen, next.0, Release, Acquire) {
                Ok(_) => return Some(next),
                Err(newer) => seen = newer,
            }
        }
        None
    }

    /// `hot` or, if it is full, the word after it; `None` if another thread has already replaced
    /// it.
    fn with_room(self, hot: Hot, seen: u64) -> Option<Hot> {
        if !hot.is_full() {
            return Some(hot);
        }
        self.archive(hot, seen).then(|| hot.next(self.layout))
    }

    /// Copies the full word `hot` into its slot while it is still the hot word; whether it is
    /// there.
    fn archive(self, hot: Hot, seen: u64) -> bool {
        let (slot, full) = (self.slot(hot.sequence()), hot.archived());
        // Acquire: pairs with the Release below; a thread that sees the copy of a later word sees
        // that the hot word has been replaced. Model: loom-tests/tests/calls.rs
        let mut stored = slot.load(Acquire);
        while stored != full {
            // Relaxed: ordered after the slot by its Acquire; only whether it is the same matters.
            if self.hot().load(Relaxed) != seen {
                return false;
            }
            // Release: pairs with the Acquires of slots. Model: loom-tests/tests/calls.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/calls.rs
            match slot.replace(stored, full, Release, Acquire) {
                Ok(_) => return true,
                Err(newer) => stored = newer,
            }
        }
        true
    }

    /// Records a success that was not slow; whether its generation still counts.
    pub(crate) fn append_good(self, generation: Generation<'_>) -> bool {
        self.append(generation, Call::GOOD).is_some()
    }
}

/// The short way of [`CallWindow::append_good`] where each call has one bit: appends a good call to
/// `near`, the hot word, by one swap, if that is of `generation`, has room, and no other thread
/// changes it meanwhile. The control word is not loaded: if the generation is over by now, no
/// thread reads this word of it any more.
#[inline]
pub(crate) fn append_at_once(near: &Word, generation: u16) -> bool {
    // Relaxed: one word; no other read relies on it.
    let hot = Hot(near.load(Relaxed));
    if GENERATION.get(hot.0) != u64::from(generation) {
        return false;
    }
    let Some(next) = hot.with_good() else {
        return false;
    };
    // Relaxed: publishes nothing, and as a swap it continues the release sequence of the words
    // before it.
    // Relaxed: a lost race is read anew by `append`.
    near.replace(hot.0, next.0, Relaxed, Relaxed).is_ok()
}

/// Reading.
impl<'a> CallWindow<'a> {
    /// The counts of `generation`.
    pub(crate) fn counts(self, generation: u16) -> Counts {
        // Acquire: pairs with the Release of the hot word; the archive behind it is read next.
        // Model: loom-tests/tests/calls.rs
        let hot = Hot(self.hot().load(Acquire));
        if hot.is_of(generation) { self.sum(hot, generation) } else { Counts::NONE }
    }

    /// Counts the newest calls up to `hot`, or up to a newer hot word if slots are overwritten
    /// meanwhile.
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
    /// The current hot word, if the archive no longer holds the words behind `hot`.
    fn sum_up_to(self, hot: Hot) -> Result<Counts, Hot> {
        let size = u32::from(self.layout.calls());
        let (bits, width) = hot.bits();
        let in_hot = (width / self.layout.bits_per_call()).min(size);
        let mut counts = self.layout.tally(bits, in_hot);
        let mut sequence = hot.sequence();
        while counts.calls < size {
            sequence = self.layout.before(sequence);
            let Some(bits) = self.archived(hot, sequence)? else {
                break;
            };
            let missing = size - counts.calls;
            let calls = missing.min(self.layout.calls_per_word());
            counts = counts.plus(self.layout.tally(bits, calls));
        }
        Ok(counts)
    }

    /// The archived calls of `sequence`; `None` if there never was such a word behind `hot`.
    ///
    /// # Errors
    ///
    /// The current hot word, if a later word or generation may have overwritten the slot.
    fn archived(self, hot: Hot, sequence: u64) -> Result<Option<u64>, Hot> {
        // Acquire: pairs with the Release of the slot's copy; a thread that sees the copy of a
        // later word sees the hot word that it was copied from. Model: loom-tests/tests/calls.rs
        let stored = self.slot(sequence).load(Acquire);
        let generation = GENERATION.get(hot.0);
        if stored & SLOT_TAG == Hot::slot(generation, sequence) {
            return Ok(Some(stored & !SLOT_TAG));
        }
        // Acquire: pairs with the Release of the hot word; the archive behind it is read next.
        // Model: loom-tests/tests/calls.rs
        let newest = Hot(self.hot().load(Acquire));
        // A call that was appended meanwhile does not belong to this sum: it must not hide a limit
        // that was reached before it.
        let is_overwritten = stored & WRITTEN != 0 && GENERATION.get(stored) == generation;
        let still_counts = newest.is_of(generation as u16) && !is_overwritten;
        if newest == hot || still_counts { Ok(None) } else { Err(newest) }
    }

    fn hot(self) -> &'a Word {
        self.words.near
    }

    fn slot(self, sequence: u64) -> &'a Word {
        &self.words.rest[1 + (sequence % self.layout.slots()) as usize]
    }
}

/// Whether another good call of a generation would leave the newest calls as they are, all of them
/// good: so says `near`, the word of a window beside the control word. The generation is in the
/// highest 16 bits of `tag`; `absorbing` is the [`Window::absorbing`](super::Window::absorbing) of
/// the window.
#[inline]
pub(crate) fn absorbs(near: &Word, tag: u64, absorbing: u32) -> bool {
    // Relaxed: one word; if it is of this generation, it alone shows that another good call changes
    // nothing.
    Hot(near.load(Relaxed)).is_all_good(tag | u64::from(absorbing))
}
