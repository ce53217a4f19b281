//! What most calls need of the settings, in a few bytes that lie beside the words.

use crate::window::NEVER_ABSORBING;
use crate::word::deadline::Magnitude;

pub(super) const WINDOW: u8 = 1;
pub(super) const SLOW_CALLS: u8 = 2;
pub(super) const LIVE: u8 = 4;
pub(super) const IN_A_ROW: u8 = 8;
pub(super) const STARTS: u8 = 16;

/// What most calls need of the settings. In bytes, so that they fit in front of a pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    absorbing: [u8; 4],
    flags: u8,
    longest_open: Magnitude,
}

impl Shape {
    /// A shape without flags; see `Window::absorbing`.
    pub(super) const fn new(absorbing: u32, longest_open: Magnitude) -> Self {
        Self { absorbing: absorbing.to_ne_bytes(), flags: 0, longest_open }
    }

    pub(super) const fn with(self, flag: u8, is_on: bool) -> Self {
        Self { flags: if is_on { self.flags | flag } else { self.flags }, ..self }
    }

    #[inline]
    pub(crate) const fn has_window(&self) -> bool {
        self.flags & WINDOW != 0
    }

    #[inline]
    pub(crate) const fn has_time_window(&self) -> bool {
        self.absorbing() == NEVER_ABSORBING
    }

    /// Whether a window of calls has one bit for each.
    #[inline]
    pub(crate) const fn has_single_bits(&self) -> bool {
        !self.has_time_window() && !self.judges_slow_calls()
    }

    /// Whether the moment of admission matters.
    #[inline]
    pub(crate) const fn notes_starts(&self) -> bool {
        self.flags & STARTS != 0
    }

    /// Whether the time that a call takes matters.
    #[inline]
    pub(crate) const fn judges_slow_calls(&self) -> bool {
        self.flags & SLOW_CALLS != 0
    }

    #[inline]
    pub(crate) const fn is_live(&self) -> bool {
        self.flags & LIVE != 0
    }

    /// Whether failures are counted in a row and nowhere else, by settings that stay.
    #[inline]
    pub(crate) const fn counts_in_a_row_only(&self) -> bool {
        self.flags == IN_A_ROW
    }

    /// Whether failures are counted in a window and nowhere else, by settings that stay, whatever
    /// the durations.
    #[inline]
    pub(crate) const fn counts_in_window_only(&self) -> bool {
        self.flags == WINDOW
    }

    /// Of settings that are not live; live ones can have another.
    #[inline]
    pub(crate) const fn longest_open(&self) -> Magnitude {
        self.longest_open
    }

    /// See `Window::absorbing`.
    #[inline]
    pub(crate) const fn absorbing(&self) -> u32 {
        u32::from_ne_bytes(self.absorbing)
    }
}
