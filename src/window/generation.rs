//! The generation of a call, and of the words that it is recorded in.

use crate::bits::Field;
use crate::word::cell::ControlCell;

/// The generation that a window word was written in.
pub(super) const GENERATION: Field = Field::new(48, 16);

/// The generation in which a call counts, and the control word that shows whether it still does.
#[derive(Clone, Copy)]
pub(crate) struct Generation<'a> {
    pub(super) number: u16,
    pub(super) control: ControlCell<'a>,
}

impl Generation<'_> {
    #[inline]
    pub(super) fn is_current(self) -> bool {
        self.control.load().counts(self.number)
    }
}
