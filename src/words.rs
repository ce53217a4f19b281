//! Where a breaker's words live: in the breaker, or in memory that is given to it.

use crate::error::ConfigError;
use crate::sync::{Word, const_unless_loom};

/// Words that every breaker has: control, since, cause, ticket. Those of a window come after them.
pub(crate) const FIXED: usize = 4;

/// The words of one breaker, as one slice wherever they are. Chosen by value, so that the engine is one type.
#[derive(Debug)]
pub(crate) enum Words {
    Inline([Word; FIXED]),
    Given(&'static [Word; FIXED]),
}

impl Words {
    const_unless_loom! {
        /// Words in the breaker itself, the control word being `control`.
        pub(crate) const fn inline(control: u64) -> Self {
            Self::Inline([
                Word::of(control),
                Word::new(),
                Word::new(),
                Word::new(),
            ])
        }
    }

    /// The words `given`, of which `needed` are used.
    pub(crate) const fn given(given: &'static [Word], needed: usize) -> Result<Self, ConfigError> {
        match given.first_chunk() {
            Some(fixed) if given.len() >= needed => Ok(Self::Given(fixed)),
            _ => Err(ConfigError::TooFewWords {
                given: given.len(),
                needed,
            }),
        }
    }

    #[inline]
    fn fixed(&self) -> &[Word; FIXED] {
        match self {
            Self::Inline(words) => words,
            Self::Given(words) => words,
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
