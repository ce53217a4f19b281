//! What was counted lately: over the last calls, or over a time.
//!
//! Both windows share one rule. Each of their words carries, in a tag, the generation in which it was written, so that nobody ever
//! clears them: a word of another generation holds nothing. To write one, load it (Acquire), **then** the control word, whose generation must be
//! the permit's, then compare-and-swap (Release). A tag that differs is then an older one, since whoever wrote a newer one had seen a
//! newer control word, and so would we; it is turned. An outcome that comes late finds either a newer control word or a newer tag. A word that
//! has the permit's tag already can be added to without asking: once the generation is over, nobody reads it.

pub(crate) mod calls;
pub(crate) mod time;

use crate::bits::Field;
use crate::counts::Counts;
use crate::nanos::Nanos;
use crate::outcome::Call;
use crate::sync::Word;
use crate::word::cell::ControlCell;
use calls::CallWindow;
use time::TimeWindow;

/// The generation that a window word was written in.
const GENERATION: Field = Field::new(48, 16);

/// Which window a breaker has, and how it is laid out.
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

    /// The calls of a window of calls; zero for another.
    pub(crate) const fn calls(self) -> u16 {
        match self {
            Self::Calls(layout) => layout.calls(),
            _ => 0,
        }
    }

    /// The same words, holding `calls` if it is a window of calls.
    pub(crate) const fn resized(self, calls: u16) -> Self {
        match self {
            Self::Calls(layout) => Self::Calls(layout.resized(calls)),
            other => other,
        }
    }

    /// Whether `other` can be counted in the words of this window: the same, or fewer calls.
    pub(crate) fn has_room_for(self, other: Self) -> bool {
        match (self, other) {
            (Self::Calls(mine), Self::Calls(other)) => mine.has_room_for(other),
            _ => self == other,
        }
    }

    pub(crate) const fn is_none(self) -> bool {
        matches!(self, Self::None)
    }

    /// Whether another good call in `generation` would change nothing in a window of calls that can be observed.
    #[inline]
    pub(crate) fn absorbs(self, words: &[Word], generation: u16) -> bool {
        let Self::Calls(layout) = self else {
            return false;
        };
        CallWindow { layout, words }.absorbs(generation)
    }

    /// Records a success that was not slow; whether it counted.
    pub(crate) fn record_good(
        self,
        words: &[Word],
        control: ControlCell<'_>,
        generation: u16,
        now: impl FnOnce() -> Nanos,
    ) -> bool {
        match self {
            Self::None => true,
            Self::Calls(layout) => CallWindow { layout, words }.record_good(control, generation),
            Self::Time(layout) => {
                TimeWindow { layout, words }.record_good(control, generation, now())
            }
        }
    }

    /// Records an adverse call, and returns what the window holds with it: nothing, where there is none; `None` if it came too late to
    /// count.
    pub(crate) fn record_adverse(
        self,
        words: &[Word],
        control: ControlCell<'_>,
        generation: u16,
        call: Call,
        now: impl FnOnce() -> Nanos,
    ) -> Option<Counts> {
        match self {
            Self::None => Some(Counts::NONE),
            Self::Calls(layout) => {
                CallWindow { layout, words }.record_and_sum(control, generation, call)
            }
            Self::Time(layout) => {
                TimeWindow { layout, words }.record_and_sum(control, generation, now(), call)
            }
        }
    }

    /// What the window holds of `generation` as of `now`.
    pub(crate) fn counts(self, words: &[Word], generation: u16, now: Nanos) -> Counts {
        match self {
            Self::None => Counts::NONE,
            Self::Calls(layout) => CallWindow { layout, words }.counts(generation),
            Self::Time(layout) => TimeWindow { layout, words }.counts(generation, now),
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// A window of `calls` on words of its own, in generation 0.
    struct Held {
        window: Window,
        words: Vec<Word>,
        control: Word,
    }

    impl Held {
        fn new(calls: u32) -> Self {
            let window = Window::Calls(calls::Layout::new(calls, false));
            Self {
                window,
                words: (0..window.words()).map(|_| Word::new()).collect(),
                control: Word::new(),
            }
        }

        fn absorbs(&self) -> bool {
            self.window.absorbs(&self.words, 0)
        }

        fn record(&self, call: Call) -> Counts {
            let (words, control) = (&self.words, ControlCell(&self.control));
            let now = || Nanos::ZERO;
            if call != Call::GOOD {
                let counts = self.window.record_adverse(words, control, 0, call, now);
                return counts.expect("its generation counts");
            }
            assert!(self.window.record_good(words, control, 0, now));
            self.window.counts(words, 0, Nanos::ZERO)
        }

        /// How many good calls are written until the window absorbs them, if it ever does.
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

    const FAILED: Call = Call {
        failed: true,
        slow: false,
    };

    #[test]
    fn good_calls_are_written_until_the_window_and_its_words_hold_nothing_else() {
        for (calls, words) in [(1, 1), (24, 1), (25, 2), (1_512, 63)] {
            let held = Held::new(calls);
            assert_eq!(held.written(), Some(words * 24 + 1), "{calls}");
            assert_eq!(held.record(FAILED).failures, 1);
            assert!(!held.absorbs());
            // The word that it stands in is filled up, and then as many as are archived.
            assert_eq!(held.written(), Some(22 + words * 24 + 1), "{calls}");
            assert_eq!(held.record(Call::GOOD).failures, 0);
        }
    }
}
