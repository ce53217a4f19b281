//! Notes on the newest transition, for reports only: no decision reads them.
//!
//! A note is `[generation:16 | figure:48]`. The winner of a transition writes it after the control
//! word, so it can be late, and it stays missing if the winner is stopped in between. A reader
//! compares the generation, and does without the note if it is another.
//!
//! Protocol: load the note, **then** the control word; if the control word still shows the writer's
//! own transition, compare-and-swap the note. So a winner that was paused never overwrites what a
//! later winner wrote: either it sees the later control word, or the note has changed and the swap
//! fails.

use crate::bits::Field;
use crate::sync::Ordering::{Acquire, Relaxed, Release};
use crate::sync::Word;
use crate::transition::Transition;
use crate::word::cell::ControlCell;

const GENERATION: Field = Field::new(48, 16);
const FIGURE: Field = Field::new(0, 48);

/// One note.
#[derive(Clone, Copy)]
pub(crate) struct Note<'a>(pub(crate) &'a Word);

impl Note<'_> {
    /// Writes the note `figure`, its lowest 48 bits, while `transition` is still the newest.
    pub(crate) fn write(self, control: ControlCell<'_>, transition: &Transition, figure: u64) {
        let note = GENERATION.set(FIGURE.set(0, figure), transition.generation.into());
        // Acquire: pairs with the Release below; a thread that sees a later winner's note sees that
        // winner's control word, too. Model: loom-tests/tests/note.rs
        let mut seen = self.0.load(Acquire);
        while is_newest(control, transition) {
            // Release: pairs with the Acquires here; publishes the control word that was moved
            // before. Model: loom-tests/tests/note.rs
            // Acquire: pairs with this Release, as the load above does.
            // Model: loom-tests/tests/note.rs
            match self.0.replace(seen, note, Release, Acquire) {
                Ok(_) => return,
                Err(newer) => seen = newer,
            }
        }
    }

    /// The figure noted for `generation`, `None` if there is none.
    pub(crate) fn read(self, generation: u16) -> Option<u64> {
        // Relaxed: one word, checked by its own generation; no other read relies on it.
        let note = self.0.load(Relaxed);
        (note != 0 && GENERATION.get(note) == u64::from(generation)).then(|| FIGURE.get(note))
    }
}

fn is_newest(control: ControlCell<'_>, transition: &Transition) -> bool {
    let word = control.load();
    word.generation() == transition.generation && word.state() == transition.to
}
