//! Where a breaker's words live: in the breaker, those of a window and of live settings in a box beside it, or all in memory that is given
//! to it.

use crate::sync::{Word, const_unless_loom};
#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// Words that every breaker has: control, since, cause, ticket. Those of a window and of live settings come after them.
pub(crate) const FIXED: usize = 4;

/// Words for settings that can be replaced: an epoch, two buffers, and a note of the limit that last opened the circuit.
pub(crate) const LIVE: usize = 2 + 2 * LIVE_BUFFER;

/// Words of one set of settings.
pub(crate) const LIVE_BUFFER: usize = 8;

/// The words of one breaker. Chosen by value, so that the engine is one type.
#[derive(Debug)]
pub(crate) enum Words {
    /// The fixed words in the breaker itself, the rest in a box.
    Own {
        fixed: [Word; FIXED],
        #[cfg(feature = "alloc")]
        rest: Option<Box<[Word]>>,
    },
    Given {
        fixed: &'static [Word; FIXED],
        rest: &'static [Word],
    },
}

impl Words {
    const_unless_loom! {
        /// The fixed words alone, the control word being `control`.
        pub(crate) const fn inline(control: u64) -> Self {
            Self::Own {
                fixed: fixed(control),
                #[cfg(feature = "alloc")]
                rest: None,
            }
        }
    }

    /// The words `given`, which are enough.
    pub(crate) const fn given(given: &'static [Word]) -> Self {
        match given.split_first_chunk() {
            Some((fixed, rest)) => Self::Given { fixed, rest },
            None => panic!("at least the fixed words"),
        }
    }

    /// So many `words`, the control word being `control`: what is more than the fixed ones is in a box.
    #[cfg(feature = "alloc")]
    pub(crate) fn boxed(control: u64, words: usize) -> Self {
        Self::Own {
            fixed: fixed(control),
            rest: Some((FIXED..words).map(|_| Word::new()).collect()),
        }
    }

    #[inline]
    fn fixed(&self) -> &[Word; FIXED] {
        match self {
            Self::Own { fixed, .. } => fixed,
            Self::Given { fixed, .. } => fixed,
        }
    }

    /// The words after the fixed ones: those of the window, then those of live settings.
    #[inline]
    pub(crate) fn rest(&self) -> &[Word] {
        match self {
            #[cfg(feature = "alloc")]
            Self::Own { rest, .. } => rest.as_deref().unwrap_or_default(),
            #[cfg(not(feature = "alloc"))]
            Self::Own { .. } => &[],
            Self::Given { rest, .. } => rest,
        }
    }

    /// The state, and everything that is decided.
    #[inline]
    pub(crate) fn control(&self) -> &Word {
        &self.fixed()[0]
    }

    /// When the present generation began; for reports.
    pub(crate) fn since(&self) -> &Word {
        &self.fixed()[1]
    }

    /// Why the present generation began; for reports.
    pub(crate) fn cause(&self) -> &Word {
        &self.fixed()[2]
    }

    /// How many calls have come to a ramp.
    pub(crate) fn ticket(&self) -> &Word {
        &self.fixed()[3]
    }
}

const_unless_loom! {
    const fn fixed(control: u64) -> [Word; FIXED] {
        [Word::of(control), Word::new(), Word::new(), Word::new()]
    }
}
