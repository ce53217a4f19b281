//! Settings: a [`Builder`] takes them as people write them, a [`Config`] holds them as the engine reads them. Every bound is checked
//! on the way from one to the other, here and nowhere else.

mod backoff;
mod builder;
mod check;
#[cfg(feature = "serde")]
mod document;
mod probes;
mod window;

pub use backoff::Backoff;
pub(crate) use backoff::Delay;
pub use builder::Builder;
#[cfg(all(feature = "registry", feature = "serde"))]
pub(crate) use document::overlay::{Overlay, blame, blame_inside};
pub(crate) use probes::ProbeLimits;
pub use probes::{LeaseExpiry, Probes, Ramp};

use crate::error::{ConfigError, ReconfigureError};
use crate::nanos::Nanos;
use crate::policy::{Policy, TripWhen};
use crate::state::{Mode, State};
use crate::window::Window;
use crate::word::Control;
use crate::word::lease::Lease;
use crate::word::ramp::RampSchedule;
use core::num::NonZeroU64;
use core::time::Duration;

/// Words that every breaker has: control, since, cause, ticket. Those of a window and of live
/// settings come after them.
pub(crate) const FIXED_WORDS: usize = 4;

/// Words of live settings: an epoch, two buffers, and a note of the limit that last opened the
/// circuit.
const LIVE_WORDS: usize = 2 + 2 * LIVE_BUFFER;

/// Words of one set of settings.
pub(crate) const LIVE_BUFFER: usize = 8;

/// Settings that have passed every check, in the engine's own units. From a [`Builder`], at run time with [`Builder::config`], at
/// compile time with [`config!`](crate::config!).
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// Zero: no such policy.
    pub(crate) consecutive_failures: u16,
    pub(crate) policy: Policy,
    pub(crate) window: Window,
    /// [`Nanos::MAX`]: slow calls are not judged.
    pub(crate) slow_limit: Nanos,
    pub(crate) delay: Delay,
    /// The most that chance takes off the delay, in parts per million.
    pub(crate) jitter: u32,
    pub(crate) seed: Option<NonZeroU64>,
    pub(crate) probes: ProbeLimits,
    pub(crate) lease: Option<Lease>,
    pub(crate) lease_expiry: LeaseExpiry,
    pub(crate) ramp: Option<RampSchedule>,
    pub(crate) start: Start,
    pub(crate) switches: Switches,
}

/// What is on or off.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Switches(u8);

impl Switches {
    const COUNT_PANICS: u8 = 1;
    const LIVE: u8 = 2;
    /// As the window itself says, but in one test of a bit.
    const WINDOW: u8 = 4;

    const fn new(count_panics: bool, live: bool, window: Window) -> Self {
        let panics = if count_panics { Self::COUNT_PANICS } else { 0 };
        let live = if live { Self::LIVE } else { 0 };
        let window = if window.is_none() { 0 } else { Self::WINDOW };
        Self(panics | live | window)
    }

    const fn has(self, switch: u8) -> bool {
        self.0 & switch != 0
    }
}

/// What to start in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start(u8);

impl Start {
    const fn new(state: State, mode: Mode) -> Self {
        Self(state as u8 | (mode as u8) << 4)
    }

    const fn word(self) -> Control {
        let state = State::from_bits((self.0 & 0xF) as u64);
        Control::starting_in(state, Mode::from_bits((self.0 >> 4) as u64))
    }

    /// Closed, in normal mode.
    const fn is_plain(self) -> bool {
        self.0 == Self::new(State::Closed, Mode::Normal).0
    }
}

impl Config {
    /// How many words a breaker with these settings shares between threads.
    #[must_use]
    pub const fn words(&self) -> usize {
        let live = if self.is_live() { LIVE_WORDS } else { 0 };
        FIXED_WORDS + self.window.words() + live
    }

    /// The control word to start with.
    pub(crate) const fn first_word(&self) -> Control {
        self.start.word()
    }

    /// Whether the settings can be replaced while the breaker is in use.
    #[inline]
    pub(crate) const fn is_live(&self) -> bool {
        self.switches.has(Switches::LIVE)
    }

    #[inline]
    pub(crate) const fn has_window(&self) -> bool {
        self.switches.has(Switches::WINDOW)
    }

    pub(crate) const fn counts_panics(&self) -> bool {
        self.switches.has(Switches::COUNT_PANICS)
    }

    pub(crate) const fn counting_panics(self, count: bool) -> Self {
        Self {
            switches: Switches::new(count, self.is_live(), self.window),
            ..self
        }
    }

    /// Whether a breaker that was built with these settings can go on with `other`.
    pub(crate) fn can_become(&self, other: &Self) -> Result<(), ReconfigureError> {
        let fixed = [
            ("live", self.is_live() == other.is_live()),
            (
                "slow_call_duration (whether there is one)",
                self.judges_slow_calls() == other.judges_slow_calls(),
            ),
            (
                "last_calls (up to what its words hold), within, buckets or stripes",
                self.window.has_room_for(other.window),
            ),
            (
                "trip_when",
                same_function(self.policy.trip_when, other.policy.trip_when),
            ),
            (
                "backoff (whether it is a function, and which)",
                self.delay.can_become(other.delay),
            ),
            ("ramp", self.ramp == other.ramp),
        ];
        match fixed.into_iter().find(|(_, same)| !same) {
            Some((setting, _)) => Err(ReconfigureError::Fixed { setting }),
            None => Ok(()),
        }
    }

    /// The failures in a row that open the circuit; zero where they are not counted.
    #[must_use]
    pub const fn consecutive_failures(&self) -> u32 {
        self.consecutive_failures as u32
    }

    /// How long the circuit stays open the first time, before jitter.
    #[must_use]
    pub fn first_open_duration(&self) -> Duration {
        self.open_duration(0)
    }

    /// Whether a breaker with these settings needs no words but those that it has in itself.
    #[cfg(not(feature = "alloc"))]
    pub(crate) const fn fits_inline(&self) -> Result<(), ConfigError> {
        if self.words() > FIXED_WORDS {
            return Err(ConfigError::Conflict {
                rule: if cfg!(feature = "alloc") {
                    "a window, and settings that can be replaced, need words: use Builder::build, CircuitBreaker::boxed or breaker!"
                } else {
                    "a window, and settings that can be replaced, need words: use breaker! or RawBreaker::on"
                },
            });
        }
        Ok(())
    }

    /// Whether a breaker with these settings can live in `given` words.
    pub(crate) const fn fits(&self, given: usize) -> Result<(), ConfigError> {
        let needed = self.words();
        if given < needed {
            return Err(ConfigError::TooFewWords { given, needed });
        }
        Ok(())
    }

    /// Whether it can live in `given` words that already hold a state.
    #[doc(hidden)]
    pub const fn fits_given(&self, given: usize) -> Result<(), ConfigError> {
        if !self.start.is_plain() {
            return Err(ConfigError::Conflict {
                rule: "a breaker on given words must start closed, in normal mode: it goes on from the state they hold",
            });
        }
        self.fits(given)
    }

    /// Whether failures in a row are counted: there a call has counted even if it comes too late for the window.
    pub(crate) const fn counts_in_a_row(&self) -> bool {
        self.consecutive_failures > 0
    }

    /// Whether the time that a call takes matters.
    #[inline]
    pub(crate) const fn judges_slow_calls(&self) -> bool {
        self.slow_limit.as_nanos() != Nanos::MAX.as_nanos()
    }
}

fn same_function(one: Option<TripWhen>, other: Option<TripWhen>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => core::ptr::fn_addr_eq(one, other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

impl Default for Config {
    fn default() -> Self {
        const { crate::config!() }
    }
}
