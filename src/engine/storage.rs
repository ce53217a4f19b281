//! Where a breaker's words and settings live: in the breaker, in a box beside it, shared, or in a
//! `static`. A value chooses, so that breakers are one type.

use super::{Engine, Near};
use crate::config::shape::Shape;
use crate::config::{Config, FIXED_WORDS};
use crate::sync::Word;
#[cfg(feature = "alloc")]
use alloc::boxed::Box;
#[cfg(feature = "std")]
use alloc::sync::Arc;

/// The words of one breaker.
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

    /// New words for `config`, which without `alloc` needs the fixed ones alone.
    pub(crate) fn new(config: &Config) -> Self {
        let control = Word::of(config.first_word().bits());
        Self::Own {
            fixed: [control, Word::new(), Word::new(), Word::new()],
            #[cfg(feature = "alloc")]
            rest: (FIXED_WORDS..config.words()).map(|_| Word::new()).collect(),
        }
    }

    #[inline]
    pub(crate) const fn fixed(&self) -> &[Word; FIXED_WORDS] {
        match self {
            Self::Own { fixed, .. } => fixed,
            Self::Given { fixed, .. } => fixed,
        }
    }

    /// The engine on these words.
    #[inline]
    pub(crate) fn engine<'a>(&'a self, settings: &'a Settings) -> Engine<'a> {
        let (fixed, rest): (_, &[Word]) = match self {
            #[cfg(feature = "alloc")]
            Self::Own { fixed, rest } => (fixed, rest),
            #[cfg(not(feature = "alloc"))]
            Self::Own { fixed } => (fixed, &[]),
            Self::Given { fixed, rest } => (fixed, rest),
        };
        let (shape, config) = (*settings.shape(), settings.config());
        Engine { near: Near(fixed), shape, rest, config }
    }
}

/// The settings of one breaker. Their shape is at hand, so that a healthy call looks at nothing
/// else of them.
#[derive(Debug, Clone)]
pub(crate) enum Settings {
    #[cfg(feature = "alloc")]
    Own(Shape, Box<Config>),
    #[cfg(not(feature = "alloc"))]
    Own(Shape, Config),
    #[cfg(feature = "std")]
    Shared(Shape, Arc<Config>),
    Static(Shape, &'static Config),
}

impl Settings {
    pub(crate) fn own(config: Config) -> Self {
        #[cfg(feature = "alloc")]
        return Self::Own(config.shape(), Box::new(config));
        #[cfg(not(feature = "alloc"))]
        Self::Own(config.shape(), config)
    }

    #[cfg(feature = "std")]
    pub(crate) fn shared(config: Arc<Config>) -> Self {
        Self::Shared(config.shape(), config)
    }

    pub(crate) const fn of_static(config: &'static Config) -> Self {
        Self::Static(config.shape(), config)
    }

    #[inline]
    pub(crate) const fn shape(&self) -> &Shape {
        match self {
            #[cfg(feature = "std")]
            Self::Shared(shape, _) => shape,
            Self::Own(shape, _) | Self::Static(shape, _) => shape,
        }
    }

    #[inline]
    pub(crate) fn config(&self) -> &Config {
        match self {
            Self::Own(_, config) => config,
            #[cfg(feature = "std")]
            Self::Shared(_, config) => config,
            Self::Static(_, config) => config,
        }
    }
}
