//! Where a breaker's words live: inside the breaker, with those of a window and of live settings in
//! a box beside it, or all of them in a `static`.

use super::Engine;
use crate::config::{Config, FIXED_WORDS};
use crate::sync::Word;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;

/// The words of one breaker. A value chooses where they live, so that breakers are one type.
#[derive(Debug)]
#[cfg_attr(
    any(loom, shuttle),
    allow(clippy::large_enum_variant, reason = "a scheduler's words are larger")
)]
pub(crate) enum Storage {
    /// The fixed words in the breaker itself, the rest in a box, which may be empty.
    Own {
        fixed: [Word; FIXED_WORDS],
        #[cfg(feature = "alloc")]
        rest: Box<[Word]>,
    },
    /// All words in a `static`.
    Given { fixed: &'static [Word; FIXED_WORDS], rest: &'static [Word] },
}

impl Storage {
    /// The fixed words alone, the control word being `control`.
    #[cfg(not(feature = "alloc"))]
    pub(crate) fn inline(control: u64) -> Self {
        Self::Own { fixed: fixed(control) }
    }

    /// The words `given`, which are enough.
    pub(crate) const fn given(given: &'static [Word]) -> Self {
        match given.split_first_chunk() {
            Some((fixed, rest)) => Self::Given { fixed, rest },
            None => panic!("fewer words than every breaker has"),
        }
    }

    /// Moves a breaker in a `static` to other words there, which are enough. (An assignment would
    /// drop the old value, which a `const` function cannot.)
    pub(crate) const fn move_to(&mut self, given: &'static [Word]) {
        if let (Self::Given { fixed, rest }, Some((new_fixed, new_rest))) =
            (self, given.split_first_chunk())
        {
            *fixed = new_fixed;
            *rest = new_rest;
        }
    }

    /// New words for `config`: those beyond the fixed ones in a box.
    #[cfg(feature = "alloc")]
    pub(crate) fn new(config: &Config) -> Self {
        let rest = FIXED_WORDS..config.words();
        Self::Own {
            fixed: fixed(config.first_word().bits()),
            rest: rest.map(|_| Word::new()).collect(),
        }
    }

    /// The engine on these words.
    #[inline]
    pub(crate) fn engine<'a>(&'a self, config: &'a Config) -> Engine<'a> {
        match self {
            #[cfg(feature = "alloc")]
            Self::Own { fixed, rest } => Engine::of(config, fixed, rest),
            #[cfg(not(feature = "alloc"))]
            Self::Own { fixed } => Engine::of(config, fixed, &[]),
            Self::Given { fixed, rest } => Engine::of(config, fixed, rest),
        }
    }
}

fn fixed(control: u64) -> [Word; FIXED_WORDS] {
    [Word::of(control), Word::new(), Word::new(), Word::new()]
}
