//! The engine: one breaker's words and settings, both borrowed, and what can be done with them.

mod call;
mod near;
pub(crate) mod note;
mod packing;
pub(crate) mod reconfigure;
pub(crate) mod storage;

use crate::bits::Field;
use crate::config::shape::Shape;
use crate::config::{Config, FIXED_WORDS};
use crate::counts::Counts;
use crate::error::{ConfigError, ReconfigureError};
use crate::nanos::Nanos;
use crate::outcome::Outcome;
use crate::rules::{Answer, manual};
use crate::snapshot::Snapshot;
use crate::state::{Mode, State};
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;
use crate::transition::{Cause, Transition};
use crate::window::WindowWords;
use crate::word::cell::ControlCell;
use crate::word::{Control, Step};
use core::time::Duration;
pub(crate) use near::Near;
use note::Note;
use packing::Packed;
use reconfigure::LiveSettings;

/// The number of the layout that adopted words have, beside the tickets of a ramp.
const LAYOUT: Field = Field::new(0, 32);
const TICKET: Field = Field::new(32, 32);

/// Set in each limit that is noted: a note of zero in generation 0 would read as none.
const NOTED: u64 = 1 << 32;

/// A circuit breaker as a view of its words and its settings, both borrowed.
///
/// It allocates nothing, waits for nothing, and owns no clock: each operation takes the time as a
/// function, which is called only where the answer depends on it, and always after the state was
/// read. An operation that makes a transition returns it, once, to the caller that made it. Nothing
/// here panics.
///
/// Copies, and several engines with equal settings on the same words, are the same breaker. So are
/// engines whose settings differ only in what [`reconfigure`](Self::reconfigure) can replace, if
/// they are live: once they have been replaced, all go by the settings in the words. Engines that
/// differ in more are memory-safe and wrong, since each would misread what the other writes.
///
/// Any words are safe: whatever they hold, nothing panics or hangs, and what they say wrongly ends
/// within the times of the settings ([*Limits*](crate::docs::limits)).
///
/// # Examples
///
/// ```
/// use tripword::raw::{Engine, Word};
/// use tripword::{Config, Nanos, Outcome, State, config};
///
/// const LINK: Config = config!(consecutive_failures(2));
/// let words = [const { Word::new() }; LINK.words()];
/// let link = Engine::new(&LINK, &words)?;
///
/// let now = || Nanos::from_millis(1_000);
/// for _ in 0..2 {
///     let (decision, _) = link.admit(&now);
///     link.settle(decision.admission()?, Outcome::Failure, &now);
/// }
/// assert_eq!(link.state(&now), State::Open);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Engine<'a> {
    near: Near<'a>,
    shape: Shape,
    /// With a window, the ticket and the words of the window but the one that is near. Then those
    /// of live settings.
    rest: &'a [Word],
    config: &'a Config,
}

impl<'a> Engine<'a> {
    /// Creates a view of a breaker with the settings `config` on `words`, which may be longer than
    /// [`Config::words`] says. The breaker continues from the state that the words hold; all zero
    /// is closed and empty. To use words under other settings, replace them by new ones.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if the words are too few, or if the settings ask for another start than
    /// closed and normal, which existing words cannot be given: move the breaker instead.
    pub const fn new(config: &'a Config, words: &'a [Word]) -> Result<Self, ConfigError> {
        match config.fits_given(words.len()) {
            Ok(()) => Ok(Self::on(config, words)),
            Err(error) => Err(error),
        }
    }

    /// Creates a view of a breaker on `words` that may have been used before, by this program or by
    /// another one: only if they are new, or were adopted with the same layout. The layout of words
    /// is that of their window, their ramp, and whether their settings are live; other settings may
    /// differ.
    ///
    /// The first adoption marks the words. So adopt words from their first use on: those that only
    /// [`new`](Self::new) has used are not marked.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new), and [`ConfigError::OtherLayout`] if the words have another layout, or
    /// an unknown one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::raw::{Engine, Word};
    /// use tripword::{Config, ConfigError, config};
    ///
    /// const CALLS: Config = config!(last_calls(48), failures(3));
    /// const TIME: Config = config!(within(core::time::Duration::from_secs(1)), failures(3));
    /// let mut words = [const { Word::new() }; 64];
    ///
    /// assert!(Engine::adopt(&CALLS, &words).is_ok());
    /// let stricter = config!(last_calls(40), failures(2));
    /// assert!(Engine::adopt(&stricter, &words).is_ok());
    /// assert_eq!(Engine::adopt(&TIME, &words).unwrap_err(), ConfigError::OtherLayout);
    ///
    /// // Where no engine is on them, words of zeros are new ones.
    /// words.fill_with(Word::new);
    /// assert!(Engine::adopt(&TIME, &words).is_ok());
    /// # Ok::<(), ConfigError>(())
    /// ```
    pub fn adopt(config: &'a Config, words: &'a [Word]) -> Result<Self, ConfigError> {
        config.fits_given(words.len())?;
        let engine = Self::on(config, words);
        let are_new = engine.has_new_words();
        let (layout, ticket) = (u64::from(config.layout()), engine.ticket());
        // Relaxed: one word, whose changes are in one order by themselves.
        let mut seen = ticket.load(Relaxed);
        while LAYOUT.get(seen) == 0 && are_new {
            // Relaxed: publishes nothing but the number itself.
            // Relaxed: a lost race is decided again from the newer word alone.
            match ticket.replace(seen, LAYOUT.set(seen, layout), Relaxed, Relaxed) {
                Ok(_) => return Ok(engine),
                Err(newer) => seen = newer,
            }
        }
        if LAYOUT.get(seen) == layout { Ok(engine) } else { Err(ConfigError::OtherLayout) }
    }

    /// Whether nothing is recorded in the words of the window and of live settings. The word of a
    /// window beside the control word is not zero any more afterwards, so that an engine without a
    /// window, whose ticket is there, finds it used.
    fn has_new_words(self) -> bool {
        let (beside, unused) = (self.near.beside(), self.config.window.unused());
        // Relaxed: only whether it is zero matters; at worst, words that another thread adopts and
        // writes at the same time are refused.
        let is_zero = |word: &Word| word.load(Relaxed) == 0;
        let mut rest = self.rest[..self.config.words() - FIXED_WORDS].iter();
        if !self.shape.has_window() {
            return rest.all(is_zero);
        }
        // The ticket says by itself what it holds.
        if !rest.skip(1).all(is_zero) {
            return false;
        }
        // Relaxed: one word, as above.
        let mut seen = beside.load(Relaxed);
        while seen == 0 {
            // Relaxed: publishes nothing but itself.
            // Relaxed: a lost race is judged by the newer word alone.
            match beside.replace(0, unused, Relaxed, Relaxed) {
                Ok(_) => seen = unused,
                Err(newer) => seen = newer,
            }
        }
        seen == unused
    }

    /// A view of words that are enough.
    pub(crate) const fn on(config: &'a Config, words: &'a [Word]) -> Self {
        match words.split_first_chunk() {
            Some((fixed, rest)) => Self { near: Near(fixed), shape: config.shape(), rest, config },
            None => panic!("fewer words than every breaker has"),
        }
    }

    /// Returns the current settings.
    #[must_use]
    pub fn config(self) -> Config {
        *self.settings(&mut None)
    }

    /// The current settings, which each operation reads once, so that it never sees a mix of old
    /// and new ones. `replaced` holds them if they are not those that the breaker was built with.
    #[inline]
    fn settings<'s>(self, replaced: &'s mut Option<Config>) -> &'s Config
    where
        'a: 's,
    {
        if self.shape.is_live() {
            replaced.insert(replaced_settings(self.config, self.rest))
        } else {
            self.config
        }
    }

    fn live_settings(self) -> LiveSettings<'a> {
        LiveSettings(live_words(self.config, self.rest))
    }

    /// The outcome recorded for a call that panicked.
    pub(crate) fn outcome_of_a_panic(self) -> Outcome {
        if self.settings(&mut None).counts_panics() { Outcome::Failure } else { Outcome::Ignored }
    }

    /// Replaces the settings; see
    /// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure).
    ///
    /// # Errors
    ///
    /// [`ReconfigureError`] says why nothing was replaced.
    pub fn reconfigure(
        self,
        config: Config,
        now: &impl Fn() -> Nanos,
    ) -> Result<Option<Transition>, ReconfigureError> {
        self.can_reconfigure(&config)?;
        let replaced = self.live_settings().publish(Packed::of(&config), self.config)?;
        let probing = |of: &Config| (of.probes, of.lease, of.lease_expiry());
        if probing(&replaced) == probing(&config) {
            return Ok(None);
        }
        Ok(self.move_manually(|word| manual::restart_probing(word, now)))
    }

    /// Checks whether the settings can be replaced by `config`, without doing it.
    ///
    /// # Errors
    ///
    /// As [`reconfigure`](Self::reconfigure), except [`ReconfigureError::Busy`], which cannot be
    /// predicted.
    pub fn can_reconfigure(self, config: &Config) -> Result<(), ReconfigureError> {
        if self.config.is_live() {
            self.config.can_become(config)
        } else {
            Err(ReconfigureError::NotLive)
        }
    }

    /// Returns whether the current settings equal `config`, apart from the state and the mode to
    /// start in.
    #[must_use]
    pub fn is_configured_as(self, config: &Config) -> bool {
        let same_where_fixed = self.config.can_become(config).is_ok();
        same_where_fixed && Packed::of(&self.config()) == Packed::of(config)
    }

    /// Opens for the configured time; see [`CircuitBreaker::trip`](crate::CircuitBreaker::trip).
    pub fn trip(self, now: &impl Fn() -> Nanos) -> Option<Transition> {
        let settings = &self.config();
        self.move_manually(|word| manual::trip(word, settings, now()))
    }

    /// Opens for `wait`; see [`CircuitBreaker::trip_for`](crate::CircuitBreaker::trip_for).
    pub fn trip_for(self, wait: Duration, now: &impl Fn() -> Nanos) -> Option<Transition> {
        let settings = &self.config();
        self.move_manually(|word| manual::trip_for(word, settings, wait, now()))
    }

    /// Moves to half-open, so that probes decide; see
    /// [`CircuitBreaker::half_open`](crate::CircuitBreaker::half_open).
    pub fn half_open(self, now: &impl Fn() -> Nanos) -> Option<Transition> {
        self.move_manually(|word| manual::half_open(word, self.config, now()))
    }

    /// Closes; see [`CircuitBreaker::close`](crate::CircuitBreaker::close).
    pub fn close(self, now: &impl Fn() -> Nanos) -> Option<Transition> {
        self.move_manually(|word| manual::close(word, now()))
    }

    /// Closes and forgets all counts; see [`CircuitBreaker::reset`](crate::CircuitBreaker::reset).
    /// Returns no transition if the circuit was closed.
    pub fn reset(self, now: &impl Fn() -> Nanos) -> Option<Transition> {
        self.move_manually(|word| manual::reset(word, now()))
            .filter(|transition| transition.from != transition.to)
    }

    fn move_manually(self, rule: impl FnMut(Control) -> Step<Answer<()>>) -> Option<Transition> {
        let ((), transition) = self.update(rule);
        transition
    }

    /// Sets the mode and returns the previous one.
    pub fn set_mode(self, mode: Mode) -> Mode {
        self.control().update(|word| manual::set_mode(word, mode))
    }

    /// Returns the mode.
    #[must_use]
    pub fn mode(self) -> Mode {
        self.control().load().mode()
    }

    /// Returns the state as of now; see [`CircuitBreaker::state`](crate::CircuitBreaker::state).
    pub fn state(self, now: &impl Fn() -> Nanos) -> State {
        let (word, mut replaced) = (self.control().load(), None);
        let settings = self.settings(&mut replaced);
        word.state_at(settings.ramp(), settings.longest_open, now)
    }

    /// Returns the state that was entered last, whatever the time: an open circuit whose deadline
    /// has passed is still open here, until a call moves it.
    #[must_use]
    pub fn entered(self) -> State {
        self.control().load().state()
    }

    /// Returns a point-in-time snapshot; see
    /// [`CircuitBreaker::snapshot`](crate::CircuitBreaker::snapshot).
    pub fn snapshot(self, now: &impl Fn() -> Nanos) -> Snapshot {
        let word = self.control().load();
        let since = Note(self.near.since()).read(word.generation());
        let since = since.map(Nanos::from_millis);
        let now = now();
        let settings = &self.config();
        let cause = self.cause_of(settings, word.generation());
        let counts = self.counts(settings, word, now);
        Snapshot::new(word, settings, since, cause, counts, now)
    }

    /// What the window holds, if its generation still counts.
    fn counts(self, settings: &Config, word: Control, now: Nanos) -> Counts {
        match word.state() {
            State::Closed | State::Recovering => {
                settings.window.counts(self.window_words(), word.generation(), now)
            }
            State::Open | State::HalfOpen => Counts::NONE,
        }
    }

    /// The noted cause of `generation`. Its limit is that of the settings, unless they may have
    /// been replaced since.
    fn cause_of(self, settings: &Config, generation: u16) -> Option<Cause> {
        let noted = Note(self.near.cause()).read(generation)?;
        let limit = if self.config.is_live() {
            Some(Note(self.live_settings().limit()).read(generation)? as u32)
        } else {
            None
        };
        Cause::from_bits(noted, limit, &settings.policy)
    }

    /// Applies `rule` to the control word, and notes the transition if that made one.
    #[inline]
    fn update<T>(self, rule: impl FnMut(Control) -> Step<Answer<T>>) -> Answer<T> {
        let (answer, transition) = self.control().update(rule);
        if let Some(transition) = &transition {
            self.note(transition);
        }
        (answer, transition)
    }

    #[cold]
    fn note(self, transition: &Transition) {
        let write = |word, figure| Note(word).write(self.control(), transition, figure);
        write(self.near.since(), transition.at.as_millis());
        if self.config.is_live() {
            let limit = u64::from(transition.cause.limit());
            write(self.live_settings().limit(), NOTED | limit);
        }
        write(self.near.cause(), transition.cause.bits());
    }

    #[inline]
    fn control(self) -> ControlCell<'a> {
        self.near.control()
    }

    #[inline]
    fn window_words(self) -> WindowWords<'a> {
        WindowWords { near: self.near.beside(), rest: self.rest }
    }

    /// How many calls have come to a ramp, and the layout of the words.
    fn ticket(self) -> &'a Word {
        if self.shape.has_window() { &self.rest[0] } else { self.near.beside() }
    }
}

/// Given parts, since a whole engine would be passed in memory, and be stored there on every call.
#[cold]
#[inline(never)]
fn replaced_settings(config: &Config, rest: &[Word]) -> Config {
    LiveSettings(live_words(config, rest)).current(config)
}

fn live_words<'a>(config: &Config, rest: &'a [Word]) -> &'a [Word] {
    &rest[config.window.words()..]
}
