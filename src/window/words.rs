//! Where the words of a window are.

use crate::sync::Word;

/// The words of a window: the one beside the control word, which most calls need alone, and behind
/// the first of `rest`, which is not its own, the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WindowWords<'a> {
    pub(crate) near: &'a Word,
    pub(crate) rest: &'a [Word],
}
