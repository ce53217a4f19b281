//! The breaker in plain lines, to hold the real one against: no atomics, no packing, time that never wraps. It says what the public
//! documentation says, one thing at a time, and takes nothing from `src` but the names of its answers.
//!
//! `settings` holds what is chosen, `window` what is counted, `policy` what opens a closed circuit, `span` how a lease and a ramp tell
//! the time, `settlement` what results do, `reading` what can be read; here are the states and the moves between them. The others are for
//! who compares: `built` makes a real breaker of the same settings and `said` puts its answers into the oracle's words; `cases`, `real` and
//! `pair` hold what is done, a real breaker that is watched, and both side by side.
#![allow(dead_code, unused_imports, reason = "each test file uses some of it")]

mod answers;
pub(crate) mod built;
#[cfg(not(any(loom, shuttle)))]
pub(crate) mod cases;
#[cfg(not(any(loom, shuttle)))]
pub(crate) mod pair;
mod policy;
mod reading;
#[cfg(not(any(loom, shuttle)))]
pub(crate) mod real;
pub(crate) mod said;
mod settings;
mod settlement;
mod span;
mod window;

pub(crate) use answers::{Event, Finding, Refusal, Report};
pub(crate) use settings::{
    LONGEST_LEASE, Lease, OpenFor, Own, Policy, Probes, Ramp, Settings, Window, by_streak,
};
pub(crate) use window::{Counts, Held};

use policy::Calls;
use span::Span;
use std::time::Duration;
use tripword::{Cause, Mode, Reason, State};

pub(crate) const MILLI: u128 = 1_000_000;
const MAX_STREAK: u8 = 15;
/// A wait of 17 years of 365.25 days, or more, never ends.
const FOREVER: u128 = 17 * 31_557_600_000;
/// Where the milliseconds of a deadline go round.
const ROUND: i128 = 1 << 40;

/// Where the circuit stands. Moments are nanoseconds of the breaker's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    /// Without a deadline: until it is moved by hand.
    Open {
        deadline: Option<u128>,
    },
    HalfOpen(Tally),
    Recovering {
        since: u128,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    in_flight: u32,
    successes: u32,
    failures: u32,
    newest_claim: u128,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Counted,
    Probe,
    Untracked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Permit {
    kind: Kind,
    generation: u64,
    started: u128,
}

/// What a window keeps of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Call {
    failed: bool,
    slow: bool,
}

impl Permit {
    pub(crate) fn is_probe(self) -> bool {
        self.kind == Kind::Probe
    }
}

impl Call {
    pub(crate) fn is_slow(self) -> bool {
        self.slow
    }

    pub(crate) fn is_adverse(self) -> bool {
        self.failed || self.slow
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Oracle {
    pub(crate) now: u128,
    pub(crate) events: Vec<Event>,
    pub(crate) settings: Settings,
    /// Those that it was built with.
    first: Settings,
    phase: Phase,
    mode: Mode,
    generation: u64,
    streak: u8,
    calls: Calls,
    tickets: u64,
    /// When and why the circuit last moved or was reset.
    newest: Option<(u128, Cause)>,
}

/// To be admitted.
impl Oracle {
    pub(crate) fn new(settings: Settings, now: u128) -> Self {
        Self {
            now,
            events: Vec::new(),
            settings,
            first: settings,
            phase: match settings.start {
                State::Open => Phase::Open { deadline: None },
                State::HalfOpen => Phase::HalfOpen(Tally::default()),
                _ => Phase::Closed,
            },
            mode: settings.mode,
            generation: 0,
            streak: 0,
            calls: Calls::new(&settings),
            tickets: 0,
            newest: None,
        }
    }

    pub(crate) fn try_acquire(&mut self) -> Result<Permit, Refusal> {
        let answer = match self.mode {
            Mode::Normal | Mode::Shadow => self.admit(),
            Mode::ForceOpen => Err(Refusal::new(Reason::ForcedOpen, None)),
            Mode::ForceClosed => Ok(self.permit(Kind::Untracked)),
        };
        answer.or_else(|refusal| self.refuse(refusal))
    }

    fn refuse(&mut self, mut refusal: Refusal) -> Result<Permit, Refusal> {
        refusal.shadowed = self.mode == Mode::Shadow;
        self.events.push(Event::Rejected(refusal));
        if refusal.shadowed {
            return Ok(self.permit(Kind::Untracked));
        }
        Err(refusal)
    }

    fn admit(&mut self) -> Result<Permit, Refusal> {
        match self.phase {
            Phase::Closed => Ok(self.permit(Kind::Counted)),
            Phase::Open { deadline } => self.admit_open(deadline),
            Phase::HalfOpen(tally) => self.admit_half_open(tally),
            Phase::Recovering { since } => self.admit_recovering(since),
        }
    }

    fn admit_open(&mut self, deadline: Option<u128>) -> Result<Permit, Refusal> {
        if !self.is_past(deadline) {
            return Err(Refusal::new(Reason::Open, self.until(deadline)));
        }
        self.begin(Phase::HalfOpen(Tally::default()), Cause::DeadlineReached);
        self.admit()
    }

    fn admit_half_open(&mut self, tally: Tally) -> Result<Permit, Refusal> {
        if self.lease_is_over(tally) {
            return self.give_up_probes();
        }
        if !self.has_slot(tally) {
            return Err(Refusal::new(Reason::ProbesBusy, self.lease_rest(tally)));
        }
        self.phase = Phase::HalfOpen(Tally {
            in_flight: tally.in_flight + 1,
            newest_claim: self.now,
            ..tally
        });
        Ok(self.permit(Kind::Probe))
    }

    /// Never more out than may be at once, nor more results than can still matter.
    fn has_slot(&self, tally: Tally) -> bool {
        let probes = self.settings.probes;
        let results = tally.in_flight + tally.successes + tally.failures;
        tally.in_flight < probes.max
            && results < probes.successes_to_close + probes.failures_to_open - 1
    }

    fn lease_is_over(&self, tally: Tally) -> bool {
        let is_over = |lease: Span| lease.is_over(tally.newest_claim, self.now);
        tally.in_flight > 0 && self.settings.lease().is_some_and(is_over)
    }

    fn lease_rest(&self, tally: Tally) -> Option<Duration> {
        let lease = self.settings.lease()?;
        Some(duration(lease.rest(tally.newest_claim, self.now)))
    }

    fn give_up_probes(&mut self) -> Result<Permit, Refusal> {
        if self.settings.reprobe {
            self.raise_streak();
            self.begin(Phase::HalfOpen(Tally::default()), Cause::LeaseExpired);
            return self.admit();
        }
        let deadline = self.open(None, Cause::LeaseExpired);
        Err(Refusal::new(Reason::Open, self.until(deadline)))
    }

    fn admit_recovering(&mut self, since: u128) -> Result<Permit, Refusal> {
        if self.state() == State::Closed {
            self.enter(Phase::Closed, Cause::RampCompleted);
            return self.admit();
        }
        let ticket = self.tickets;
        self.tickets += 1;
        if self.ramp().admits(ticket, since, self.now) {
            return Ok(self.permit(Kind::Counted));
        }
        Err(Refusal::new(Reason::Recovering, self.remaining()))
    }

    /// Whether the next call is one of a ramp.
    pub(crate) fn draws_a_ticket(&self) -> bool {
        let is_asked = matches!(self.mode, Mode::Normal | Mode::Shadow);
        is_asked && self.state() == State::Recovering
    }

    /// Takes the next ticket of `other`, which is then another.
    pub(crate) fn draw_from(&mut self, other: &mut Self) {
        self.tickets = other.tickets;
        other.tickets += 1;
    }

    fn permit(&self, kind: Kind) -> Permit {
        Permit {
            kind,
            generation: self.generation,
            started: self.now,
        }
    }
}

/// To be moved by hand.
impl Oracle {
    pub(crate) fn trip(&mut self) {
        match self.phase {
            Phase::Open { deadline } if !self.is_past(deadline) => {}
            Phase::Open { .. } => self.postpone(self.settings.open_for(self.streak)),
            _ => {
                self.open(None, Cause::ByHand);
            }
        }
    }

    pub(crate) fn trip_for(&mut self, wait: Duration) {
        match self.phase {
            Phase::Open { .. } => self.postpone(wait),
            _ => {
                self.open(Some(wait), Cause::ByHand);
            }
        }
    }

    fn postpone(&mut self, wait: Duration) {
        let deadline = self.deadline(wait);
        self.phase = Phase::Open { deadline };
    }

    pub(crate) fn half_open(&mut self) {
        if self.entered() != State::HalfOpen {
            self.streak = self.reported_streak();
            self.begin(Phase::HalfOpen(Tally::default()), Cause::ByHand);
        }
    }

    pub(crate) fn close(&mut self) {
        match self.phase {
            Phase::Closed => {}
            Phase::Recovering { .. } => self.enter(Phase::Closed, Cause::ByHand),
            _ => self.begin(Phase::Closed, Cause::ByHand),
        }
    }

    pub(crate) fn reset(&mut self) {
        if self.entered() != State::Closed {
            return self.begin(Phase::Closed, Cause::ByHand);
        }
        self.forget();
        self.newest = Some((self.now, Cause::ByHand));
    }

    /// Goes on with other settings; whether it can.
    pub(crate) fn reconfigure(&mut self, settings: Settings) -> bool {
        if !self.first.can_become(&settings) {
            return false;
        }
        self.settings = settings;
        self.calls.held.resize(settings.window);
        if self.entered() == State::HalfOpen {
            self.begin(Phase::HalfOpen(Tally::default()), Cause::Reconfigured);
        }
        true
    }

    pub(crate) fn set_mode(&mut self, mode: Mode) {
        if mode != self.mode {
            self.events.push(Event::Mode(self.mode, mode));
        }
        self.mode = mode;
    }
}

/// The moves themselves.
impl Oracle {
    /// Opens for `wait`, or for as long as the backoff says.
    fn open(&mut self, wait: Option<Duration>, cause: Cause) -> Option<u128> {
        match self.state() {
            State::Closed => self.streak = 0,
            _ => self.raise_streak(),
        }
        let deadline = self.deadline(wait.unwrap_or(self.settings.open_for(self.streak)));
        self.begin(Phase::Open { deadline }, cause);
        deadline
    }

    fn raise_streak(&mut self) {
        self.streak = MAX_STREAK.min(self.streak + 1);
    }

    /// Enters `phase` in a new generation.
    fn begin(&mut self, phase: Phase, cause: Cause) {
        self.forget();
        self.enter(phase, cause);
    }

    fn forget(&mut self) {
        self.generation += 1;
        self.calls = self.new_calls();
    }

    /// What is counted of a new generation: in the words that there are, as the present settings say.
    fn new_calls(&self) -> Calls {
        let mut calls = Calls::new(&self.first);
        calls.held.resize(self.settings.window);
        calls
    }

    fn enter(&mut self, phase: Phase, cause: Cause) {
        let from = self.entered();
        self.phase = phase;
        if matches!(phase, Phase::Closed) {
            self.streak = 0;
        }
        self.newest = Some((self.now, cause));
        self.events.push(Event::Transition {
            from,
            to: self.entered(),
            generation: self.generation as u16,
            at: self.now,
            cause,
        });
    }
}

/// Deadlines.
impl Oracle {
    /// The deadline `wait` from now, rounded up to a millisecond. Forty ones mean "never", so the deadline that would read so is one
    /// millisecond later.
    fn deadline(&self, wait: Duration) -> Option<u128> {
        if wait.as_millis() >= FOREVER {
            return None;
        }
        let millis = (self.now + wait.as_nanos()).div_ceil(MILLI);
        let reads_as_never = millis % (1 << 40) == (1 << 40) - 1;
        Some((millis + u128::from(reads_as_never)) * MILLI)
    }

    fn is_past(&self, deadline: Option<u128>) -> bool {
        deadline.is_some_and(|deadline| self.millis_until(deadline) <= 0)
    }

    fn until(&self, deadline: Option<u128>) -> Option<Duration> {
        let nanos = |millis| (millis as u128 * MILLI).saturating_sub(self.now % MILLI);
        deadline.map(|deadline| duration(nanos(self.millis_until(deadline).max(0))))
    }

    /// The milliseconds to a deadline, below zero once it is past. It reads as ahead for the first half of each round, and as past for
    /// the second: 17 years after it was past it is ahead again.
    fn millis_until(&self, deadline: u128) -> i128 {
        let ahead = (deadline / MILLI) as i128 - (self.now / MILLI) as i128;
        match ahead.rem_euclid(ROUND) {
            ahead if ahead <= ROUND / 2 => ahead,
            ahead => ahead - ROUND,
        }
    }
}

fn duration(nanos: u128) -> Duration {
    Duration::from_nanos(nanos.try_into().expect("a wait of less than 584 years"))
}
