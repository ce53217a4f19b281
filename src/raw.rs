//! The engine, for embedding: a breaker without a clock, an observer or a guard.
//!
//! Whoever embeds it brings the time as a function, which is called only where an answer depends on it and always after the state was
//! read; gets each transition as a value, once, from the call that made it; and settles each [`Admission`] at most once.
//!
//! ```
//! use tripword::raw::{RawBreaker, Word};
//! use tripword::{Nanos, Outcome, State, config};
//!
//! static WORDS: [Word; 4] = [const { Word::new() }; 4];
//!
//! let link = RawBreaker::on(config!(consecutive_failures(2)), &WORDS)?;
//!
//! let now = || Nanos::from_millis(1_000);
//! for _ in 0..2 {
//!     let admission = link.try_acquire(now).decision.admission()?;
//!     link.settle(admission, Outcome::Failure, now);
//! }
//! assert_eq!(link.state(now), State::Open);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod call;

pub use crate::machine::admission::Admission;
pub use crate::machine::admit::{Acquired, Decision};
pub use crate::machine::settle::Settled;
pub use crate::sync::Word;
#[cfg(all(counting, feature = "std"))]
pub use crate::sync::counted::{Access, AccessKind, Accesses, counted, traced};

use crate::config::Config;
use crate::counts::Counts;
use crate::error::{ConfigError, ReconfigureError};
use crate::live::{Live, Packed};
use crate::machine::hand;
use crate::nanos::Nanos;
use crate::outcome::Outcome;
use crate::snapshot::Snapshot;
use crate::state::cell::{Cell, Step};
use crate::state::control::Control;
use crate::state::note::Note;
use crate::state::{Cause, Mode, State, Transition};
use crate::sync::const_unless_loom;
use crate::words::Words;
use core::time::Duration;

/// Set in each limit that is noted: a note of zero in generation 0 would read as none.
const NOTED: u64 = 1 << 32;

/// A circuit breaker of a few atomic words and its settings. It allocates nothing, waits for nothing and owns no clock.
#[derive(Debug)]
pub struct RawBreaker {
    words: Words,
    config: Config,
}

impl RawBreaker {
    const_unless_loom! {
        /// A breaker that keeps its words in itself, and so has no window.
        ///
        /// # Errors
        ///
        /// [`ConfigError::TooFewWords`] if the settings have a window or can be replaced: give them words ([`on`](Self::on)), or let them
        /// have a box (`boxed`, with the feature `alloc`).
        pub const fn new(config: Config) -> Result<Self, ConfigError> {
            match config.fits_inline() {
                Ok(()) => Ok(Self::inline(config)),
                Err(error) => Err(error),
            }
        }
    }

    const_unless_loom! {
        pub(crate) const fn inline(config: Config) -> Self {
            let control = config.first_word().bits();
            let words = Words::inline(control);
            Self { words, config }
        }
    }

    /// A breaker that keeps its words in `words`, which may be longer than [`Config::words`] says. It goes on from the state that they
    /// hold; all zero is closed and empty.
    ///
    /// Two breakers on the same words are memory-safe, and wrong: each would settle what the other admitted by its own settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TooFewWords`] says how many are needed; [`ConfigError::StartsOnWords`] that the settings name another state to start
    /// in than closed, or another mode than the normal one, which these words cannot be set to: move the breaker by hand.
    pub const fn on(config: Config, words: &'static [Word]) -> Result<Self, ConfigError> {
        match config.fits_given(words.len()) {
            Ok(()) => Ok(Self::in_static(config, words)),
            Err(error) => Err(error),
        }
    }

    /// What [`breaker!`](crate::breaker!) makes, after the compiler has checked that the words are enough. Use that: it can have a clock
    /// and an observer.
    #[doc(hidden)]
    pub const fn in_static(config: Config, words: &'static [Word]) -> Self {
        let words = Words::given(words);
        Self { words, config }
    }

    /// A breaker that keeps the words of its window, if it has one, in a box.
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed(config: Config) -> Self {
        if config.fits_inline().is_ok() {
            return Self::inline(config);
        }
        let control = config.first_word().bits();
        let words = Words::boxed(control, config.words());
        Self { words, config }
    }

    /// The settings that hold now. Taken once for each operation, which so goes by one whole set.
    pub fn config(&self) -> Config {
        match self.config.is_live() {
            true => self.replaced_config(),
            false => self.config,
        }
    }

    /// Those that took the place of the settings that the breaker was built with, if any did.
    #[cold]
    fn replaced_config(&self) -> Config {
        Live(self.live_words()).settings(&self.config)
    }

    /// What a call came to that ended in a panic.
    pub(crate) fn outcome_of_a_panic(&self) -> Outcome {
        match self.config().counts_panics() {
            true => Outcome::Failure,
            false => Outcome::Ignored,
        }
    }

    fn live_words(&self) -> &[Word] {
        &self.words.rest()[self.config.window.words()..]
    }

    /// Replaces the settings; see [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure).
    ///
    /// # Errors
    ///
    /// Why they were not replaced; everything is as it was then.
    pub fn reconfigure(
        &self,
        config: Config,
        mut now: impl FnMut() -> Nanos,
    ) -> Result<Option<Transition>, ReconfigureError> {
        self.can_reconfigure(&config)?;
        Live(self.live_words()).publish(Packed::of(&config))?;
        Ok(self.move_by_hand(|word| hand::restart_probing(word, &mut now)))
    }

    /// Whether the settings can be replaced by `config`, without doing it.
    ///
    /// # Errors
    ///
    /// As [`reconfigure`](Self::reconfigure), but for [`ReconfigureError::Busy`], which it cannot foresee.
    pub fn can_reconfigure(&self, config: &Config) -> Result<(), ReconfigureError> {
        match self.config.is_live() {
            true => self.config.can_become(config),
            false => Err(ReconfigureError::NotLive),
        }
    }

    /// Whether the settings that hold now are those of `config`, but for the state and the mode to start in.
    #[must_use]
    pub fn is_configured_as(&self, config: &Config) -> bool {
        let same_where_fixed = self.config.can_become(config).is_ok();
        same_where_fixed && Packed::of(&self.config()) == Packed::of(config)
    }

    /// Opens for the configured time. An open circuit stays as it is; one whose deadline has passed is given a new one.
    pub fn trip(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        let settings = self.config();
        self.move_by_hand(|word| hand::trip(word, &settings, now()))
    }

    /// Opens for `wait`; zero is legal, 17 years or more are for ever. If the circuit is open, the deadline moves, which is no
    /// transition.
    pub fn trip_for(&self, wait: Duration, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::trip_for(word, &self.config, wait, now()))
    }

    /// Lets probes decide now. Nothing changes if the circuit is half-open.
    pub fn half_open(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::half_open(word, &self.config, now()))
    }

    /// Closes. Nothing changes if the circuit is closed; a ramp is completed, and what was counted on it stays.
    pub fn close(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::close(word, now()))
    }

    /// Closes and forgets all that was counted; what is in flight will not count. No transition if the circuit was closed. The mode
    /// stays.
    pub fn reset(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::reset(word, now()))
            .filter(|transition| transition.from != transition.to)
    }

    fn move_by_hand(
        &self,
        step: impl FnMut(Control) -> Step<Option<Transition>>,
    ) -> Option<Transition> {
        let transition = self.control().update(step);
        self.note(transition.as_ref());
        transition
    }

    /// Lays `mode` over the state and returns the mode before.
    pub fn set_mode(&self, mode: Mode) -> Mode {
        self.control().update(|word| hand::set_mode(word, mode))
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        self.control().load().mode()
    }

    /// The state as of now: an open circuit whose deadline has passed is half-open, a ramp that is over is closed. Changes nothing,
    /// and says nothing of the mode.
    pub fn state(&self, now: impl FnMut() -> Nanos) -> State {
        self.control().load().state_at(self.config.ramp, now)
    }

    /// The state that was entered last, whatever the time.
    #[cfg(feature = "metrics")]
    pub(crate) fn last_entered(&self) -> State {
        self.control().load().state()
    }

    /// What can be said of the breaker now.
    pub fn snapshot(&self, mut now: impl FnMut() -> Nanos) -> Snapshot {
        let word = self.control().load();
        let since = Note(self.words.since()).read(word.generation());
        let since = since.map(Nanos::from_millis);
        let now = now();
        let settings = self.config();
        let cause = self.cause(&settings, word.generation());
        let counts = self.counts(&settings, word, now);
        Snapshot::new(word, &settings, since, cause, counts, now)
    }

    /// What the window holds, if its generation still counts.
    fn counts(&self, settings: &Config, word: Control, now: Nanos) -> Counts {
        match word.state() {
            State::Closed | State::Recovering => {
                let words = self.words.rest();
                settings.window.counts(words, word.generation(), now)
            }
            State::Open | State::HalfOpen => Counts::NONE,
        }
    }

    /// What was noted of why `generation` began. A limit is that of the settings, unless they may have been replaced since.
    fn cause(&self, settings: &Config, generation: u16) -> Option<Cause> {
        let noted = Note(self.words.cause()).read(generation)?;
        let limit = match self.config.is_live() {
            true => Some(Note(Live(self.live_words()).limit()).read(generation)? as u32),
            false => None,
        };
        Cause::from_bits(noted, limit, &settings.policy)
    }

    #[inline]
    fn note(&self, transition: Option<&Transition>) {
        if let Some(transition) = transition {
            self.write_notes(transition);
        }
    }

    #[cold]
    fn write_notes(&self, transition: &Transition) {
        let write = |word, figure| Note(word).write(self.control(), transition, figure);
        write(self.words.since(), transition.at.as_millis());
        if self.config.is_live() {
            let limit = u64::from(transition.cause.limit());
            write(Live(self.live_words()).limit(), NOTED | limit);
        }
        write(self.words.cause(), transition.cause.bits());
    }

    #[inline]
    fn control(&self) -> Cell<'_> {
        Cell(self.words.control())
    }
}
