//! What is on or off, and what to start in, in one byte.

use super::probes::LeaseExpiry;
use crate::bits::Field;
use crate::state::{Mode, State};
use crate::word::Control;

const STATE: Field = Field::new(4, 2);
const MODE: Field = Field::new(6, 2);

/// What is on or off, and what to start in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Switches(u8);

impl Switches {
    pub(super) const COUNT_PANICS: u8 = 1;
    pub(super) const LIVE: u8 = 2;
    /// A probe whose lease ends makes room for another; otherwise the circuit opens again.
    pub(super) const REPROBE: u8 = 4;

    /// What is to start closed, in normal mode, with everything off.
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn starting_in(self, state: State, mode: Mode) -> Self {
        let start = MODE.set(STATE.set(0, state as u64), mode as u64);
        Self(self.0 | start as u8)
    }

    /// These, with `switch` turned on or off.
    pub(crate) const fn with(self, switch: u8, is_on: bool) -> Self {
        Self(if is_on { self.0 | switch } else { self.0 & !switch })
    }

    pub(crate) const fn counting_panics(self, count: bool) -> Self {
        self.with(Self::COUNT_PANICS, count)
    }

    pub(crate) const fn expiring_by(self, expiry: LeaseExpiry) -> Self {
        self.with(Self::REPROBE, matches!(expiry, LeaseExpiry::Reprobe))
    }

    pub(super) const fn has(self, switch: u8) -> bool {
        self.0 & switch != 0
    }

    pub(super) const fn first_word(self) -> Control {
        let bits = self.0 as u64;
        Control::starting_in(State::from_bits(STATE.get(bits)), Mode::from_bits(MODE.get(bits)))
    }

    /// Closed, in normal mode.
    pub(super) const fn start_closed(self) -> bool {
        let bits = self.0 as u64;
        STATE.get(bits) == State::Closed as u64 && MODE.get(bits) == Mode::Normal as u64
    }
}
