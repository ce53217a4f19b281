//! The words that every breaker has. A healthy call reads the first two, and of the settings their
//! shape.
//!
//! ```text
//!  control | near                          | since | cause
//!            the window's hot word or hint
//!            without a window: the ticket
//! ```

use crate::config::FIXED_WORDS;
use crate::config::shape::Shape;
use crate::outcome::Outcome;
use crate::rules::admission::Admission;
use crate::sync::Word;
use crate::window;
use crate::word::Control;
use crate::word::cell::ControlCell;

/// The words that every breaker has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near<'a>(pub(crate) &'a [Word; FIXED_WORDS]);

impl<'a> Near<'a> {
    /// Admits a call to a healthy breaker that does not note when calls start.
    ///
    /// # Errors
    ///
    /// The control word, if more has to be looked at.
    #[inline]
    pub(crate) fn admit(self, shape: &Shape) -> Result<Admission, Control> {
        let word = self.control().load();
        if word.is_healthy() && !shape.notes_starts() {
            Ok(Admission::counted(word))
        } else {
            Err(word)
        }
    }

    /// Whether settling this success changes nothing in the control word, and its duration does not
    /// matter.
    #[inline]
    pub(crate) fn finds_healthy(self, admission: Admission, outcome: Outcome) -> bool {
        matches!(outcome, Outcome::Success) && admission.finds_healthy(self.control().load())
    }

    /// Whether one more good call changes nothing that the window shows.
    #[inline]
    pub(crate) fn absorbs(self, admission: Admission, shape: &Shape) -> bool {
        !shape.has_window() || window::absorbs(self.beside(), admission.tag(), shape.absorbing())
    }

    /// Appends a good call to a window of calls by one swap; whether it did. Otherwise nothing has
    /// changed.
    #[inline]
    pub(crate) fn appends(self, admission: Admission, shape: &Shape) -> bool {
        shape.has_single_bits() && window::append_at_once(self.beside(), admission.generation())
    }

    /// The state, and everything that is decided.
    #[inline]
    pub(crate) const fn control(self) -> ControlCell<'a> {
        ControlCell(&self.0[0])
    }

    /// The first word of the window or, if there is none, the ticket.
    #[inline]
    pub(crate) const fn beside(self) -> &'a Word {
        &self.0[1]
    }

    /// When the current generation began; for reports.
    pub(crate) const fn since(self) -> &'a Word {
        &self.0[2]
    }

    /// Why the current generation began; for reports.
    pub(crate) const fn cause(self) -> &'a Word {
        &self.0[3]
    }
}
