//! What can be read of the oracle.

use super::{Counts, Held, MILLI, Oracle, Phase, Ramp, Report, Tally, duration};
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
        let limit = self.settings.consecutive_failures();
        let of_probes = |limit| if state == State::HalfOpen { limit } else { 0 };
        Report {
            state,
            mode: self.mode,
            generation: self.generation as u16,
            now: self.now,
            since: self.newest.map(|(at, _)| at / MILLI * MILLI),
            cause: self.newest.map(|(_, cause)| cause),
            streak: self.reported_streak(),
            consecutive_failures: self.reported_in_a_row(),
            consecutive_failure_limit: limit.unwrap_or(0),
            counts: self.counts(),
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

    /// A ramp that is over has closed the circuit, though nobody has called since.
    pub(super) fn reported_streak(&self) -> u8 {
        match self.state() {
            State::Closed => 0,
            _ => self.streak,
        }
    }

    fn reported_in_a_row(&self) -> u32 {
        match self.settings.consecutive_failures() {
            Some(_) => self.calls.failed_in_a_row(),
            None => 0,
        }
    }

    /// What the window holds as of now.
    pub(crate) fn counts(&self) -> Counts {
        match self.phase {
            Phase::Closed | Phase::Recovering { .. } => self.calls.held.counts(self.now),
            _ => Counts::default(),
        }
    }

    pub(crate) fn held(&self) -> &Held {
        &self.calls.held
    }

    /// What is left of the present wait, whatever it is for.
    pub(crate) fn rest(&self) -> Option<Duration> {
        match self.phase {
            Phase::HalfOpen(tally) if tally.in_flight > 0 => self.lease_rest(tally),
            _ => self.remaining(),
        }
    }

    /// The time from now to `units` before the count of the present lease or ramp goes round, or to where a generation of a window of time
    /// would stand if it were another one.
    pub(crate) fn goes_round(&self, units: u32) -> u128 {
        match self.phase {
            Phase::HalfOpen(_) => self
                .settings
                .lease()
                .map_or(0, |lease| lease.goes_round(units)),
            Phase::Recovering { .. } => self.ramp().span().goes_round(units),
            _ => ((1 << 24) - u128::from(units)) * self.settings.window.bucket().as_nanos(),
        }
    }

    /// Where the bucket begins that is so many windows, and so many buckets, from the present one.
    pub(crate) fn bucket_edge(&self, windows: i32, buckets: i32) -> Option<u128> {
        let window = self.settings.window;
        let length = window.bucket().as_nanos();
        let present = self.now.checked_div(length)? as i128;
        let further = i128::from(windows) * i128::from(window.buckets()) + i128::from(buckets);
        Some((present + further).max(0) as u128 * length)
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
