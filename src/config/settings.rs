//! Valid settings, as the engine reads them.

use super::backoff::{Delay, Exponential, FACTORS};
use super::probes::{LeaseExpiry, ProbeLimits};
use super::shape::{self, Shape};
use super::switches::Switches;
use crate::error::{ConfigError, ReconfigureError};
use crate::jitter;
use crate::nanos::Nanos;
use crate::policy::{Policy, TripWhen};
use crate::window::Window;
use crate::word::deadline::{Deadline, LongestOpen};
use crate::word::lease::Lease;
use crate::word::ramp::RampSchedule;
use crate::word::{Control, WORD_FORMAT};
use core::num::{NonZeroU32, NonZeroU64};
use core::time::Duration;

/// Words that every breaker has: control, the one beside it, since, cause. Those of a window and of
/// live settings come after them.
pub(crate) const FIXED_WORDS: usize = 4;

/// Words of live settings: an epoch, two buffers, and a note of the limit that last opened the
/// circuit.
const LIVE_WORDS: usize = 2 + 2 * LIVE_BUFFER;

/// Words of one set of settings.
pub(crate) const LIVE_BUFFER: usize = 8;

/// Valid settings, in the engine's own units. Made by
/// [`Builder::config`](crate::Builder::config) at run time, and by [`config!`](crate::config!) at
/// compile time. The default is what [`Builder::new`](crate::Builder::new) returns.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Config, config};
///
/// const CONFIG: Config = config!(consecutive_failures(3));
/// assert!(CircuitBreaker::from(CONFIG).try_acquire().is_ok());
/// assert_eq!(Config::default().consecutive_failures(), 5);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Config {
    pub(crate) policy: Policy,
    pub(crate) window: Window,
    /// [`Nanos::MAX`]: slow calls are not judged.
    pub(crate) slow_limit: Nanos,
    pub(crate) delay: Delay,
    pub(crate) seed: Option<NonZeroU32>,
    pub(crate) probes: ProbeLimits,
    pub(crate) lease: Option<Lease>,
    /// A call that is given up after more milliseconds than this has failed; zero: it is ignored.
    pub(crate) abandoned_millis: u32,
    /// The ramp in two parts, so that `longest_open` fits beside them.
    pub(crate) ramp_unit: Option<NonZeroU64>,
    pub(crate) ramp_from: u32,
    pub(crate) longest_open: LongestOpen,
    pub(crate) switches: Switches,
}

impl Config {
    /// Returns how many words a breaker with these settings shares between threads.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    ///
    /// assert_eq!(config!(consecutive_failures(3)).words(), 4);
    /// assert_eq!(config!(last_calls(100), failures(10)).words(), 10);
    /// ```
    #[must_use]
    pub const fn words(&self) -> usize {
        let live = if self.is_live() { LIVE_WORDS } else { 0 };
        FIXED_WORDS + self.window.words() + live
    }

    /// A number of the layout of the words, never zero: what they mean depends on the window, on
    /// whether the settings are live, and on the ramp.
    pub(crate) fn layout(&self) -> u32 {
        let (unit, from) = self.ramp().map_or((0, 0), |ramp| (ramp.unit_nanos.get(), ramp.from));
        let fixed =
            [WORD_FORMAT.into(), self.window.layout(), self.is_live().into(), unit, from.into()];
        let number = fixed.iter().fold(0, |sum, part| jitter::spread(sum ^ part).get());
        number as u32 | 1
    }

    /// Whether any limit can open the circuit.
    pub(crate) fn can_trip(&self) -> bool {
        let policy = self.policy;
        let limits = policy.failures | policy.failure_rate.ppm() | policy.slow_call_rate.ppm();
        self.counts_in_a_row() || (self.has_window() && (limits > 0 || policy.trip_when.is_some()))
    }

    /// The control word to start with.
    pub(crate) const fn first_word(&self) -> Control {
        self.switches.first_word()
    }

    /// Whether the settings can be replaced while the breaker is in use.
    pub(crate) const fn is_live(&self) -> bool {
        self.switches.has(Switches::LIVE)
    }

    pub(crate) const fn has_window(&self) -> bool {
        !self.window.is_none()
    }

    pub(crate) const fn counts_panics(&self) -> bool {
        self.switches.has(Switches::COUNT_PANICS)
    }

    /// What happens when a probe's lease ends.
    pub(crate) const fn lease_expiry(&self) -> LeaseExpiry {
        if self.switches.has(Switches::REPROBE) {
            LeaseExpiry::Reprobe
        } else {
            LeaseExpiry::Reopen
        }
    }

    /// What most calls need of the settings.
    pub(crate) const fn shape(&self) -> Shape {
        Shape::new(self.window.absorbing(), self.longest_open.magnitude())
            .with(shape::WINDOW, self.has_window())
            .with(shape::SLOW_CALLS, self.judges_slow_calls())
            .with(shape::STARTS, self.judges_slow_calls() || self.fails_abandoned_calls())
            .with(shape::LIVE, self.is_live())
            .with(shape::IN_A_ROW, self.counts_in_a_row())
    }

    /// Whether a breaker that was built with these settings can go on with `other`.
    pub(crate) fn can_become(&self, other: &Self) -> Result<(), ReconfigureError> {
        let setting = if self.is_live() != other.is_live() {
            "live"
        } else if self.judges_slow_calls() != other.judges_slow_calls() {
            "slow_call_duration"
        } else if self.fails_abandoned_calls() != other.fails_abandoned_calls() {
            "abandoned_after"
        } else if !self.window.has_room_for(other.window) {
            match (self.window, other.window) {
                (Window::Calls(own), Window::Calls(new)) => {
                    let (given, max) = (new.calls().into(), own.room());
                    return Err(ReconfigureError::TooManyCalls { given, max });
                }
                (Window::Calls(_), _) | (_, Window::Calls(_)) => "last_calls",
                _ => "within",
            }
        } else if !same_function(self.policy.trip_when, other.policy.trip_when) {
            "trip_when"
        } else if !self.delay.can_become(other.delay) {
            "backoff"
        } else if self.ramp() != other.ramp() {
            "ramp"
        } else {
            return Ok(());
        };
        Err(ReconfigureError::Fixed { setting })
    }

    /// Returns how many failures in a row open the circuit, zero where they are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    ///
    /// assert_eq!(config!(consecutive_failures(3)).consecutive_failures(), 3);
    /// assert_eq!(config!(last_calls(100), failures(10)).consecutive_failures(), 0);
    /// ```
    #[must_use]
    pub const fn consecutive_failures(&self) -> u32 {
        self.policy.consecutive_failures as u32
    }

    /// Returns how long the circuit stays open the first time, before jitter, and at most for
    /// [`longest_open`](Self::longest_open) unless it never ends.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::config;
    ///
    /// let config = config!(open_duration(Duration::from_secs(5)));
    /// assert_eq!(config.first_open_duration(), Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn first_open_duration(&self) -> Duration {
        let first = Nanos::from_nanos(self.delay.nanos(0));
        let ends = !Deadline::is_never_after(first);
        if ends { self.longest_open.cap(first).as_duration() } else { first.as_duration() }
    }

    /// Returns the longest time that the circuit stays open by itself; see
    /// [`Builder::longest_open`](crate::Builder::longest_open).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::config;
    ///
    /// const DAY: Duration = Duration::from_secs(86_400);
    /// assert_eq!(config!().longest_open(), DAY);
    /// assert_eq!(config!(open_duration(DAY.saturating_mul(2))).longest_open(), 2 * DAY);
    /// ```
    #[must_use]
    pub const fn longest_open(&self) -> Duration {
        self.longest_open.as_duration()
    }

    /// Returns how long probes may be in flight before they are given up, `None` for without end;
    /// see [`Builder::probe_lease`](crate::Builder::probe_lease). At least as long as it was set,
    /// and less than 64 ms longer.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::config;
    ///
    /// const LEASE: Option<Duration> = Some(Duration::from_secs(64));
    /// assert_eq!(config!(probe_lease(LEASE)).probe_lease(), LEASE);
    /// assert_eq!(config!(probe_lease(None)).probe_lease(), None);
    /// ```
    #[must_use]
    pub const fn probe_lease(&self) -> Option<Duration> {
        match self.lease {
            Some(lease) => Some(lease.duration()),
            None => None,
        }
    }

    /// Returns how late a call that is given up has failed, `None` if never; see
    /// [`Builder::abandoned_after`](crate::Builder::abandoned_after).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::config;
    ///
    /// let config = config!(abandoned_after(Duration::from_micros(1_500)));
    /// assert_eq!(config.abandoned_after(), Some(Duration::from_millis(2)));
    /// assert_eq!(config!().abandoned_after(), None);
    /// ```
    #[must_use]
    pub const fn abandoned_after(&self) -> Option<Duration> {
        match self.abandoned_millis {
            0 => None,
            millis => Some(Duration::from_millis(millis as u64)),
        }
    }

    /// How traffic returns, if not at once.
    pub(crate) const fn ramp(&self) -> Option<RampSchedule> {
        match self.ramp_unit {
            Some(unit_nanos) => Some(RampSchedule { unit_nanos, from: self.ramp_from }),
            None => None,
        }
    }

    /// Whether a breaker with these settings needs no words but those that it has in itself.
    #[cfg(not(feature = "alloc"))]
    pub(crate) const fn fits_inline(&self) -> Result<(), ConfigError> {
        self.fits(FIXED_WORDS)
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
        if !self.switches.start_closed() {
            return Err(ConfigError::StartsOnWords);
        }
        self.fits(given)
    }

    /// Whether failures in a row are counted: there a call has counted even if it comes too late
    /// for the window.
    pub(crate) const fn counts_in_a_row(&self) -> bool {
        self.policy.consecutive_failures > 0
    }

    /// Whether the time that a call takes matters where it is given up.
    pub(crate) const fn fails_abandoned_calls(&self) -> bool {
        self.abandoned_millis > 0
    }

    /// Whether the time that a call takes matters.
    #[inline]
    pub(crate) const fn judges_slow_calls(&self) -> bool {
        self.slow_limit.as_nanos() != Nanos::MAX.as_nanos()
    }
}

impl Config {
    /// Base and cap in nanoseconds, and the factor in 1/65,536; all zero where a function says it.
    pub(crate) const fn growth(&self) -> (u64, u64, u32) {
        match self.delay {
            Delay::Exponential(Exponential { base, cap, factor, .. }) => (base, cap, factor.get()),
            Delay::ByStreak { .. } => (0, 0, 0),
        }
    }

    /// These settings with another [`growth`](Self::growth), within its range, unless a function
    /// says it.
    pub(crate) fn growing(self, base: u64, cap: u64, factor: u32) -> Self {
        let factor = factor.clamp(FACTORS.0, FACTORS.1);
        let delay = match (self.delay, NonZeroU32::new(factor)) {
            (Delay::Exponential(Exponential { jitter, .. }), Some(factor)) => {
                Delay::Exponential(Exponential { base, cap: cap.max(base), factor, jitter })
            }
            (delay, _) => delay,
        };
        Self { delay, ..self }
    }

    /// All but the functions, and the ramp.
    fn numbers(&self) -> impl PartialEq + use<> {
        let Policy { consecutive_failures, failures, minimum_calls, .. } = self.policy;
        let rates = (self.policy.failure_rate, self.policy.slow_call_rate, minimum_calls);
        let counted = (consecutive_failures, failures, rates, self.window, self.slow_limit);
        let opening = (self.growth(), self.delay.jitter(), self.seed, self.longest_open);
        (counted, opening, self.abandoned_millis, self.probes, self.lease, self.switches)
    }

    /// The seed's bits; zero if there is none.
    pub(crate) fn seed_bits(&self) -> u32 {
        self.seed.map_or(0, NonZeroU32::get)
    }

    pub(crate) fn jittered_by(self, jitter: u32, seed: u32) -> Self {
        Self { delay: self.delay.jittered_by(jitter), seed: NonZeroU32::new(seed), ..self }
    }
}

/// Settings are equal if all of them are, stripes and room included. Functions are compared by
/// their addresses. To compare with those of a breaker, see
/// [`Engine::is_configured_as`](crate::raw::Engine::is_configured_as).
///
/// # Examples
///
/// ```
/// use tripword::{Config, config};
///
/// assert_eq!(config!(consecutive_failures(5)), Config::default());
/// assert_ne!(config!(consecutive_failures(5), live()), Config::default());
/// ```
impl PartialEq for Config {
    fn eq(&self, other: &Self) -> bool {
        self.can_become(other).is_ok() && self.numbers() == other.numbers()
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
