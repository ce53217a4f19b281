//! What a healthy call needs of the settings, in one number that lies beside the words.
//!
//! ```text
//!   31     30    25
//!  zero:1 | slots:6 | zero:22 | live:1 | slow calls:1 | window:1
//! ```
//!
//! The slots of a window of calls are where its hot word counts clean ones, so that a comparison
//! needs no shift. Another window has none.

use crate::window::Window;

const WINDOW: u32 = 1;
const SLOW_CALLS: u32 = 2;
const LIVE: u32 = 4;
const FLAGS: u32 = WINDOW | SLOW_CALLS | LIVE;

/// What a healthy call needs of the settings. None of it can be replaced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape(u32);

impl Shape {
    pub(super) const fn new(window: Window, slow_calls: bool, live: bool) -> Self {
        let has_window = if window.is_none() { 0 } else { WINDOW };
        let slow_calls = if slow_calls { SLOW_CALLS } else { 0 };
        let live = if live { LIVE } else { 0 };
        Self(window.absorbing() | has_window | slow_calls | live)
    }

    #[inline]
    pub(crate) const fn has_window(self) -> bool {
        self.0 & WINDOW != 0
    }

    /// Whether the time that a call takes matters.
    #[inline]
    pub(crate) const fn judges_slow_calls(self) -> bool {
        self.0 & SLOW_CALLS != 0
    }

    #[inline]
    pub(crate) const fn is_live(self) -> bool {
        self.0 & LIVE != 0
    }

    /// Whether failures are counted in a row and nowhere else, by settings that stay.
    #[inline]
    pub(crate) const fn counts_in_a_row_only(self) -> bool {
        self.0 & FLAGS == 0
    }

    /// See [`Window::absorbing`].
    #[inline]
    pub(crate) const fn absorbing(self) -> u32 {
        self.0 & !FLAGS
    }
}
