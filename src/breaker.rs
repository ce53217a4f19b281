//! The breaker as most code meets it: the engine with a clock and an observer.

mod build;
mod call;

use crate::clock::{Clock, MonotonicClock};
use crate::config::Config;
use crate::engine::storage::{Settings, Storage};
use crate::engine::{Engine, Near};
use crate::error::{ReconfigureError, Rejected};
use crate::nanos::Nanos;
use crate::observer::Observer;
use crate::outcome::{Outcome, Settlement};
use crate::rules::admission::Admission;
use crate::rules::admit::Decision;
use crate::snapshot::Snapshot;
use crate::state::{Mode, State};
use crate::transition::Transition;
use crate::word::Control;
use core::fmt;
use core::mem;
use core::time::Duration;

/// A circuit breaker. Share it by reference: in a `static`, a field, or an `Arc`.
///
/// Every method can be called from any thread at any time. No method blocks, allocates or panics,
/// provided the clock and the observer don't. (The very first reading of the [`MonotonicClock`]
/// waits for its calibration.)
///
/// There are four ways to make one: [`breaker!`](crate::breaker!) for a `static`,
/// [`builder`](Self::builder) and `From<Config>` at run time, and [`from_parts`](Self::from_parts)
/// for words of your own.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CallError, CircuitBreaker, breaker};
///
/// breaker! {
///     static PAYMENTS: CircuitBreaker =
///         consecutive_failures(5), open_duration(Duration::from_secs(10));
/// }
///
/// fn pay() -> Result<u32, std::io::Error> {
///     Ok(7)
/// }
///
/// match PAYMENTS.call(pay) {
///     Ok(receipt) => assert_eq!(receipt, 7),
///     Err(CallError::Rejected(rejected)) => println!("not called: {rejected}"),
///     Err(CallError::Inner(error)) => println!("failed: {error}"),
/// }
/// ```
pub struct CircuitBreaker<C = MonotonicClock, O = ()> {
    storage: Storage,
    settings: Settings,
    clock: C,
    observer: O,
}

impl<C, O> CircuitBreaker<C, O> {
    /// Returns the current settings.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().consecutive_failures(3).build()?;
    /// assert_eq!(breaker.config().consecutive_failures(), 3);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn config(&self) -> Config {
        self.engine().config()
    }

    /// Returns the engine: this breaker without its clock and observer. What is done through it is
    /// not observed.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert_eq!(breaker.engine().entered(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[inline]
    #[must_use]
    pub fn engine(&self) -> Engine<'_> {
        self.storage.engine(&self.settings)
    }

    /// What a healthy call needs of the engine.
    #[inline]
    fn near(&self) -> Near<'_> {
        Near(self.storage.fixed())
    }

    /// Returns the clock, on which [`Transition::at`] is a moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let breaker = CircuitBreaker::builder().build_with(ManualClock::new())?;
    /// breaker.clock().advance(std::time::Duration::from_secs(1));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn clock(&self) -> &C {
        &self.clock
    }

    /// Returns the observer.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Observer};
    ///
    /// #[derive(Debug, PartialEq)]
    /// struct Log(&'static str);
    /// impl Observer for Log {}
    ///
    /// let breaker = CircuitBreaker::builder().build()?.observed_by(Log("payments"));
    /// assert_eq!(breaker.observer(), &Log("payments"));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn observer(&self) -> &O {
        &self.observer
    }
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Admits or refuses one call.
    #[inline]
    pub(crate) fn admit(&self) -> Result<Admission, Rejected> {
        self.near().admit(self.settings.shape()).or_else(|word| {
            if word.admits_all() {
                return Ok(self.admit_closed(word));
            }
            let stays = word.refuses_all() && !self.settings.shape().is_live();
            let refused = if stays { self.refuse_at_once(word) } else { None };
            refused.map_or_else(|| self.admit_any(), Err)
        })
    }

    /// Admits or refuses the call of a permit. Everything but the healthy case is out of line, so
    /// that the rest is inlined wherever permits are used.
    #[inline]
    pub(crate) fn admit_permit(&self) -> Result<Admission, Rejected> {
        self.near().admit(self.settings.shape()).or_else(|_| self.admit_out_of_line())
    }

    #[inline(never)]
    fn admit_out_of_line(&self) -> Result<Admission, Rejected> {
        self.admit()
    }

    /// Admits a call that found the closed `word`. Apart, so that a healthy call needs few
    /// registers.
    #[cold]
    #[inline(never)]
    fn admit_closed(&self, word: Control) -> Admission {
        let (admission, shape) = (Admission::counted(word), self.settings.shape());
        if shape.notes_starts() {
            admission.starting(self.clock.now(), shape.judges_slow_calls())
        } else {
            admission
        }
    }

    /// Refuses a call before the deadline. Apart, so that a refusal is returned in a register.
    #[inline(never)]
    fn refuse_at_once(&self, word: Control) -> Option<Rejected> {
        let rejected = self.engine().refuse_at_once(word, &|| self.clock.now())?;
        self.observer.on_rejected(&rejected);
        Some(rejected)
    }

    #[inline(never)]
    fn admit_any(&self) -> Result<Admission, Rejected> {
        let (decision, transition) = self.engine().admit_any(&|| self.clock.now());
        let admission = decision.admission();
        let unless_notified = admission.map(|admission| GivenBack(self.engine(), admission));
        self.notify_of_transition(transition.as_ref());
        if let Decision::Rejected(rejected) | Decision::Shadowed(_, rejected) = &decision {
            self.observer.on_rejected(rejected);
        }
        mem::forget(unless_notified);
        admission
    }

    /// Settles an admission with the call's outcome.
    #[inline]
    pub(crate) fn settle(&self, admission: Admission, outcome: Outcome) {
        let near = self.near();
        if near.finds_healthy(admission, outcome) {
            return self.settle_good(near, admission);
        }
        let shape = self.settings.shape();
        let is_plain = shape.counts_in_a_row_only();
        match outcome {
            Outcome::Success if is_plain => self.settle_plain_success(admission),
            Outcome::Failure if is_plain => self.settle_plain_failure(admission),
            Outcome::Failure if shape.counts_in_window_only() => self.settle_in_window(admission),
            _ => self.settle_any(admission, outcome, None),
        }
    }

    /// Settles the admission of a permit; see [`admit_permit`](Self::admit_permit).
    #[inline]
    pub(crate) fn settle_permit(&self, admission: Admission, outcome: Outcome) {
        let near = self.near();
        if near.finds_healthy(admission, outcome) && near.absorbs(admission, self.settings.shape())
        {
            let settlement = Settlement::of_plain(admission.generation(), Outcome::Success, true);
            self.observer.on_outcome(&settlement);
        } else {
            self.settle_out_of_line(admission, outcome);
        }
    }

    #[inline(never)]
    fn settle_out_of_line(&self, admission: Admission, outcome: Outcome) {
        self.settle(admission, outcome);
    }

    /// Settles a success that changes nothing in the control word.
    #[inline]
    fn settle_good(&self, near: Near<'_>, admission: Admission) {
        let shape = self.settings.shape();
        let counted = near.absorbs(admission, shape)
            || if shape.has_time_window() {
                self.record_in_time(admission)
            } else {
                self.append(admission)
            };
        let settlement = Settlement::of_plain(admission.generation(), Outcome::Success, counted);
        self.observer.on_outcome(&settlement);
    }

    /// Settles a success where failures are counted in a row and nowhere else.
    #[inline(never)]
    fn settle_plain_success(&self, admission: Admission) {
        self.settle_plain(admission, Outcome::Success);
    }

    /// Settles a failure that is counted in a row and nowhere else.
    #[inline(never)]
    fn settle_plain_failure(&self, admission: Admission) {
        if !self.engine().count_plain_failure(admission) {
            return self.settle_last_failure(admission);
        }
        let settlement = Settlement::of_plain(admission.generation(), Outcome::Failure, true);
        self.observer.on_outcome(&settlement);
    }

    /// Settles a plain failure that may open the circuit.
    #[inline(never)]
    fn settle_last_failure(&self, admission: Admission) {
        self.settle_plain(admission, Outcome::Failure);
    }

    #[inline]
    fn settle_plain(&self, admission: Admission, outcome: Outcome) {
        let answer = self.engine().settle_plain(admission, outcome, &|| self.clock.now());
        self.notify_of_plain(admission, outcome, answer);
    }

    /// Settles a failure that is counted in a window and nowhere else.
    #[inline(never)]
    fn settle_in_window(&self, admission: Admission) {
        match self.engine().settle_in_window(admission, &|| self.clock.now()) {
            Some(answer) => self.notify_of_plain(admission, Outcome::Failure, answer),
            None => self.settle_any(admission, Outcome::Failure, None),
        }
    }

    #[inline]
    fn notify_of_plain(
        &self,
        admission: Admission,
        outcome: Outcome,
        (counted, transition): (bool, Option<Transition>),
    ) {
        self.notify_of_transition(transition.as_ref());
        let settlement = Settlement::of_plain(admission.generation(), outcome, counted);
        self.observer.on_outcome(&settlement);
    }

    /// Records a good call in a window of calls; whether it counted.
    #[inline(never)]
    fn append(&self, admission: Admission) -> bool {
        // A window of calls has no moments.
        self.near().appends(admission, self.settings.shape())
            || self.record_anew(Nanos::ZERO, admission)
    }

    /// Records a good call in a time window; whether it counted.
    #[inline(never)]
    fn record_in_time(&self, admission: Admission) -> bool {
        let now = self.clock.now();
        self.engine().counts_again(admission, now) || self.record_anew(now, admission)
    }

    #[inline(never)]
    fn record_anew(&self, now: Nanos, admission: Admission) -> bool {
        self.engine().record_anew(admission, now)
    }

    /// Settles any admission, with the call's duration where the caller measured it.
    #[inline(never)]
    pub(crate) fn settle_any(
        &self,
        admission: Admission,
        outcome: Outcome,
        elapsed: Option<Duration>,
    ) {
        let now = || self.clock.now();
        let (settlement, transition) = self.engine().settle_any(admission, outcome, elapsed, &now);
        self.notify_of_transition(transition.as_ref());
        self.observer.on_outcome(&settlement);
    }

    /// Settles a call that is given up.
    #[cold]
    pub(crate) fn give_up(&self, admission: Admission) {
        let outcome = self.engine().outcome_if_given_up(admission, &|| self.clock.now());
        self.settle_any(admission, outcome, None);
    }

    #[inline]
    fn notify_of_transition(&self, transition: Option<&Transition>) {
        if let Some(transition) = transition {
            self.observer.on_transition(transition);
        }
    }

    /// Returns the state as of now: an open circuit whose deadline has passed reads as half-open, a
    /// ramp that is over as closed. Changes nothing, and does not consider the
    /// [`mode`](Self::mode).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, State};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder().build_with(&clock)?;
    /// breaker.trip_for(Duration::from_secs(5));
    /// assert_eq!(breaker.state(), State::Open);
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(breaker.state(), State::HalfOpen);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn state(&self) -> State {
        self.engine().state(&|| self.clock.now())
    }

    /// Returns the refusal that a call would meet now, without making one: changes nothing and
    /// notifies no observer. `None` if the call would be admitted, or on a ramp may be. By the time
    /// of a call the answer may have changed.
    ///
    /// Do not make it decide whether there are calls: a probe whose lease has expired is given up
    /// by a call, refused or not, and without calls it never is.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert!(breaker.rejection().is_none());
    /// breaker.trip();
    /// let wait = breaker.rejection().and_then(|rejected| rejected.retry_after());
    /// assert!(wait.is_some(), "for instance for a Retry-After header");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn rejection(&self) -> Option<Rejected> {
        self.engine().rejection(&|| self.clock.now())
    }

    /// Returns the mode.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Mode};
    ///
    /// let breaker = CircuitBreaker::builder().mode(Mode::Shadow).build()?;
    /// assert_eq!(breaker.mode(), Mode::Shadow);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.engine().mode()
    }

    /// Returns a point-in-time snapshot of state, counters and last transition. `Display` prints a
    /// one-line summary.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// let snapshot = breaker.snapshot();
    /// assert_eq!(snapshot.consecutive_failures, 1);
    /// assert_eq!(snapshot.to_string(), "closed; 1 of 5 consecutive failures");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.engine().snapshot(&|| self.clock.now())
    }

    /// Opens the circuit for the configured time. An open circuit stays as it is, unless its
    /// deadline has passed and it reads as half-open: then it is given a new deadline. To choose
    /// the time, see [`trip_for`](Self::trip_for).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn trip(&self) {
        self.move_manually(|engine, now| engine.trip(&now));
    }

    /// Opens the circuit for `wait`, without jitter, and at most for
    /// [`longest_open`](crate::Builder::longest_open). Zero is legal; [`Duration::MAX`] opens it
    /// until it is moved ([*Limits*](crate::docs::limits)). If the circuit is open, the deadline
    /// moves, which is no transition.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let breaker = CircuitBreaker::builder().build_with(ManualClock::new())?;
    /// breaker.trip_for(Duration::from_secs(90));
    /// assert_eq!(breaker.snapshot().remaining, Some(Duration::from_secs(90)));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn trip_for(&self, wait: Duration) {
        self.move_manually(|engine, now| engine.trip_for(wait, &now));
    }

    /// Moves the circuit to half-open, so that the next calls are probes and decide. A half-open
    /// circuit stays as it is.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// breaker.half_open();
    /// breaker.try_acquire()?.success();
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn half_open(&self) {
        self.move_manually(|engine, now| engine.half_open(&now));
    }

    /// Closes the circuit. A closed circuit stays as it is; a ramp is completed, and its counts
    /// stay.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, State};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// breaker.close();
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn close(&self) {
        self.move_manually(|engine, now| engine.close(&now));
    }

    /// Closes the circuit and forgets all counts, even if it is closed already. Calls in flight
    /// will not count. The mode stays.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let _ = breaker.call(|| Err::<(), _>("no answer"));
    /// breaker.reset();
    /// assert_eq!(breaker.snapshot().consecutive_failures, 0);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn reset(&self) {
        self.move_manually(|engine, now| engine.reset(&now));
    }

    /// Sets the mode, which is laid over the state. [`Mode::Normal`] restores what is below.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Mode, Reason};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.set_mode(Mode::ForceOpen);
    /// assert_eq!(breaker.try_acquire().unwrap_err().reason(), Reason::ForcedOpen);
    /// breaker.set_mode(Mode::Normal);
    /// breaker.try_acquire()?.success();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_mode(&self, mode: Mode) {
        let before = self.engine().set_mode(mode);
        if before != mode {
            self.observer.on_mode(before, mode);
        }
    }

    /// Replaces the settings while the breaker is in use. Calls do not wait for it, and each uses
    /// either all of the old settings or all of the new ones.
    ///
    /// When a new setting takes effect:
    ///
    /// - limits, `minimum_calls`, `slow_call_duration`, `consecutive_failures`: from the next
    ///   failed or slow call on; counts stay.
    /// - `last_calls`: at once, up to what the words of the window hold; the newest calls stay.
    /// - open duration, backoff, jitter, seed: when the circuit opens next; the current deadline
    ///   stays.
    /// - `longest_open`: at once; an opening that has longer left is over. Where it is not set, it
    ///   follows the backoff, and so does this.
    /// - probes, lease, what happens when it ends: at once; where one of them differs, half-open
    ///   begins anew, in a new generation, with
    ///   [`Cause::Reconfigured`](crate::Cause::Reconfigured). Otherwise probing goes on.
    /// - `count_panics`, `abandoned_after`: at once.
    /// - `start`, `mode`, `stripes`, `window_room`: never.
    /// - `live`, `within`, `buckets`, `ramp`, `trip_when`, a function as backoff, whether slow
    ///   calls are judged and whether calls that are given up late have failed: refused if it
    ///   differs.
    ///
    /// The new settings must be [`live`](crate::Builder::live), too. Functions are compared by
    /// address, and the compiler may give one function several addresses: name it once, in a
    /// `static TRIPS: fn(&Counts) -> bool = ...;`, and pass `TRIPS` to the builder each time.
    ///
    /// # Errors
    ///
    /// [`ReconfigureError::NotLive`] if the breaker was not built with
    /// [`Builder::live`](crate::Builder::live), [`ReconfigureError::Busy`] if another thread is
    /// replacing the settings, [`ReconfigureError::Fixed`] if a setting differs that cannot change,
    /// [`ReconfigureError::TooManyCalls`] if the window has no room. Nothing changes then.
    ///
    /// # Examples
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
        let transition = self.engine().reconfigure(config, &|| self.clock.now())?;
        self.notify_of_transition(transition.as_ref());
        Ok(())
    }

    fn move_manually(
        &self,
        step: impl FnOnce(Engine<'_>, &dyn Fn() -> Nanos) -> Option<Transition>,
    ) {
        let transition = step(self.engine(), &|| self.clock.now());
        self.notify_of_transition(transition.as_ref());
    }
}

impl<C: Clock, O> fmt::Debug for CircuitBreaker<C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.engine().snapshot(&|| self.clock.now());
        f.debug_struct("CircuitBreaker")
            .field("state", &snapshot.state)
            .field("mode", &snapshot.mode)
            .field("generation", &snapshot.generation)
            .field("consecutive_failures", &snapshot.consecutive_failures)
            .field("counts", &snapshot.counts)
            .finish_non_exhaustive()
    }
}

/// The admission of a call that is not made after all, because an observer panicked: given back,
/// and no outcome is reported.
struct GivenBack<'a>(Engine<'a>, Admission);

impl Drop for GivenBack<'_> {
    #[cold]
    fn drop(&mut self) {
        // The time of an ignored call does not matter, and the clock might panic, too.
        let _ = self.0.settle(self.1, Outcome::Ignored, &|| Nanos::ZERO);
    }
}
