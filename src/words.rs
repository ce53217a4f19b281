//! Where a breaker's words live: in the breaker, in memory that is given to it, or in a box of its own.

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
    /// The fixed words alone.
    Inline([Word; FIXED]),
    Given {
        fixed: &'static [Word; FIXED],
        rest: &'static [Word],
    },
    #[cfg(feature = "alloc")]
    Boxed {
        fixed: Box<[Word; FIXED]>,
        rest: Box<[Word]>,
    },
}

impl Words {
    const_unless_loom! {
        /// Words in the breaker itself, the control word being `control`.
        pub(crate) const fn inline(control: u64) -> Self {
            Self::Inline(fixed(control))
        }
    }

    /// The words `given`, which are enough.
    pub(crate) const fn given(given: &'static [Word]) -> Self {
        match given.split_first_chunk() {
            Some((fixed, rest)) => Self::Given { fixed, rest },
            None => panic!("at least the fixed words"),
        }
    }

    /// The fixed words, the control word being `control`, and `rest` more in a box.
    #[cfg(feature = "alloc")]
    pub(crate) fn boxed(control: u64, rest: usize) -> Self {
        Self::Boxed {
            fixed: Box::new(fixed(control)),
            rest: (0..rest).map(|_| Word::new()).collect(),
        }
    }

    #[inline]
    fn fixed(&self) -> &[Word; FIXED] {
        match self {
            Self::Inline(fixed) => fixed,
            Self::Given { fixed, .. } => fixed,
            #[cfg(feature = "alloc")]
            Self::Boxed { fixed, .. } => fixed,
        }
    }

    /// The words after the fixed ones: those of the window, then those of live settings.
    #[inline]
    pub(crate) fn rest(&self) -> &[Word] {
        match self {
            Self::Inline(_) => &[],
            Self::Given { rest, .. } => rest,
            #[cfg(feature = "alloc")]
            Self::Boxed { rest, .. } => rest,
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
