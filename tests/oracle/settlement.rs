//! What results do: what one is by itself, then what the window makes of it. To settle is to do both at once.

use super::{Call, Counts, Event, Finding, Kind, Oracle, Permit, Phase, Tally, duration};
use std::time::Duration;
use tripword::{Cause, Outcome, TripCause};

impl Oracle {
    pub(crate) fn settle(&mut self, permit: Permit, finding: Finding) {
        let (outcome, elapsed) = match finding {
            Finding::Outcome(outcome, elapsed) => (outcome, elapsed),
            Finding::FailureFor(_) => (Outcome::Failure, None),
        };
        let slow = self.is_slow(permit, elapsed);
        let counted = self.takes(permit) && outcome != Outcome::Ignored;
        if let Some(call) = self.judge(permit, finding, slow) {
            self.record(call);
            if let Some(verdict) = self.verdict_on(call, self.counts()) {
                self.trip_on(verdict);
            }
        }
        self.events.push(Event::Outcome {
            outcome,
            counted,
            slow,
            elapsed,
        });
    }

    /// Whether what becomes of this permit changes anything.
    pub(crate) fn takes(&self, permit: Permit) -> bool {
        permit.kind != Kind::Untracked && permit.generation == self.generation
    }

    /// Whether the call took longer than the limit: by the clock, unless the caller measured it.
    pub(crate) fn is_slow(&self, permit: Permit, elapsed: Option<Duration>) -> bool {
        let by_the_clock = || duration(self.now.saturating_sub(permit.started));
        let is_longer = |limit| elapsed.unwrap_or_else(by_the_clock) > limit;
        self.settings.slow_call_duration.is_some_and(is_longer)
    }

    /// What a result is by itself: the end of a probe, or one more failure in a row. Returns the call that a window is to hold, unless it
    /// has opened the circuit already.
    pub(crate) fn judge(&mut self, permit: Permit, finding: Finding, slow: bool) -> Option<Call> {
        if !self.takes(permit) {
            return None;
        }
        if let Phase::HalfOpen(tally) = &mut self.phase {
            tally.in_flight -= 1;
        }
        match (finding, self.phase) {
            (Finding::Outcome(Outcome::Ignored, _), _) => None,
            (Finding::FailureFor(wait), _) => {
                self.open(Some(wait), Cause::RetryAfter);
                None
            }
            (Finding::Outcome(outcome, _), phase) => {
                let failed = outcome == Outcome::Failure;
                self.count(Call { failed, slow }, phase)
            }
        }
    }

    fn count(&mut self, call: Call, phase: Phase) -> Option<Call> {
        if let Phase::HalfOpen(tally) = phase {
            self.count_probe(call, tally);
            return None;
        }
        if let Some(verdict) = self.calls.count_in_a_row(call, &self.settings) {
            self.trip_on(verdict);
            return None;
        }
        Some(call)
    }

    pub(crate) fn record(&mut self, call: Call) {
        self.calls.held.record(call, self.now);
    }

    /// The limit that `counts`, which this call is among, have reached. A call that is neither failed nor slow reaches none.
    pub(crate) fn verdict_on(&self, call: Call, counts: Counts) -> Option<TripCause> {
        match call.is_adverse() {
            true => self.settings.verdict(counts),
            false => None,
        }
    }

    pub(crate) fn trip_on(&mut self, verdict: TripCause) {
        self.open(None, Cause::Tripped(verdict));
    }

    /// A slow probe has failed, whatever it came to.
    fn count_probe(&mut self, call: Call, mut tally: Tally) {
        match call.is_adverse() {
            false => tally.successes += 1,
            true => tally.failures += 1,
        }
        self.phase = Phase::HalfOpen(tally);
        if tally.successes == self.settings.probes.successes_to_close {
            self.begin(self.recovered(), Cause::ProbesSucceeded);
        } else if tally.failures == self.settings.probes.failures_to_open {
            self.open(None, Cause::ProbesFailed);
        }
    }

    fn recovered(&self) -> Phase {
        match self.settings.ramp {
            Some(_) => Phase::Recovering { since: self.now },
            None => Phase::Closed,
        }
    }
}
