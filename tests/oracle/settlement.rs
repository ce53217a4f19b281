//! What results do.

use super::{Call, Event, Finding, Kind, Oracle, Permit, Phase, Tally, duration};
use std::time::Duration;
use tripword::{Cause, Outcome};

impl Oracle {
    pub(crate) fn settle(&mut self, permit: Permit, finding: Finding) {
        let (outcome, elapsed) = match finding {
            Finding::Outcome(outcome, elapsed) => (outcome, elapsed),
            Finding::FailureFor(_) => (Outcome::Failure, None),
        };
        let slow = self.is_slow(permit, elapsed);
        let is_mine = permit.kind != Kind::Untracked && permit.generation == self.generation;
        if is_mine {
            self.judge(finding, slow);
        }
        self.events.push(Event::Outcome {
            outcome,
            counted: is_mine && outcome != Outcome::Ignored,
            slow,
            elapsed,
        });
    }

    /// Whether the call took longer than the limit: by the clock, unless the caller measured it.
    fn is_slow(&self, permit: Permit, elapsed: Option<Duration>) -> bool {
        let by_the_clock = || duration(self.now.saturating_sub(permit.started));
        let is_longer = |limit| elapsed.unwrap_or_else(by_the_clock) > limit;
        self.settings.slow_call_duration.is_some_and(is_longer)
    }

    fn judge(&mut self, finding: Finding, slow: bool) {
        if let Phase::HalfOpen(tally) = &mut self.phase {
            tally.in_flight -= 1;
        }
        match (finding, self.phase) {
            (Finding::Outcome(Outcome::Ignored, _), _) => {}
            (Finding::FailureFor(wait), _) => {
                self.open(Some(wait), Cause::RetryAfter);
            }
            (Finding::Outcome(outcome, _), phase) => {
                let failed = outcome == Outcome::Failure;
                self.count(Call { failed, slow }, phase);
            }
        }
    }

    fn count(&mut self, call: Call, phase: Phase) {
        if let Phase::HalfOpen(tally) = phase {
            return self.count_probe(call, tally);
        }
        if let Some(verdict) = self.calls.record(call, self.now, &self.settings) {
            self.open(None, Cause::Tripped(verdict));
        }
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
