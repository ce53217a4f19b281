//! An observer that publishes what it hears through the crate `metrics`, for whichever exporter is installed.
//!
//! | metric | kind | labels | what it is |
//! |---|---|---|---|
//! | `tripword_state` | gauge | `breaker` | 0 closed, 1 open, 2 half-open, 3 recovering |
//! | `tripword_in_state` | gauge | `breaker`, `state` | 1 for the state that the circuit is in, 0 for the others |
//! | `tripword_transitions_total` | counter | `breaker`, `from`, `to`, `cause` | moves of the circuit |
//! | `tripword_opened_total` | counter | `breaker` | moves to open |
//! | `tripword_refusals_total` | counter | `breaker`, `reason` | calls that were refused |
//! | `tripword_shadowed_total` | counter | `breaker` | calls that [`Mode::Shadow`](crate::Mode::Shadow) passed and that would have been refused |
//!
//! The state is the one that was last entered: an open circuit is open until a call comes after its deadline.
//!
//! A call that succeeds or fails costs nothing for it; a refusal costs a count; a transition looks up its labels. Install the exporter before
//! breakers are observed: what was made without one stays silent.

mod handles;
mod labels;

use crate::error::Rejected;
use crate::observer::Observer;
use crate::state::{State, Transition};
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
/// breakers beyond are published together as `other`, where a gauge is a sum: how many of them are open.
///
/// ```
/// # #[cfg(feature = "registry")] {
/// use tripword::metrics::Metrics;
/// use tripword::registry::Registry;
///
/// let metrics = Metrics::new().at_most(200);
/// let registry = Registry::builder()
///     .observed_by(move |name, breaker| metrics.observe(name, breaker.state()))
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
/// let observer = Metrics::new().observe("payments", breaker.state());
/// let breaker = breaker.observed_by(observer);
/// # let _ = breaker;
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub struct Metrics {
    named: HashMap<String, Arc<Handles>>,
    other: OnceLock<Arc<Handles>>,
    most: usize,
    /// Names that became labels, or are about to.
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

    /// The observer of the breaker `name`, which is in `state` now. A name that comes again goes on with its metrics.
    pub fn observe(&self, name: &(impl Display + ?Sized), state: State) -> BreakerMetrics {
        BreakerMetrics::new(self.handles(name.to_string()), state)
    }

    fn handles(&self, name: String) -> Arc<Handles> {
        let named = self.named.pin();
        if let Some(handles) = named.get(&name) {
            return handles.clone();
        }
        if !self.take_label() {
            return self
                .other
                .get_or_init(|| Arc::new(Handles::new(OTHER)))
                .clone();
        }
        let handles = Arc::new(Handles::new(&name));
        match named.try_insert(name, handles) {
            Ok(inserted) => inserted.clone(),
            Err(occupied) => {
                self.give_label_back();
                occupied.current.clone()
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

    fn give_label_back(&self) {
        // Relaxed: one word, which only counts.
        self.taken.fetch_add(1_u64.wrapping_neg(), Relaxed);
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

/// The observer of one breaker, from [`Metrics::observe`]. When it is dropped with its breaker, its state leaves the gauges.
///
/// Threads may tell their transitions in any order. So a gauge is not set, but moved by each transition: whatever the order, it ends where
/// the circuit is.
pub struct BreakerMetrics {
    handles: Arc<Handles>,
    /// The number of the state, as the sum of all moves.
    state: Word,
}

impl BreakerMetrics {
    fn new(handles: Arc<Handles>, state: State) -> Self {
        handles.enter(state);
        let state = Word::of(labels::number(state));
        Self { handles, state }
    }
}

impl Observer for BreakerMetrics {
    fn on_transition(&self, transition: &Transition) {
        let (from, to) = (transition.from, transition.to);
        let step = labels::number(to).wrapping_sub(labels::number(from));
        // Relaxed: one word; it is read when no thread tells any more.
        self.state.fetch_add(step, Relaxed);
        self.handles.leave(from);
        self.handles.enter(to);
        self.handles.count(transition);
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.handles.refuse(*rejected);
    }
}

impl Drop for BreakerMetrics {
    fn drop(&mut self) {
        // Relaxed: nobody else has it any more.
        if let Some(state) = labels::state(self.state.load(Relaxed)) {
            self.handles.leave(state);
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
