//! What can be read of the oracle.

use super::{MILLI, Oracle, Phase, Ramp, Report, Tally, duration};
use std::time::Duration;
use tripword::{Mode, State};

impl Oracle {
    /// The state as of now: what a call would find.
    pub(crate) fn state(&self) -> State {
        match self.phase {
            Phase::Open { deadline } if self.is_past(deadline) => State::HalfOpen,
            Phase::Recovering { since } if self.ramp().span().is_over(since, self.now) => {
                State::Closed
            }
            _ => self.entered(),
        }
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// The state that was entered last.
    pub(crate) fn entered(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen(_) => State::HalfOpen,
            Phase::Recovering { .. } => State::Recovering,
        }
    }

    pub(crate) fn report(&self) -> Report {
        let tally = match self.phase {
            Phase::HalfOpen(tally) => tally,
            _ => Tally::default(),
        };
        let state = self.state();
        let of_probes = |limit| if state == State::HalfOpen { limit } else { 0 };
        Report {
            state,
            mode: self.mode,
            generation: self.generation as u16,
            now: self.now,
            since: self.newest.map(|(at, _)| at / MILLI * MILLI),
            cause: self.newest.map(|(_, cause)| cause),
            streak: self.streak,
            consecutive_failures: self.calls.failed_in_a_row(),
            failure_threshold: self.settings.consecutive_failures,
            in_flight: tally.in_flight,
            successes: (
                tally.successes,
                of_probes(self.settings.probes.successes_to_close),
            ),
            failures: (
                tally.failures,
                of_probes(self.settings.probes.failures_to_open),
            ),
            remaining: self.remaining(),
        }
    }

    /// What is left of the present wait, whatever it is for.
    pub(crate) fn rest(&self) -> Option<Duration> {
        match self.phase {
            Phase::HalfOpen(tally) if tally.in_flight > 0 => self.lease_rest(tally),
            _ => self.remaining(),
        }
    }

    /// The time from now to `units` before the count of the present lease or ramp goes round.
    pub(crate) fn goes_round(&self, units: u32) -> u128 {
        let span = match self.phase {
            Phase::HalfOpen(_) => self.settings.lease(),
            _ => self.settings.ramp.map(Ramp::span),
        };
        span.map_or(0, |span| span.goes_round(units))
    }

    /// What is left until the deadline, or of the ramp.
    pub(super) fn remaining(&self) -> Option<Duration> {
        match self.phase {
            Phase::Open { deadline } if !self.is_past(deadline) => self.until(deadline),
            Phase::Recovering { since } if self.state() == State::Recovering => {
                Some(duration(self.ramp().span().rest(since, self.now)))
            }
            _ => None,
        }
    }

    pub(super) fn ramp(&self) -> Ramp {
        self.settings.ramp.expect("recovering has a ramp")
    }
}
