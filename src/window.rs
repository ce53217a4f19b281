//! The window: counts of the newest calls, either the last n of them or those within a time.
//!
//! Both windows share one rule. Each word of a window has a tag that names the generation in which
//! it was written, so no word is ever cleared: a word of another generation holds nothing.
//!
//! To write a word: load it (Acquire), **then** load the control word, whose generation must be
//! that of the call, then compare-and-swap (Release). If the tag differs, it is an older one and is
//! replaced: a thread that wrote a newer tag had seen a newer control word, and after the Acquire
//! so does this one. So a late outcome finds either a newer control word or a newer tag. A word
//! that has the tag of the call already can be added to without loading the control word: once the
//! generation is over, no thread reads it.

pub(crate) mod calls;
mod generation;
pub(crate) mod time;
mod words;

use crate::counts::Counts;
use crate::nanos::Nanos;
use crate::outcome::Call;
use crate::word::cell::ControlCell;
use calls::CallWindow;
pub(crate) use calls::{NEVER_ABSORBING, absorbs, append_at_once};
use generation::Generation;
use time::TimeWindow;
pub(crate) use words::WindowWords;

/// The kind of a breaker's window, and its layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    None,
    Calls(calls::Layout),
    Time(time::Layout),
}

impl Window {
    /// How many words it needs.
    pub(crate) const fn words(self) -> usize {
        match self {
            Self::None => 0,
            Self::Calls(layout) => layout.words(),
            Self::Time(layout) => layout.words(),
        }
    }

    /// The size of a window of calls; zero for another.
    pub(crate) const fn calls(self) -> u16 {
        match self {
            Self::Calls(layout) => layout.calls(),
            _ => 0,
        }
    }

    /// What the word beside the control word can be before anything is recorded, other than zero.
    pub(crate) fn unused(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Calls(_) => calls::UNUSED,
            Self::Time(layout) => time::unused(layout),
        }
    }

    /// A number of the layout: what two windows with the same number write, both can read.
    pub(crate) fn layout(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Calls(layout) => layout.number() << 2 | 1,
            Self::Time(layout) => layout.number() << 2 | 2,
        }
    }

    /// This window on the same words, of size `calls` if it is one of calls.
    pub(crate) fn resized(self, calls: u16) -> Self {
        match self {
            Self::Calls(layout) => Self::Calls(layout.resized(calls)),
            other => other,
        }
    }

    /// Whether `other` fits into the words of this window: it is equal but for its stripes, or has
    /// fewer calls.
    pub(crate) fn has_room_for(self, other: Self) -> bool {
        match (self, other) {
            (Self::Calls(mine), Self::Calls(other)) => mine.has_room_for(other),
            (Self::Time(mine), Self::Time(other)) => mine.resembles(other),
            _ => self == other,
        }
    }

    pub(crate) const fn is_none(self) -> bool {
        matches!(self, Self::None)
    }

    /// What a hot word has that absorbs good calls, but for its generation. No word has that of a
    /// time window.
    pub(crate) const fn absorbing(self) -> u32 {
        match self {
            Self::Calls(layout) => layout.absorbing(),
            Self::Time(_) => NEVER_ABSORBING,
            Self::None => 0,
        }
    }

    /// The counts of `generation` as of `now`.
    pub(crate) fn counts(self, words: WindowWords<'_>, generation: u16, now: Nanos) -> Counts {
        match self {
            Self::None => Counts::NONE,
            Self::Calls(layout) => CallWindow { layout, words }.counts(generation),
            Self::Time(layout) => TimeWindow { layout, words }.counts(generation, now),
        }
    }

    /// Records an adverse call, and returns the counts with it (none where there is no window);
    /// `None` if its generation no longer counts. Good calls may be missing from counts that are
    /// `out_of_reach` of all limits.
    pub(crate) fn record_adverse(
        self,
        words: WindowWords<'_>,
        control: ControlCell<'_>,
        generation: u16,
        call: Call,
        now: impl FnOnce() -> Nanos,
        out_of_reach: impl Fn(Counts) -> bool,
    ) -> Option<Counts> {
        let number = generation;
        let generation = Generation { number, control };
        match self {
            Self::None => Some(Counts::NONE),
            Self::Calls(layout) => CallWindow { layout, words }.record_and_sum(generation, call),
            Self::Time(layout) => {
                TimeWindow { layout, words }.record_and_sum(generation, now(), call, out_of_reach)
            }
        }
    }

    /// Records a success that was not slow, where no short way has recorded it; whether its
    /// generation still counts.
    pub(crate) fn record_good(
        self,
        words: WindowWords<'_>,
        control: ControlCell<'_>,
        generation: u16,
        now: Nanos,
    ) -> bool {
        let number = generation;
        let generation = Generation { number, control };
        match self {
            Self::None => true,
            Self::Calls(layout) => CallWindow { layout, words }.append_good(generation),
            Self::Time(layout) => TimeWindow { layout, words }.record_in_turn(generation, now),
        }
    }

    /// The short way of [`record_good`](Self::record_good) in a time window: counts where a call of
    /// this bucket and `generation` was counted before. Returns whether it counted.
    #[inline]
    pub(crate) fn counts_again(self, words: WindowWords<'_>, generation: u16, now: Nanos) -> bool {
        match self {
            Self::Time(layout) => TimeWindow { layout, words }.counts_again(generation, now),
            Self::None | Self::Calls(_) => false,
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::sync::Word;
    use alloc::vec::Vec;

    /// A window of calls on words of its own, in generation 0.
    struct OwnWindow {
        window: Window,
        near: Word,
        rest: Vec<Word>,
        control: Word,
    }

    impl OwnWindow {
        fn new(calls: u32) -> Self {
            let window = Window::Calls(calls::Layout::new(calls, false));
            Self {
                window,
                near: Word::new(),
                rest: (0..window.words()).map(|_| Word::new()).collect(),
                control: Word::new(),
            }
        }

        fn words(&self) -> WindowWords<'_> {
            WindowWords { near: &self.near, rest: &self.rest }
        }

        fn absorbs(&self) -> bool {
            absorbs(&self.near, 0, self.window.absorbing())
        }

        fn record(&self, call: Call) -> Counts {
            let (words, control) = (self.words(), ControlCell(&self.control));
            let now = || Nanos::ZERO;
            if call != Call::GOOD {
                let counts = self.window.record_adverse(words, control, 0, call, now, |_| false);
                return counts.expect("its generation counts");
            }
            assert!(self.window.record_good(words, control, 0, Nanos::ZERO));
            self.window.counts(words, 0, Nanos::ZERO)
        }

        /// How many good calls are written until the window absorbs them, if it does.
        fn written(&self) -> Option<u32> {
            (0..10_000).find(|_| {
                let absorbs = self.absorbs();
                if !absorbs {
                    self.record(Call::GOOD);
                }
                absorbs
            })
        }
    }

    const FAILED: Call = Call { failed: true, slow: false };

    #[test]
    fn good_calls_are_written_until_the_window_and_its_words_hold_nothing_else() {
        for (calls, words) in [(1, 1), (24, 1), (25, 2), (1_512, 63)] {
            let window = OwnWindow::new(calls);
            assert_eq!(window.written(), Some(words * 24 + 1), "{calls}");
            assert_eq!(window.record(FAILED).failures, 1);
            assert!(!window.absorbs());
            // The word with the failure is filled, and then as many words as there are slots.
            assert_eq!(window.written(), Some(22 + words * 24 + 1), "{calls}");
            assert_eq!(window.record(Call::GOOD).failures, 0);
        }
    }
}
