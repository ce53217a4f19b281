//! The machine: admission, settlement, manual moves, and what can be read.

use crate::settings::{FOREVER, LEASE_UNITS, MILLI, RAMP_UNITS};
use crate::{Call, Log, Settings};
use std::time::Duration;
use tripword::{
    Builder, Cause, Counts, Mode, Nanos, Outcome, Reason, Rejected, Settlement, Snapshot, State,
    Transition, TripCause,
};

const MAX_STREAK: u8 = 15;

/// The longest wait that a refusal names: 36 years.
const LONGEST_WAIT: Duration = Duration::from_nanos((1 << 60) - 2);

/// The circuit, as it was entered last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Circuit {
    Closed,
    /// Without an end until it is moved.
    Open(Option<u128>),
    HalfOpen(Probing),
    Recovering {
        start: u128,
        end: u128,
    },
}

/// The probes of a half-open circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Probing {
    pub in_flight: u32,
    pub successes: u32,
    pub failures: u32,
    /// When the lease of the newest probe ends, if it does.
    pub lease_end: Option<u128>,
}

/// An admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permit {
    pub is_probe: bool,
    /// None, if the call is passed by a mode.
    generation: Option<u64>,
    started: u128,
}

/// A refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    pub reason: Reason,
    pub retry_after: Option<Duration>,
    pub shadowed: bool,
}

/// What an observer is notified of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    Transition(Transition),
    Rejected(Refusal),
    Outcome(Settlement),
    Mode(Mode, Mode),
}

/// The naive breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Oracle {
    /// The clock. It stands until the owner moves it.
    pub now: u128,
    /// The notifications, until the owner takes them.
    pub events: Vec<Event>,
    /// The next ticket of a ramp.
    pub tickets: u64,
    pub settings: Settings,
    pub circuit: Circuit,
    pub mode: Mode,
    pub log: Log,
    built_with: Settings,
    generation: u64,
    streak: u8,
    failures_in_a_row: u32,
    /// When and why the circuit last moved or was reset.
    newest: Option<(u128, Cause)>,
    /// Values of public types that only their own crate can make, to write on.
    blank: (Snapshot, Transition, Settlement),
}

/// Admission.
impl Oracle {
    /// Returns a breaker as `settings` build it.
    pub fn new(settings: Settings, now: u128) -> Self {
        Self {
            now,
            events: Vec::new(),
            tickets: 0,
            settings,
            circuit: match settings.start {
                State::Open => Circuit::Open(None),
                State::HalfOpen => Circuit::HalfOpen(Probing::default()),
                _ => Circuit::Closed,
            },
            log: Log::new(&settings),
            built_with: settings,
            mode: settings.mode,
            generation: 0,
            streak: 0,
            failures_in_a_row: 0,
            newest: None,
            blank: blank(),
        }
    }

    /// Admits a call.
    ///
    /// # Errors
    ///
    /// The refusal, if it is refused.
    pub fn try_acquire(&mut self) -> Result<Permit, Refusal> {
        let passed = Permit { is_probe: false, generation: None, started: self.now };
        let answer = match self.mode {
            Mode::Normal | Mode::Shadow => self.admit(),
            Mode::ForceOpen => Err((Reason::ForcedOpen, None)),
            Mode::ForceClosed => return Ok(passed),
        };
        answer
            .map(|is_probe| Permit { is_probe, generation: Some(self.generation), ..passed })
            .or_else(|(reason, retry_after)| {
                let shadowed = self.mode == Mode::Shadow;
                let retry_after = retry_after.map(|wait| wait.min(LONGEST_WAIT));
                let refusal = Refusal { reason, retry_after, shadowed };
                self.events.push(Event::Rejected(refusal));
                if shadowed { Ok(passed) } else { Err(refusal) }
            })
    }

    /// Admits a call by the state; whether it is a probe.
    fn admit(&mut self) -> Result<bool, (Reason, Option<Duration>)> {
        match self.circuit {
            Circuit::Closed => Ok(false),
            Circuit::Open(end) if self.is_over(end) => {
                self.begin_probing(Cause::DeadlineReached);
                self.admit()
            }
            Circuit::Open(end) => Err((Reason::Open, self.until(end))),
            Circuit::HalfOpen(probing)
                if probing.in_flight > 0 && self.is_past(probing.lease_end) =>
            {
                if !self.settings.reprobe {
                    let end = self.open(None, Cause::LeaseExpired);
                    return Err((Reason::Open, self.until(end)));
                }
                self.raise_streak();
                self.begin_probing(Cause::LeaseExpired);
                self.admit()
            }
            Circuit::HalfOpen(probing) if !self.has_slot(probing) => {
                Err((Reason::ProbesBusy, self.until_settled(probing)))
            }
            Circuit::HalfOpen(mut probing) => {
                probing.in_flight += 1;
                probing.lease_end = self.settings.lease_end(self.now);
                self.circuit = Circuit::HalfOpen(probing);
                Ok(true)
            }
            Circuit::Recovering { end, .. } if self.now >= end => {
                self.enter(Circuit::Closed, Cause::RampCompleted);
                self.admit()
            }
            Circuit::Recovering { start, .. } => {
                let (ramp, ticket) = (self.settings.ramp.expect("a ramp"), self.tickets);
                self.tickets += 1;
                if ramp.admits(ticket, start, self.now) {
                    return Ok(false);
                }
                let moments = (0..=RAMP_UNITS).map(|age| start + age * ramp.unit());
                let admitted = moments.into_iter().find(|&at| ramp.admits(ticket, start, at));
                Err((Reason::Recovering, self.until(admitted)))
            }
        }
    }

    /// As long again as the newest probe has been out, counted from the unit of its lease in which
    /// it began; at least a unit, and at most the rest of the lease.
    fn until_settled(&self, probing: Probing) -> Option<Duration> {
        let (end, unit) = (probing.lease_end?, self.settings.lease_unit()?);
        let longest = (LEASE_UNITS + 1) * unit;
        let out = (self.now + longest).saturating_sub(end).max(unit);
        self.until(Some(end.min(self.now + out)))
    }

    /// Never more out than may be at once, nor more results than can still matter.
    fn has_slot(&self, probing: Probing) -> bool {
        let probes = self.settings.probes;
        let results = probing.in_flight + probing.successes + probing.failures;
        probing.in_flight < probes.max
            && results < probes.successes_to_close + probes.failures_to_open - 1
    }
}

/// Settlement. [`settle`](Self::settle) does at once what concurrent calls do one thing after
/// another: the result by itself, its record in the window, the verdict on what the window then
/// holds.
impl Oracle {
    /// Settles a permit. `elapsed` is given if the caller measured the call.
    pub fn settle(&mut self, permit: Permit, outcome: Outcome, elapsed: Option<Duration>) {
        let settlement = self.settlement(permit, outcome, elapsed);
        if let Some(call) = self.judge(permit, outcome, settlement.slow) {
            self.record(call);
            if let Some(cause) = self.verdict(call, self.counts()) {
                self.trip_on(cause);
            }
        }
        self.events.push(Event::Outcome(settlement));
    }

    /// Returns what an observer is notified of if the call is settled now.
    pub fn settlement(
        &self,
        permit: Permit,
        outcome: Outcome,
        elapsed: Option<Duration>,
    ) -> Settlement {
        let limit = self.settings.slow_call_duration;
        let passed = moment(self.now.saturating_sub(permit.started)).as_duration();
        let mut settlement = self.blank.2;
        settlement.outcome = outcome;
        settlement.counted = self.is_present(permit) && outcome != Outcome::Ignored;
        settlement.elapsed = elapsed.or(limit.map(|_| passed));
        settlement.slow = limit.is_some_and(|limit| settlement.elapsed > Some(limit));
        settlement.generation = permit.generation.unwrap_or(0) as u16;
        settlement
    }

    /// Whether the permit is of the present generation, so that its result can count.
    pub fn is_present(&self, permit: Permit) -> bool {
        permit.generation == Some(self.generation)
    }

    /// Settles a result by itself: the end of a probe, or one more failure in a row. Returns the
    /// call that the window is to record, unless it has opened the circuit already.
    pub fn judge(&mut self, permit: Permit, outcome: Outcome, slow: bool) -> Option<Call> {
        if !self.is_present(permit) {
            return None;
        }
        if let Circuit::HalfOpen(probing) = &mut self.circuit {
            probing.in_flight -= 1;
        }
        let failed = match outcome {
            Outcome::Success => false,
            Outcome::Failure => true,
            Outcome::Ignored => return None,
            Outcome::RetryAfter(wait) => {
                let wait = wait.min(self.settings.longest_open());
                self.open(Some(wait), Cause::RetryAfter);
                return None;
            }
        };
        let call = Call { failed, slow };
        if let Circuit::HalfOpen(probing) = self.circuit {
            self.count_probe(call, probing);
            return None;
        }
        if !failed {
            self.failures_in_a_row = 0;
        } else if let Some(limit) = self.settings.consecutive_failures() {
            self.failures_in_a_row += 1;
            if self.failures_in_a_row >= limit {
                self.trip_on(TripCause::ConsecutiveFailures(self.failures_in_a_row));
                return None;
            }
        }
        Some(call)
    }

    /// Counts the result of a probe. A slow one has failed where slow calls open a closed circuit.
    fn count_probe(&mut self, call: Call, mut probing: Probing) {
        let probes = self.settings.probes;
        let is_bad = call.failed || call.slow && self.settings.limits_slow_calls();
        probing.successes += u32::from(!is_bad);
        probing.failures += u32::from(is_bad);
        self.circuit = Circuit::HalfOpen(probing);
        if probing.successes == probes.successes_to_close {
            let closed = self.settings.ramp.map_or(Circuit::Closed, |ramp| {
                let start = self.now.next_multiple_of(ramp.unit());
                let end = start + RAMP_UNITS * ramp.unit();
                Circuit::Recovering { start, end }
            });
            self.begin(closed, Cause::ProbesSucceeded);
        } else if probing.failures == probes.failures_to_open {
            let failed = if call.failed { Cause::ProbesFailed } else { Cause::ProbesSlow };
            self.open(None, failed);
        }
    }

    /// Records a call in the window.
    pub fn record(&mut self, call: Call) {
        self.log.record(call, self.settings.window, self.now);
    }

    /// Returns the limit that `counts`, which include `call`, have reached. A good call reaches
    /// none.
    pub fn verdict(&self, call: Call, counts: Counts) -> Option<TripCause> {
        self.settings.verdict(counts).filter(|_| call.is_adverse())
    }

    /// Opens on a verdict.
    pub fn trip_on(&mut self, cause: TripCause) {
        self.open(None, Cause::Tripped(cause));
    }
}

/// Manual moves.
impl Oracle {
    /// Opens for as long as the backoff says; an open circuit stays as it is until its deadline.
    pub fn trip(&mut self) {
        match self.circuit {
            Circuit::Open(end) if !self.is_over(end) => {}
            Circuit::Open(_) => self.trip_for(self.settings.open_for.at(self.streak)),
            _ => drop(self.open(None, Cause::Manual)),
        }
    }

    /// Opens for `wait`, or moves the deadline.
    pub fn trip_for(&mut self, wait: Duration) {
        match self.circuit {
            Circuit::Open(_) => self.circuit = Circuit::Open(self.deadline(wait)),
            _ => drop(self.open(Some(wait), Cause::Manual)),
        }
    }

    /// Lets probes decide.
    pub fn half_open(&mut self) {
        if self.entered() != State::HalfOpen {
            self.streak = self.present_streak();
            self.begin_probing(Cause::Manual);
        }
    }

    /// Closes. A ramp is completed, and its calls stay counted.
    pub fn close(&mut self) {
        match self.circuit {
            Circuit::Closed => {}
            Circuit::Recovering { .. } => self.enter(Circuit::Closed, Cause::Manual),
            _ => self.begin(Circuit::Closed, Cause::Manual),
        }
    }

    /// Closes and forgets all calls.
    pub fn reset(&mut self) {
        if self.entered() == State::Closed {
            self.forget();
            self.newest = Some((self.now, Cause::Manual));
        } else {
            self.begin(Circuit::Closed, Cause::Manual);
        }
    }

    /// Replaces the settings, and returns whether they could be.
    pub fn reconfigure(&mut self, settings: Settings) -> bool {
        if !self.built_with.can_become(&settings) {
            return false;
        }
        let probing =
            |settings: &Settings| (settings.probes, settings.lease_unit(), settings.reprobe);
        let probes_otherwise = probing(&self.settings) != probing(&settings);
        self.settings = settings;
        if self.entered() == State::HalfOpen && probes_otherwise {
            self.begin_probing(Cause::Reconfigured);
        }
        true
    }

    /// Sets the mode.
    pub fn set_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            self.events.push(Event::Mode(self.mode, mode));
        }
        self.mode = mode;
    }
}

/// Transitions.
impl Oracle {
    /// Opens for `wait` or for as long as the backoff says, and returns the deadline.
    fn open(&mut self, wait: Option<Duration>, cause: Cause) -> Option<u128> {
        self.streak = self.present_streak();
        let end = self.deadline(wait.unwrap_or(self.settings.open_for.at(self.streak)));
        self.begin(Circuit::Open(end), cause);
        end
    }

    fn raise_streak(&mut self) {
        self.streak = MAX_STREAK.min(self.streak + 1);
    }

    /// Enters `circuit` in a new generation.
    fn begin(&mut self, circuit: Circuit, cause: Cause) {
        self.forget();
        self.enter(circuit, cause);
    }

    /// Ends an opening, if there is one, which then counts.
    fn begin_probing(&mut self, cause: Cause) {
        if self.entered() == State::Open {
            self.raise_streak();
        }
        self.begin(Circuit::HalfOpen(Probing::default()), cause);
    }

    fn forget(&mut self) {
        self.generation += 1;
        self.failures_in_a_row = 0;
        self.log = Log::new(&self.built_with);
    }

    fn enter(&mut self, circuit: Circuit, cause: Cause) {
        let mut transition = self.blank.1;
        transition.from = self.entered();
        self.circuit = circuit;
        transition.to = self.entered();
        transition.generation = self.generation as u16;
        transition.at = moment(self.now);
        transition.cause = cause;
        transition.retry_after = match circuit {
            Circuit::Open(end) => self.until(end),
            _ => None,
        };
        if circuit == Circuit::Closed {
            self.streak = 0;
        }
        self.newest = Some((self.now, cause));
        self.events.push(Event::Transition(transition));
    }

    /// Returns the end of a wait from now on, rounded up to a millisecond.
    fn deadline(&self, wait: Duration) -> Option<u128> {
        let wait = (wait < FOREVER).then(|| wait.min(self.settings.longest_open()));
        wait.map(|wait| (self.now + wait.as_nanos()).next_multiple_of(MILLI))
    }

    /// Whether the wait of an open circuit is over: its end is past, or reads as further ahead than
    /// any wait is long.
    fn is_over(&self, end: Option<u128>) -> bool {
        let furthest = self.now / MILLI * MILLI + self.settings.furthest_deadline();
        self.is_past(end) || end.is_some_and(|end| end > furthest)
    }

    fn is_past(&self, end: Option<u128>) -> bool {
        end.is_some_and(|end| self.now >= end)
    }

    fn until(&self, end: Option<u128>) -> Option<Duration> {
        Some(moment(end?.saturating_sub(self.now)).as_duration())
    }
}

/// Reading.
impl Oracle {
    /// Returns the state as of now, which the next call would find.
    pub fn state(&self) -> State {
        match self.circuit {
            Circuit::Open(end) if self.is_over(end) => State::HalfOpen,
            Circuit::Recovering { end, .. } if self.now >= end => State::Closed,
            _ => self.entered(),
        }
    }

    /// Returns the state that was entered last.
    pub fn entered(&self) -> State {
        match self.circuit {
            Circuit::Closed => State::Closed,
            Circuit::Open(_) => State::Open,
            Circuit::HalfOpen(_) => State::HalfOpen,
            Circuit::Recovering { .. } => State::Recovering,
        }
    }

    /// Returns what the window holds as of now.
    pub fn counts(&self) -> Counts {
        self.log.counts(self.settings.window, self.now)
    }

    /// A ramp that is over has closed the circuit, even if no call has found out.
    fn present_streak(&self) -> u8 {
        if self.state() == State::Closed { 0 } else { self.streak }
    }

    /// Returns what a snapshot shows.
    pub fn snapshot(&self) -> Snapshot {
        let (mut shown, state) = (self.blank.0, self.state());
        shown.state = state;
        shown.mode = self.mode;
        shown.generation = self.generation as u16;
        shown.now = moment(self.now);
        shown.since = self.newest.map(|(at, _)| moment(at / MILLI * MILLI));
        shown.cause = self.newest.map(|(_, cause)| cause);
        shown.streak = self.present_streak();
        let limit = self.settings.consecutive_failures();
        shown.consecutive_failures = limit.map_or(0, |_| self.failures_in_a_row);
        shown.consecutive_failure_limit = limit.unwrap_or(0);
        shown.counts = self.counts();
        if state == State::HalfOpen {
            shown.probes.successes_to_close = self.settings.probes.successes_to_close as u8;
            shown.probes.failures_to_open = self.settings.probes.failures_to_open as u8;
        }
        match self.circuit {
            Circuit::Open(end) if state == State::Open => shown.remaining = self.until(end),
            Circuit::Recovering { end, .. } if state == State::Recovering => {
                shown.remaining = self.until(Some(end));
            }
            Circuit::HalfOpen(probing) => {
                shown.probes.in_flight = probing.in_flight as u8;
                shown.probes.successes = probing.successes as u8;
                shown.probes.failures = probing.failures as u8;
            }
            _ => {}
        }
        shown
    }
}

impl From<&Rejected> for Refusal {
    fn from(real: &Rejected) -> Self {
        Self {
            reason: real.reason(),
            retry_after: real.retry_after(),
            shadowed: real.is_shadowed(),
        }
    }
}

fn blank() -> (Snapshot, Transition, Settlement) {
    // Without jitter: a random seed comes from a `static`, which schedulers do not share.
    let real = Builder::new().jitter(0.0).build_with(());
    let real = real.expect("valid settings");
    let (engine, now) = (real.engine(), || Nanos::ZERO);
    let permit = engine.admit(&now).0.admission().expect("a closed circuit");
    let (settlement, _) = engine.settle(permit, Outcome::Success, &now);
    let snapshot = engine.snapshot(&now);
    let transition = engine.trip(&now).expect("a closed circuit");
    (snapshot, transition, settlement)
}

fn moment(nanos: u128) -> Nanos {
    Nanos::from_nanos(nanos as u64)
}
