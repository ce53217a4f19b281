//! The breaker as most code meets it: the engine with a clock and an observer.

mod build;
mod call;

use crate::clock::{Clock, MonotonicClock};
use crate::config::Config;
use crate::error::{ReconfigureError, Rejected};
use crate::nanos::Nanos;
use crate::observer::{Observer, Settlement};
use crate::outcome::{Finding, Outcome};
use crate::raw::{Admission, Decision, RawBreaker, Settled};
use crate::snapshot::Snapshot;
use crate::state::{Mode, State, Transition};
use core::fmt;
use core::mem;
use core::time::Duration;

/// A circuit breaker. Share it by reference: in a `static`, a field, or an `Arc`.
///
/// Every method can be called from any thread at any time; given a clock and an observer that do not, none waits, allocates or panics.
/// (The very first reading of the [`MonotonicClock`] waits until that is set up.)
///
/// ```
/// use std::time::Duration;
/// use tripword::{CallError, CircuitBreaker, breaker};
///
/// static PAYMENTS: CircuitBreaker = breaker!(
///     consecutive_failures(5),
///     open_duration(Duration::from_secs(10)),
/// );
///
/// fn pay() -> Result<u32, std::io::Error> {
///     Ok(7)
/// }
///
/// match PAYMENTS.call(pay) {
///     Ok(receipt) => assert_eq!(receipt, 7),
///     Err(CallError::Rejected(rejected)) => println!("not now: {rejected}"),
///     Err(CallError::Inner(error)) => println!("failed: {error}"),
/// }
/// ```
pub struct CircuitBreaker<C = MonotonicClock, O = ()> {
    raw: RawBreaker,
    clock: C,
    observer: O,
}

impl<C, O> CircuitBreaker<C, O> {
    /// The settings that hold now.
    #[must_use]
    pub fn config(&self) -> Config {
        self.raw.config()
    }

    /// The engine within, for reading. What is done to it by hand is not observed.
    #[must_use]
    pub const fn raw(&self) -> &RawBreaker {
        &self.raw
    }

    /// The clock, on which [`Transition::at`] is a moment.
    #[must_use]
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// The observer.
    #[must_use]
    pub const fn observer(&self) -> &O {
        &self.observer
    }
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// What a permit is given for.
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admission, Rejected> {
        match self.raw.admit_at_once() {
            Some(admission) => Ok(admission),
            None => self.ask(),
        }
    }

    #[cold]
    fn ask(&self) -> Result<Admission, Rejected> {
        match self.raw.answer_at_once(|| self.clock.now()) {
            Some(answer) => answer.inspect_err(|rejected| self.observer.on_rejected(rejected)),
            None => self.ask_the_machine(),
        }
    }

    #[inline(never)]
    fn ask_the_machine(&self) -> Result<Admission, Rejected> {
        let acquired = self.raw.decide_admission(|| self.clock.now());
        let admission = acquired.decision.admission();
        let unless_told = admission.map(|admission| Returned(&self.raw, admission));
        self.tell_of_transition(acquired.transition.as_ref());
        if let Decision::Rejected(rejected) | Decision::Shadowed(_, rejected) = &acquired.decision {
            self.observer.on_rejected(rejected);
        }
        mem::forget(unless_told);
        admission
    }

    /// Takes an admission back for a refusal.
    #[cfg(feature = "tower")]
    pub(crate) fn withdraw(&self, admission: Admission, rejected: &Rejected) {
        drop(Returned(&self.raw, admission));
        self.observer.on_rejected(rejected);
    }

    /// What settling a permit with what was found does, however long the call took.
    #[inline]
    pub(crate) fn record(&self, admission: Admission, finding: Finding) {
        match finding {
            Finding::Outcome(outcome) => self.record_outcome(admission, outcome),
            Finding::FailureFor(_) => self.settle_in_full(admission, finding, None),
        }
    }

    #[inline]
    fn record_outcome(&self, admission: Admission, outcome: Outcome) {
        match self
            .raw
            .settle_at_once(admission, outcome, || self.clock.now())
        {
            Some(counted) => self.tell_of_outcome(outcome, &Settled::if_counted(counted), None),
            None => self.settle_in_full(admission, Finding::Outcome(outcome), None),
        }
    }

    /// What settling a permit does.
    #[inline(never)]
    pub(crate) fn settle_in_full(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
    ) {
        let settled = self.settle_and_tell(admission, finding, elapsed);
        self.tell_of_outcome(finding.outcome(), &settled, elapsed);
    }

    #[inline]
    fn tell_of_outcome(&self, outcome: Outcome, settled: &Settled, elapsed: Option<Duration>) {
        self.observer.on_outcome(&Settlement {
            outcome,
            counted: settled.counted,
            slow: settled.slow,
            elapsed,
        });
    }

    /// Settles, and tells of the transition that this made, if it made one.
    fn settle_and_tell(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
    ) -> Settled {
        let now = || self.clock.now();
        let settled = self.raw.settle_any(admission, finding, elapsed, now);
        self.tell_of_transition(settled.transition.as_ref());
        settled
    }

    /// The state as of now: an open circuit whose deadline has passed is half-open, a ramp that is over is closed. Changes nothing,
    /// and says nothing of the [`mode`](Self::mode).
    #[must_use]
    pub fn state(&self) -> State {
        self.raw.state(|| self.clock.now())
    }

    /// The refusal that a call would meet now, without making one: changes nothing and tells no observer. `None` if it would be
    /// admitted, or on a ramp may be. It is a foresight, not a promise: by the time of a call the answer may be another.
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert!(breaker.rejection().is_none());
    /// breaker.trip();
    /// let wait = breaker.rejection().and_then(|rejected| rejected.retry_after());
    /// assert!(wait.is_some(), "for a Retry-After, say");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn rejection(&self) -> Option<Rejected> {
        self.raw.rejection(|| self.clock.now())
    }

    /// The mode.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.raw.mode()
    }

    /// What can be said of the breaker now; `Display` explains it in a line.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.raw.snapshot(|| self.clock.now())
    }

    /// Opens for the configured time. An open circuit stays as it is; one whose deadline has passed, and so reads as half-open, is
    /// given a new deadline. For another time whatever the state is, see [`trip_for`](Self::trip_for).
    pub fn trip(&self) {
        self.move_by_hand(|raw, now| raw.trip(now));
    }

    /// Opens for `wait`, without jitter; zero is legal, 17 years or more are for ever. If the circuit is open, the deadline moves,
    /// which is no transition.
    pub fn trip_for(&self, wait: Duration) {
        self.move_by_hand(|raw, now| raw.trip_for(wait, now));
    }

    /// Lets probes decide now. Nothing changes if the circuit is half-open.
    pub fn half_open(&self) {
        self.move_by_hand(|raw, now| raw.half_open(now));
    }

    /// Closes. Nothing changes if the circuit is closed; a ramp is completed, and what was counted on it stays.
    pub fn close(&self) {
        self.move_by_hand(|raw, now| raw.close(now));
    }

    /// Closes and forgets all that was counted, even if the circuit is closed; what is in flight will not count. The mode stays.
    pub fn reset(&self) {
        self.move_by_hand(|raw, now| raw.reset(now));
    }

    /// Replaces the settings while the breaker is in use. No call waits for it, and each sees all of the old ones or all of the new.
    ///
    /// | setting | when it holds |
    /// |---|---|
    /// | limits, `minimum_calls`, `slow_call_duration`, `consecutive_failures` | from the next failed or slow call on; what was counted stays |
    /// | `last_calls` | at once, up to what the words of the window hold; the newest calls stay counted |
    /// | open duration, backoff, jitter, seed | when the circuit opens next; a deadline that is set stays |
    /// | probes, lease | at once; half-open begins again, in a new generation, and tells it with [`Cause::Reconfigured`](crate::Cause::Reconfigured) |
    /// | `count_panics` | at once |
    /// | `start`, `mode` | never again |
    /// | `live`, `within`, `buckets`, `stripes`, `ramp`, `trip_when`, a function as backoff, whether slow calls are judged | refused if it differs |
    ///
    /// So build the new settings with `live()`, too.
    ///
    /// Functions are compared by their addresses, and the compiler may give several to one that is named in several places. Name it
    /// once, in a `static` such as `static TRIPS: fn(&Counts) -> bool = ...;`, and give `TRIPS` to the builder each time.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError::NotLive`] if the breaker was not built with [`Builder::live`](crate::Builder::live),
    /// [`ReconfigureError::Busy`] if another thread
    /// is at it, [`ReconfigureError::Fixed`] if a setting differs that cannot. Everything is as it was then.
    ///
    /// ```
    /// use tripword::{CircuitBreaker, config};
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(5).live().build()?;
    /// breaker.reconfigure(config!(consecutive_failures(3), live()))?;
    /// assert_eq!(breaker.snapshot().consecutive_failure_limit, 3);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reconfigure(&self, config: Config) -> Result<(), ReconfigureError> {
        let transition = self.raw.reconfigure(config, || self.clock.now())?;
        self.tell_of_transition(transition.as_ref());
        Ok(())
    }

    /// Lays `mode` over the state. Setting [`Mode::Normal`] shows again what is below.
    pub fn set_mode(&self, mode: Mode) {
        let before = self.raw.set_mode(mode);
        if before != mode {
            self.observer.on_mode(before, mode);
        }
    }

    fn move_by_hand(
        &self,
        step: impl FnOnce(&RawBreaker, &dyn Fn() -> Nanos) -> Option<Transition>,
    ) {
        let transition = step(&self.raw, &|| self.clock.now());
        self.tell_of_transition(transition.as_ref());
    }

    #[inline]
    fn tell_of_transition(&self, transition: Option<&Transition>) {
        if let Some(transition) = transition {
            self.observer.on_transition(transition);
        }
    }
}

impl<C, O> fmt::Debug for CircuitBreaker<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CircuitBreaker")
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

/// The admission of a call that is not made after all: given back, and nobody is told of an outcome.
struct Returned<'a>(&'a RawBreaker, Admission);

impl Drop for Returned<'_> {
    #[cold]
    fn drop(&mut self) {
        // The time of what is ignored does not matter, and the clock might panic, too.
        let _ = self.0.settle(self.1, Outcome::Ignored, || Nanos::ZERO);
    }
}
