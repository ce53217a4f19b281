//! What most calls need of the settings, in a few bytes that lie beside the words.

use super::settings::Config;
use crate::window::NEVER_ABSORBING;
use crate::word::deadline::Magnitude;

const WINDOW: u8 = 1;
const SLOW_CALLS: u8 = 2;
const LIVE: u8 = 4;
const IN_A_ROW: u8 = 8;
const STARTS: u8 = 16;

/// What most calls need of the settings. In bytes, so that they fit in front of a pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    absorbing: [u8; 4],
    flags: u8,
    longest_open: Magnitude,
}

impl Shape {
    pub(super) const fn new(config: &Config) -> Self {
        let has_window = if config.has_window() { WINDOW } else { 0 };
        let slow_calls = if config.judges_slow_calls() { SLOW_CALLS } else { 0 };
        let live = if config.is_live() { LIVE } else { 0 };
        let timed = config.judges_slow_calls() || config.fails_abandoned_calls();
        let starts = if timed { STARTS } else { 0 };
        let in_a_row = if config.counts_in_a_row() { IN_A_ROW } else { 0 };
        Self {
            absorbing: config.window.absorbing().to_ne_bytes(),
            flags: has_window | slow_calls | live | in_a_row | starts,
            longest_open: config.longest_open.magnitude(),
        }
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

    /// See [`Window::absorbing`].
    #[inline]
    pub(crate) const fn absorbing(&self) -> u32 {
        u32::from_ne_bytes(self.absorbing)
    }
}
