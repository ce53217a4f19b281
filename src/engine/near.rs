//! What a healthy call needs, and all that it reads: the control word, the word beside it, and the
//! shape of the settings.
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
use crate::word::cell::ControlCell;

/// The words that every breaker has, and the shape of its settings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Near<'a> {
    fixed: &'a [Word; FIXED_WORDS],
    shape: Shape,
}

impl<'a> Near<'a> {
    #[inline]
    pub(crate) const fn new(fixed: &'a [Word; FIXED_WORDS], shape: Shape) -> Self {
        Self { fixed, shape }
    }

    #[inline]
    pub(crate) const fn shape(self) -> Shape {
        self.shape
    }

    /// Admits a call to a healthy breaker that does not judge slow calls.
    #[inline]
    pub(crate) fn admit(self) -> Option<Admission> {
        let word = self.control().load();
        (word.is_healthy() && !self.shape.judges_slow_calls()).then(|| Admission::counted(word))
    }

    /// Whether settling this success changes nothing in the control word, and its duration does not
    /// matter.
    #[inline]
    pub(crate) fn finds_healthy(self, admission: Admission, outcome: Outcome) -> bool {
        matches!(outcome, Outcome::Success) && admission.finds_healthy(self.control().load())
    }

    /// Whether one more good call changes nothing that the window shows.
    #[inline]
    pub(crate) fn absorbs(self, admission: Admission) -> bool {
        let absorbing = self.shape.absorbing();
        let in_window = || window::absorbs(self.beside(), admission.generation(), absorbing);
        !self.shape.has_window() || (absorbing != 0 && in_window())
    }

    /// The state, and everything that is decided.
    #[inline]
    pub(crate) const fn control(self) -> ControlCell<'a> {
        ControlCell(&self.fixed[0])
    }

    /// The first word of the window or, if there is none, the ticket.
    #[inline]
    pub(crate) const fn beside(self) -> &'a Word {
        &self.fixed[1]
    }

    /// When the current generation began; for reports.
    pub(crate) const fn since(self) -> &'a Word {
        &self.fixed[2]
    }

    /// Why the current generation began; for reports.
    pub(crate) const fn cause(self) -> &'a Word {
        &self.fixed[3]
    }
}
