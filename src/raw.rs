//! The engine, for embedding: a breaker without a clock, an observer or a guard.
//!
//! Whoever embeds it brings the time as a function, which is called only where an answer depends on it and always after the state was
//! read; gets each transition as a value, once, from the call that made it; and settles each [`Admission`] at most once.
//!
//! ```
//! use tripword::raw::RawBreaker;
//! use tripword::{Nanos, Outcome, State, config};
//!
//! static LINK: RawBreaker = RawBreaker::new(config!(consecutive_failures(2)));
//!
//! let now = || Nanos::from_millis(1_000);
//! for _ in 0..2 {
//!     let admission = LINK.try_acquire(now).verdict.admission()?;
//!     LINK.settle(admission, Outcome::Failure, now);
//! }
//! assert_eq!(LINK.state(now), State::Open);
//! # Ok::<(), tripword::Rejected>(())
//! ```

pub use crate::state::admit::{Acquired, Admission, Verdict};
pub use crate::state::settle::Settled;
pub use crate::sync::Word;

use crate::config::Config;
use crate::error::ConfigError;
use crate::nanos::Nanos;
use crate::outcome::Outcome;
use crate::snapshot::Snapshot;
use crate::state::admit::{self, Kind};
use crate::state::cell::{Cell, Step};
use crate::state::control::Control;
use crate::state::note::Note;
use crate::state::settle::{self, Finding};
use crate::state::{Mode, State, Transition, hand};
use crate::sync::Ordering::Relaxed;
use crate::sync::const_unless_loom;
use crate::words::Words;
use core::time::Duration;

/// A circuit breaker of a few atomic words and its settings. It allocates nothing, waits for nothing and owns no clock.
#[derive(Debug)]
pub struct RawBreaker {
    words: Words,
    config: Config,
}

impl RawBreaker {
    const_unless_loom! {
        /// A breaker that keeps its words in itself.
        #[must_use]
        pub const fn new(config: Config) -> Self {
            Self {
                words: Words::inline(Control::starting_in(config.start).bits()),
                config,
            }
        }
    }

    /// A breaker that keeps its words in `words`, which may be longer than [`Config::words`] says. It goes on from the state that they
    /// hold; all zero is closed and empty.
    ///
    /// Two breakers on the same words are memory-safe, and wrong: each would settle what the other admitted by its own settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TooFewWords`] says how many are needed; [`ConfigError::Start`] that the settings name another state to start in
    /// than closed, which these words cannot be set to: move the breaker by hand.
    pub const fn on(config: Config, words: &'static [Word]) -> Result<Self, ConfigError> {
        if !matches!(config.start, State::Closed) {
            return Err(ConfigError::Start {
                rule: "a breaker on given words must start closed: it goes on from the state they hold",
            });
        }
        match Words::given(words, config.words()) {
            Ok(words) => Ok(Self { words, config }),
            Err(error) => Err(error),
        }
    }

    /// The settings.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Asks for admission. On a closed breaker this is one load.
    #[inline]
    pub fn try_acquire(&self, now: impl FnMut() -> Nanos) -> Acquired {
        let word = self.control().load();
        if word.admits_all() {
            Acquired::counted(word)
        } else {
            self.decide_admission(now)
        }
    }

    #[cold]
    fn decide_admission(&self, mut now: impl FnMut() -> Nanos) -> Acquired {
        let acquired = self
            .control()
            .update(|word| admit::admit(word, &self.config, &mut now, || self.draw_ticket()));
        self.note(acquired.transition.as_ref());
        acquired
    }

    /// Settles an admission with what the call came to. A healthy success on a closed breaker is one load.
    #[inline]
    pub fn settle(
        &self,
        admission: Admission,
        outcome: Outcome,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        if outcome == Outcome::Success && self.is_healthy(admission) {
            return Settled::COUNTED;
        }
        self.decide_settlement(admission, Finding::Outcome(outcome), now)
    }

    /// Settles an admission with a failure that names the time to stay away: the circuit opens at once, for `wait`.
    pub fn settle_failure_for(
        &self,
        admission: Admission,
        wait: Duration,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        self.decide_settlement(admission, Finding::FailureFor(wait), now)
    }

    #[inline]
    fn is_healthy(&self, admission: Admission) -> bool {
        admission.kind == Kind::Counted && self.control().load().is_healthy(admission.generation)
    }

    #[cold]
    fn decide_settlement(
        &self,
        admission: Admission,
        finding: Finding,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let settled = self
            .control()
            .update(|word| settle::settle(word, &self.config, admission, finding, &mut now));
        self.note(settled.transition.as_ref());
        settled
    }

    /// Opens for the configured time. An open circuit stays as it is; one whose deadline has passed is given a new one.
    pub fn trip(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::trip(word, &self.config, now()))
    }

    /// Opens for `wait`; zero is legal, 17 years or more are for ever. If the circuit is open, the deadline moves, which is no
    /// transition.
    pub fn trip_for(&self, wait: Duration, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::trip_for(word, wait, now()))
    }

    /// Lets probes decide now. Nothing changes if the circuit is half-open.
    pub fn half_open(&self, mut now: impl FnMut() -> Nanos) -> Option<Transition> {
        self.move_by_hand(|word| hand::half_open(word, now()))
    }

    /// Closes. Nothing changes if the circuit is closed.
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

    /// What can be said of the breaker now.
    pub fn snapshot(&self, mut now: impl FnMut() -> Nanos) -> Snapshot {
        let word = self.control().load();
        let since = Note(self.words.since()).read(word.generation());
        let cause = Note(self.words.cause()).read(word.generation());
        Snapshot::new(word, &self.config, since, cause, now())
    }

    fn note(&self, transition: Option<&Transition>) {
        if let Some(transition) = transition {
            Note(self.words.since()).write(self.control(), transition, transition.at.as_millis());
            Note(self.words.cause()).write(self.control(), transition, transition.cause.bits());
        }
    }

    fn draw_ticket(&self) -> u64 {
        // Relaxed: a counter; each caller draws a number of its own, and nothing else is read on its strength.
        self.words.ticket().fetch_add(1, Relaxed)
    }

    #[inline]
    fn control(&self) -> Cell<'_> {
        Cell(self.words.control())
    }
}
