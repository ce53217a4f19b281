//! The control word as threads share it, and the one loop that changes it.

use super::{Control, Step};
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;

/// The shared control word. Every decision is one compare-and-swap here, so each change has one
/// winner, and the order of the changes is the order of the word's values.
#[derive(Clone, Copy)]
pub(crate) struct ControlCell<'a>(pub(crate) &'a Word);

impl ControlCell<'_> {
    #[inline]
    pub(crate) fn load(self) -> Control {
        // Relaxed: one word; a permit synchronizes nothing, and no other read relies on it.
        Control::from_bits(self.0.load(Relaxed))
    }

    /// Calls `decide` with the current word until it leaves the word or replaces it, and returns
    /// its last answer.
    pub(crate) fn update<R>(self, mut decide: impl FnMut(Control) -> Step<R>) -> R {
        let mut seen = self.load();
        loop {
            match decide(seen) {
                Step::Stay(answer) => return answer,
                Step::Move(next, answer) => match self.replace(seen, next) {
                    Ok(()) => return answer,
                    Err(newer) => seen = newer,
                },
            }
        }
    }

    /// Replaces `seen` by `next`.
    ///
    /// # Errors
    ///
    /// The current word, which may be `seen`.
    #[inline]
    pub(crate) fn replace(self, seen: Control, next: Control) -> Result<(), Control> {
        // Relaxed: one word, whose changes are in one order by themselves. The notes that follow
        // a change carry their own Release.
        // Relaxed: a lost race is decided again from the newer word alone.
        self.0
            .replace(seen.bits(), next.bits(), Relaxed, Relaxed)
            .map(drop)
            .map_err(Control::from_bits)
    }
}
