//! An observer that publishes what it hears through the crate `metrics`, for whichever exporter is installed.
//!
//! | metric | kind | labels | what it is |
//! |---|---|---|---|
//! | `tripword_state` | gauge | `breaker` | 0 closed, 1 open, 2 half-open, 3 recovering |
//! | `tripword_in_state` | gauge | `breaker`, `state` | 1 for the state that the circuit is in, 0 for the others |
//! | `tripword_in_mode` | gauge | `breaker`, `mode` | 1 for the mode that lies over the state, 0 for the others |
//! | `tripword_transitions_total` | counter | `breaker`, `from`, `to`, `cause` | moves of the circuit |
//! | `tripword_opened_total` | counter | `breaker` | moves to open |
//! | `tripword_rejections_total` | counter | `breaker`, `reason` | calls that were refused |
//! | `tripword_shadowed_total` | counter | `breaker` | calls that [`Mode::Shadow`] passed and that would have been refused |
//!
//! The state is the one that was last entered: an open circuit is open until a call comes after its deadline.
//!
//! An alert on a breaker that was forced and forgotten: `tripword_in_mode{mode!="normal"} == 1` for a day.
//!
//! A call that succeeds or fails costs nothing for it; a refusal costs a count; a transition looks up its labels. Install the exporter before
//! breakers are observed: what was made without one stays silent.

mod handles;
mod labels;

use crate::breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::error::Rejected;
use crate::observer::Observer;
use crate::state::{Mode, State, Transition};
use crate::sync::Ordering::Relaxed;
use crate::sync::Word;
use core::fmt::{self, Display};
use handles::Handles;
use papaya::HashMap;
use std::string::{String, ToString};
use std::sync::{Arc, OnceLock};

/// How many names become labels unless a setting says otherwise.
const DEFAULT_NAMES: usize = 1_000;
/// The label of all names beyond.
const OTHER: &str = "other";

/// The metrics of many breakers, which makes an observer for each. Only so many names become labels (1,000 unless it is told otherwise); the
/// breakers beyond are published together as `other`, where a gauge is a sum, such as how many of them are open; that of the state's
/// number, whose sum says nothing, is left out. Name no breaker `other`.
///
/// ```
/// # #[cfg(feature = "registry")] {
/// use tripword::metrics::Metrics;
/// use tripword::registry::Registry;
///
/// let metrics = Metrics::new().at_most(200);
/// let registry = Registry::builder()
///     .observed_by(move |name, breaker| metrics.observe(name, breaker))
///     .build();
/// registry.get_or_create("payments").trip();
/// # }
/// ```
///
/// A breaker on its own:
///
/// ```
/// use tripword::CircuitBreaker;
/// use tripword::metrics::Metrics;
///
/// let breaker = CircuitBreaker::builder().build()?;
/// let observer = Metrics::new().observe("payments", &breaker);
/// let breaker = breaker.observed_by(observer);
/// # let _ = breaker;
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub struct Metrics {
    /// Each name is decided on once, by one of the threads that come with it.
    named: HashMap<String, Arc<OnceLock<Arc<Handles>>>>,
    other: OnceLock<Arc<Handles>>,
    most: usize,
    /// Names that became labels.
    taken: Word,
}

impl Metrics {
    /// Metrics of up to 1,000 names.
    #[must_use]
    pub fn new() -> Self {
        handles::describe();
        Self {
            named: HashMap::new(),
            other: OnceLock::new(),
            most: DEFAULT_NAMES,
            taken: Word::new(),
        }
    }

    /// Lets the first `names` become labels, and no more.
    #[must_use]
    pub fn at_most(self, names: usize) -> Self {
        Self {
            most: names,
            ..self
        }
    }

    /// An observer for `breaker`, to be set before it is used: what it does in between is not seen. A name that comes again goes on with
    /// its metrics.
    pub fn observe<C: Clock, O: Observer>(
        &self,
        name: &(impl Display + ?Sized),
        breaker: &CircuitBreaker<C, O>,
    ) -> BreakerMetrics {
        let handles = self.handles(name.to_string());
        BreakerMetrics::new(handles, breaker.raw().last_entered(), breaker.mode())
    }

    fn handles(&self, name: String) -> Arc<Handles> {
        let named = self.named.pin();
        let decided = named.get_or_insert_with(name.clone(), Arc::default);
        let handles = decided.get_or_init(|| self.decide(&name)).clone();
        let other = self.other.get();
        if other.is_some_and(|other| Arc::ptr_eq(&handles, other)) {
            // Names that are no labels are not kept.
            let _ = named.remove_if(&name, |_, now| Arc::ptr_eq(now, decided));
        }
        handles
    }

    fn decide(&self, name: &str) -> Arc<Handles> {
        match self.take_label() {
            true => Arc::new(Handles::of_one(name)),
            false => {
                let other = || Arc::new(Handles::of_many(OTHER));
                self.other.get_or_init(other).clone()
            }
        }
    }

    /// Whether another name may become a label.
    fn take_label(&self) -> bool {
        // Relaxed: one word, which only counts.
        let mut taken = self.taken.load(Relaxed);
        while taken < self.most as u64 {
            // Relaxed: one word, which only counts.
            match self.taken.replace(taken, taken + 1, Relaxed, Relaxed) {
                Ok(_) => return true,
                Err(newer) => taken = newer,
            }
        }
        false
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics")
            .field("names", &self.named.len())
            .field("most", &self.most)
            .finish_non_exhaustive()
    }
}

/// The observer of one breaker, from [`Metrics::observe`]. When it is dropped with its breaker, its state and its mode leave the
/// gauges.
///
/// Threads may tell what they did in any order. So a gauge is not set, but moved by each transition: whatever the order, it ends where
/// the circuit is.
pub struct BreakerMetrics {
    handles: Arc<Handles>,
    /// The number of the state, as the sum of all moves.
    state: Word,
    /// Likewise, the place of the mode.
    mode: Word,
}

impl BreakerMetrics {
    fn new(handles: Arc<Handles>, state: State, mode: Mode) -> Self {
        handles.enter(state);
        handles.enter_mode(mode);
        let state = Word::of(labels::number(state));
        let mode = Word::of(labels::place(mode));
        Self {
            handles,
            state,
            mode,
        }
    }
}

/// Moves a number by what lies between two.
fn shift(number: &Word, from: u64, to: u64) {
    // Relaxed: one word; it is read when no thread tells any more.
    number.fetch_add(to.wrapping_sub(from), Relaxed);
}

impl Observer for BreakerMetrics {
    fn on_transition(&self, transition: &Transition) {
        let (from, to) = (transition.from, transition.to);
        shift(&self.state, labels::number(from), labels::number(to));
        self.handles.leave(from);
        self.handles.enter(to);
        self.handles.count(transition);
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.handles.refuse(*rejected);
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        shift(&self.mode, labels::place(from), labels::place(to));
        self.handles.leave_mode(from);
        self.handles.enter_mode(to);
    }
}

impl Drop for BreakerMetrics {
    fn drop(&mut self) {
        // Relaxed: nobody else has it any more.
        if let Some(state) = labels::state(self.state.load(Relaxed)) {
            self.handles.leave(state);
        }
        // Relaxed: nobody else has it any more.
        if let Some(mode) = labels::mode(self.mode.load(Relaxed)) {
            self.handles.leave_mode(mode);
        }
    }
}

impl fmt::Debug for BreakerMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerMetrics")
            .field("breaker", &self.handles.breaker())
            .finish_non_exhaustive()
    }
}
