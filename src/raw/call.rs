//! One call through the engine: admission, and what it came to. What a healthy call needs is inline and reads only; the rest is not.

use super::{Acquired, Admission, RawBreaker, Settled};
use crate::config::Config;
use crate::machine::admit::{self, Kind};
use crate::machine::settle::{self, Finding};
use crate::nanos::Nanos;
use crate::outcome::{Call, Outcome};
use crate::sync::Ordering::Relaxed;
use core::time::Duration;

impl RawBreaker {
    /// Asks for admission. On a closed breaker this is one load, and a reading of the clock where slow calls are judged.
    #[inline]
    pub fn try_acquire(&self, now: impl FnMut() -> Nanos) -> Acquired {
        match self.admit_at_once() {
            Some(admission) => Acquired::admitted(admission),
            None => self.decide_admission(now),
        }
    }

    /// The admission of a call to a closed breaker whose time does not matter.
    #[inline]
    pub(crate) fn admit_at_once(&self) -> Option<Admission> {
        let word = self.control().load();
        (word.admits_all() && !self.config.judges_slow_calls()).then(|| Admission::counted(word))
    }

    /// Decides on any call.
    #[cold]
    pub(crate) fn decide_admission(&self, mut now: impl FnMut() -> Nanos) -> Acquired {
        let settings = self.settings();
        let acquired = self
            .control()
            .update(|word| admit::admit(word, &settings, &mut now, || self.draw_ticket()));
        self.note(acquired.transition.as_ref());
        if self.config.judges_slow_calls() {
            acquired.starting(now())
        } else {
            acquired
        }
    }

    /// Settles an admission with what the call came to; how long it took is measured, if that matters. On a closed breaker whose
    /// window holds only good calls, a success is loads alone.
    #[inline]
    pub fn settle(
        &self,
        admission: Admission,
        outcome: Outcome,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        match self.absorbs(admission, outcome) {
            true => Settled::COUNTED,
            false => self.decide_settlement(admission, Finding::Outcome(outcome), None, now),
        }
    }

    /// Settles an admission with what the call came to, and how long it took.
    #[inline]
    pub fn settle_elapsed(
        &self,
        admission: Admission,
        outcome: Outcome,
        elapsed: Duration,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        match self.absorbs(admission, outcome) {
            true => Settled::COUNTED,
            false => {
                let finding = Finding::Outcome(outcome);
                self.decide_settlement(admission, finding, Some(elapsed), now)
            }
        }
    }

    /// Settles an admission with a failure that names the time to stay away: the circuit opens at once, for `wait`.
    pub fn settle_failure_for(
        &self,
        admission: Admission,
        wait: Duration,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        self.decide_settlement(admission, Finding::FailureFor(wait), None, now)
    }

    /// Whether this outcome is a success that changes nothing: counted in its generation, and not to be told from those before.
    #[inline]
    pub(crate) fn absorbs(&self, admission: Admission, outcome: Outcome) -> bool {
        outcome == Outcome::Success
            && admission.kind == Kind::Counted
            && self.control().load().is_healthy(admission.generation)
            && self.window_absorbs(admission.generation)
    }

    #[inline]
    fn window_absorbs(&self, generation: u16) -> bool {
        !self.config.judges_slow_calls()
            && self.config.window.absorbs(self.words.rest(), generation)
    }

    /// Settles any outcome. `elapsed` is measured, where it matters, if it is not given.
    #[inline(never)]
    pub(crate) fn decide_settlement(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let settings = self.settings();
        let slow = is_slow(&settings, admission, elapsed, &mut now);
        let settled = self
            .control()
            .update(|word| settle::settle(word, &settings, admission, finding, slow, &mut now));
        self.note(settled.transition.as_ref());
        let settled = match settled.goes_to_the_window(admission) {
            true => self.record(&settings, admission.generation, finding.as_call(slow), now),
            false => settled,
        };
        Settled { slow, ..settled }
    }

    /// Records a call that counted in its generation, and opens if the window says so.
    fn record(
        &self,
        settings: &Config,
        generation: u16,
        call: Call,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let (window, words) = (settings.window, self.words.rest());
        if !call.is_adverse() {
            return Settled {
                counted: window.record_good(words, self.control(), generation, now),
                ..Settled::COUNTED
            };
        }
        let Some(counts) = window.record_adverse(words, self.control(), generation, call, &mut now)
        else {
            return Settled::DROPPED;
        };
        let Some(cause) = settings.policy.verdict(counts) else {
            return Settled::COUNTED;
        };
        let settled = self
            .control()
            .update(|word| settle::trip(word, settings, generation, cause, &mut now));
        self.note(settled.transition.as_ref());
        settled
    }

    fn draw_ticket(&self) -> u64 {
        // Relaxed: a counter; each caller draws a number of its own, and nothing else is read on its strength.
        self.words.ticket().fetch_add(1, Relaxed)
    }
}

/// Whether the call of `admission` took too long, by the time that was given or that has passed.
fn is_slow(
    settings: &Config,
    admission: Admission,
    elapsed: Option<Duration>,
    now: impl FnOnce() -> Nanos,
) -> bool {
    if !settings.judges_slow_calls() {
        return false;
    }
    let elapsed = elapsed.unwrap_or_else(|| now().saturating_since(admission.started));
    Nanos::from_duration(elapsed) > settings.slow_limit
}
