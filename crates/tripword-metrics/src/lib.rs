//! Publishes [`tripword`] circuit breakers through the crate [`metrics`], for any exporter.
//!
//! | metric | kind | labels | meaning |
//! |---|---|---|---|
//! | `tripword_in_state` | gauge | `breaker`, `state` | 1 for the current state, 0 for the others |
//! | `tripword_in_mode` | gauge | `breaker`, `mode` | 1 for the current mode, 0 for the others |
//! | `tripword_transitions_total` | counter | `breaker`, `from`, `to`, `cause` | transitions |
//! | `tripword_opened_total` | counter | `breaker` | transitions to open |
//! | `tripword_rejections_total` | counter | `breaker`, `reason` | refused calls |
//! | `tripword_shadowed_total` | counter | `breaker` | calls that only [`Mode::Shadow`] let pass |
//!
//! The values of `state`, `mode`, `reason` and `cause` are what [`State::label`], [`Mode::label`],
//! [`Reason::label`] and [`Cause::label`] return. The state is the one that was entered last: a
//! circuit reads as open until a call comes after its deadline.
//!
//! The gauges are numbers of breakers: where several breakers of one name are alive, their sum is
//! published. Once none is, all are 0. A transition decrements one gauge and then increments
//! another, so a scrape in between may find a breaker in no state, but none in a state that it has
//! left.
//!
//! [`State::label`]: tripword::State::label
//! [`Reason::label`]: tripword::Reason::label
//! [`Cause::label`]: tripword::Cause::label
//!
//! # Names
//!
//! Each name costs 14 series, and one more for each kind of transition. The first 1,000 names
//! become labels ([`Metrics::at_most`]); all others are published together as `other`. A label is
//! never given back, since exporters retain a series. So where names come and go without bound,
//! such as those of users, the first ones take all labels: observe only the breakers of a bounded
//! set of names. A name becomes a label as it is; the exporter escapes what its format wants.
//!
//! # Alerts and costs
//!
//! To find a breaker that was forced and forgotten, alert on
//! `tripword_in_mode{mode!="normal"} == 1` for a day.
//!
//! A call that succeeds or fails publishes nothing and costs nothing here. A refusal costs one
//! counter, and a transition a look-up of its labels. Install the exporter before you make the
//! first observer: metrics that were made without one are discarded.
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `portable-atomic` | no | 64-bit atomics on targets that have none |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod handles;
mod sync;

pub use tripword;

use handles::{
    Handles, IN_MODE, IN_STATE, MODES, OPENED, REJECTIONS, SHADOWED, STATES, TRANSITIONS,
    move_between, place_of,
};
use metrics::{describe_counter, describe_gauge};
use papaya::HashMap;
use std::fmt::{self, Display};
use std::sync::{Arc, OnceLock};
use sync::{Newest, Number, Place};
use tripword::{CircuitBreaker, Clock, Mode, Observer, Rejected, Transition};

/// The most names that become labels, unless [`Metrics::at_most`] sets it.
const DEFAULT_NAMES: usize = 1_000;

/// The label of all other names.
const OTHER: &str = "other";

/// The metrics of many breakers. Makes an observer for each.
///
/// The first 1,000 names become labels ([`at_most`](Self::at_most)); all others are published
/// together as `other`, where a gauge is a sum, such as the number of open circuits. See
/// [*Names*](crate#names). Do not name a breaker `other`.
///
/// # Examples
///
/// The breakers of a registry:
///
/// ```
/// use tripword_metrics::Metrics;
/// use tripword_registry::Registry;
///
/// let metrics = Metrics::new().at_most(200);
/// let registry = Registry::builder()
///     .observed_by(move |name, breaker| metrics.observe(name, breaker))
///     .build();
/// assert!(registry.get_or_create("payments").try_acquire().is_ok());
/// ```
pub struct Metrics {
    /// Each name is decided on once, by one of the threads that bring it.
    named: HashMap<String, Arc<OnceLock<Arc<Handles>>>>,
    other: OnceLock<Arc<Handles>>,
    max_labels: usize,
    labels: Number,
}

impl Metrics {
    /// Returns metrics of up to 1,000 names, and describes each metric to the exporter.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    /// use tripword_metrics::Metrics;
    ///
    /// let metrics = Metrics::new();
    /// let observer = metrics.observe("payments", &CircuitBreaker::default());
    /// assert_eq!(format!("{observer:?}"), r#"BreakerMetrics { breaker: "payments", .. }"#);
    /// ```
    #[must_use]
    pub fn new() -> Self {
        describe_gauge!(IN_STATE, "1 for the current state of the circuit");
        describe_gauge!(IN_MODE, "1 for the current mode of the breaker");
        describe_counter!(TRANSITIONS, "Transitions of the circuit");
        describe_counter!(OPENED, "Transitions of the circuit to open");
        describe_counter!(REJECTIONS, "Calls that were refused");
        describe_counter!(SHADOWED, "Calls that only the shadow mode let pass");
        Self {
            named: HashMap::new(),
            other: OnceLock::new(),
            max_labels: DEFAULT_NAMES,
            labels: Number::default(),
        }
    }

    /// Limits the labels to the first `names`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    /// use tripword_metrics::Metrics;
    ///
    /// let metrics = Metrics::new().at_most(1);
    /// let breaker = CircuitBreaker::default();
    /// let label = |name| format!("{:?}", metrics.observe(name, &breaker));
    /// assert!(label("payments").contains("payments"));
    /// assert!(label("search").contains("other"));
    /// ```
    #[must_use]
    pub fn at_most(self, names: usize) -> Self {
        Self { max_labels: names, ..self }
    }

    /// Returns an observer for `breaker`. Attach it before the breaker is used: what happens in
    /// between is not published. A name that comes again continues its metrics.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    /// use tripword_metrics::Metrics;
    ///
    /// let metrics = Metrics::new();
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let observer = metrics.observe("payments", &breaker);
    /// let payments = breaker.observed_by(observer);
    /// assert_eq!(payments.call(|| Ok::<_, ()>(42)), Ok(42));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn observe<C: Clock, O: Observer>(
        &self,
        name: &(impl Display + ?Sized),
        breaker: &CircuitBreaker<C, O>,
    ) -> BreakerMetrics {
        let handles = self.handles(name.to_string());
        let state = place_of(breaker.engine().entered(), &STATES);
        let mode = place_of(breaker.mode(), &MODES);
        handles.in_state[state].increment(1.0);
        handles.in_mode[mode].increment(1.0);
        BreakerMetrics {
            handles,
            state: Newest::new(breaker.snapshot().generation, state),
            mode: Place::new(mode),
        }
    }

    fn handles(&self, name: String) -> Arc<Handles> {
        let named = self.named.pin();
        let decided = named.get_or_insert_with(name.clone(), Arc::default);
        let handles = decided.get_or_init(|| self.decide(&name)).clone();
        let other = self.other.get();
        if other.is_some_and(|other| Arc::ptr_eq(&handles, other)) {
            // Names that did not become labels are not stored.
            let _ = named.remove_if(&name, |_, current| Arc::ptr_eq(current, decided));
        }
        handles
    }

    /// Returns the metrics of a new name: its own if it becomes a label, else those of the others.
    fn decide(&self, name: &str) -> Arc<Handles> {
        if self.labels.take_below(self.max_labels) {
            Arc::new(Handles::new(name))
        } else {
            let other = || Arc::new(Handles::new(OTHER));
            self.other.get_or_init(other).clone()
        }
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
            .field("max_labels", &self.max_labels)
            .finish_non_exhaustive()
    }
}

/// The observer of one breaker, from [`Metrics::observe`]. When it is dropped with its breaker, the
/// state and the mode leave the gauges.
///
/// Threads may notify it in any order. The gauges show the newest state: a transition that is
/// reported late is counted, and moves no gauge. Modes have no order, so while a change of mode is
/// not reported, the gauges show the mode before it.
pub struct BreakerMetrics {
    handles: Arc<Handles>,
    /// The place of the state in [`STATES`].
    state: Newest,
    /// The place of the mode in [`MODES`].
    mode: Place,
}

impl Observer for BreakerMetrics {
    fn on_transition(&self, transition: &Transition) {
        let to = place_of(transition.to, &STATES);
        if let Some(from) = self.state.enter(transition.generation, to) {
            move_between(&self.handles.in_state, from, to);
        }
        self.handles.count_transition(transition);
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.handles.count_refusal(rejected);
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        let (from, to) = (place_of(from, &MODES), place_of(to, &MODES));
        let (before, after) = self.mode.shift(from, to);
        move_between(&self.handles.in_mode, before, after);
    }
}

impl Drop for BreakerMetrics {
    fn drop(&mut self) {
        self.handles.in_state[self.state.get()].decrement(1.0);
        self.handles.in_mode[self.mode.get()].decrement(1.0);
    }
}

impl fmt::Debug for BreakerMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerMetrics")
            .field("breaker", &self.handles.breaker)
            .finish_non_exhaustive()
    }
}
