//! One call through the engine: admission, and what it came to. What a healthy call needs is inline and reads only; the rest is not.

use super::{Acquired, Admission, RawBreaker, Settled};
use crate::config::Config;
use crate::error::Rejected;
use crate::machine::admit;
use crate::machine::settle;
use crate::nanos::Nanos;
use crate::outcome::{Call, Finding, Outcome};
use crate::state::cell::Step;
use crate::state::control::Control;
use crate::sync::Ordering::Relaxed;
use core::time::Duration;

impl RawBreaker {
    /// Asks for admission. On a healthy breaker this is one load, and a reading of the clock where slow calls are judged.
    #[inline]
    pub fn try_acquire(&self, now: impl FnMut() -> Nanos) -> Acquired {
        match self.admit_at_once() {
            Some(admission) => Acquired::admitted(admission),
            None => self.ask(now),
        }
    }

    #[cold]
    fn ask(&self, mut now: impl FnMut() -> Nanos) -> Acquired {
        match self.answer_at_once(&mut now) {
            Some(answer) => Acquired::answered(answer),
            None => self.decide_admission(now),
        }
    }

    /// The admission of a call to a healthy breaker whose time does not matter.
    #[inline]
    pub(crate) fn admit_at_once(&self) -> Option<Admission> {
        let word = self.control().load();
        (word.is_healthy() && !self.config.judges_slow_calls()).then(|| Admission::counted(word))
    }

    /// The answer to a call that the state and the time alone give: yes while closed, no before the deadline. `now` is read after the
    /// state was.
    #[inline]
    pub(crate) fn answer_at_once(
        &self,
        now: impl FnOnce() -> Nanos,
    ) -> Option<Result<Admission, Rejected>> {
        let word = self.control().load();
        if word.admits_all() {
            return Some(Ok(self.timed(Admission::counted(word), now)));
        }
        if !word.refuses_all() {
            return None;
        }
        let left = word.deadline().left(now());
        (left > Nanos::ZERO).then(|| Err(Rejected::open(left)))
    }

    #[inline]
    fn timed(&self, admission: Admission, now: impl FnOnce() -> Nanos) -> Admission {
        match self.config.judges_slow_calls() {
            true => admission.starting(now()),
            false => admission,
        }
    }

    /// Decides on any call.
    #[cold]
    pub(crate) fn decide_admission(&self, now: impl FnMut() -> Nanos) -> Acquired {
        match self.config.is_live() {
            true => self.admit_by_replaced(now),
            false => self.admit_by(&self.config, now),
        }
    }

    /// A function of its own for the copy that it makes.
    #[cold]
    fn admit_by_replaced(&self, now: impl FnMut() -> Nanos) -> Acquired {
        self.admit_by(&self.replaced_config(), now)
    }

    #[inline]
    fn admit_by(&self, settings: &Config, mut now: impl FnMut() -> Nanos) -> Acquired {
        let acquired = self
            .control()
            .update(|word| admit::admit(word, settings, &mut now, || self.draw_ticket()));
        self.note(acquired.transition.as_ref());
        match settings.judges_slow_calls() {
            true => acquired.starting(now),
            false => acquired,
        }
    }

    /// The refusal that a call would meet now; see [`CircuitBreaker::rejection`](crate::CircuitBreaker::rejection).
    pub fn rejection(&self, now: impl FnMut() -> Nanos) -> Option<Rejected> {
        let word = self.control().load();
        if word.admits_all() {
            return None;
        }
        self.foresee(word, now)
    }

    #[cold]
    fn foresee(&self, word: Control, mut now: impl FnMut() -> Nanos) -> Option<Rejected> {
        // Of all tickets for a ramp, this one is admitted first: whom it does not help, nothing would.
        let lucky = || 0;
        let (Step::Stay(answer) | Step::Move(_, answer)) =
            admit::admit(word, &self.config(), &mut now, lucky);
        answer.decision.admission().err()
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
        self.settle_outcome(admission, outcome, None, now)
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
        self.settle_outcome(admission, outcome, Some(elapsed), now)
    }

    #[inline]
    fn settle_outcome(
        &self,
        admission: Admission,
        outcome: Outcome,
        elapsed: Option<Duration>,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        match self.settle_at_once(admission, outcome, &mut now) {
            Some(counted) => Settled::if_counted(counted),
            None => self.decide_settlement(admission, Finding::Outcome(outcome), elapsed, now),
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

    /// Settles a success of which the control word learns nothing, and whose time does not matter; whether it counted. `None`: it is to
    /// be decided on.
    #[inline]
    pub(crate) fn settle_at_once(
        &self,
        admission: Admission,
        outcome: Outcome,
        now: impl FnOnce() -> Nanos,
    ) -> Option<bool> {
        let is_plain =
            outcome == Outcome::Success && admission.finds_healthy(self.control().load());
        is_plain.then(|| self.window_absorbs(admission) || self.record_good(admission, now))
    }

    /// Whether the window shows no difference with one more good call.
    #[inline]
    fn window_absorbs(&self, admission: Admission) -> bool {
        !self.config.has_window()
            || self
                .config
                .window
                .absorbs(self.words.rest(), admission.generation())
    }

    /// Records a good call; whether it counted.
    #[inline(never)]
    fn record_good(&self, admission: Admission, end: impl FnOnce() -> Nanos) -> bool {
        self.write_good(admission, end) || self.config().counts_in_a_row()
    }

    /// Writes a good call into the window; whether its generation still counted.
    #[inline]
    fn write_good(&self, admission: Admission, end: impl FnOnce() -> Nanos) -> bool {
        let (words, generation) = (self.words.rest(), admission.generation());
        let window = self.config.window;
        window.record_good(words, self.control(), generation, end)
    }

    /// Keeps what a healthy call seldom needs out of the code of whoever calls.
    #[inline(never)]
    fn decide_settlement(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        self.settle_any(admission, finding, elapsed, now)
    }

    /// Settles any outcome. `elapsed` is measured, where it matters, if it is not given.
    #[inline]
    pub(crate) fn settle_any(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        match self.config.is_live() {
            true => self.settle_by_replaced(admission, finding, elapsed, now),
            false => self.settle_by(&self.config, admission, finding, elapsed, now),
        }
    }

    /// Likewise.
    #[cold]
    fn settle_by_replaced(
        &self,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
        now: impl FnMut() -> Nanos,
    ) -> Settled {
        self.settle_by(&self.replaced_config(), admission, finding, elapsed, now)
    }

    /// Settles by one whole set of settings: another may take its place meanwhile.
    #[inline]
    fn settle_by(
        &self,
        settings: &Config,
        admission: Admission,
        finding: Finding,
        elapsed: Option<Duration>,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let length = Length::of(admission, elapsed, settings, &mut now);
        let is_good = finding == Finding::Outcome(Outcome::Success) && !length.slow;
        match is_good && admission.judged().finds_healthy(self.control().load()) {
            true => self.settle_good(settings, admission, length, now),
            false => self.decide(settings, admission, finding, length, now),
        }
    }

    /// Settles what the control word may learn from.
    #[inline(never)]
    fn decide(
        &self,
        settings: &Config,
        admission: Admission,
        finding: Finding,
        length: Length,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let settled = self.control().update(|word| {
            settle::settle(word, settings, admission, finding, length.slow, &mut now)
        });
        self.note(settled.transition.as_ref());
        let call = finding.as_call(length.slow);
        let settled = match settled.goes_to_the_window(admission) {
            true if call.is_adverse() => {
                self.record_adverse(settings, admission, call, length, now)
            }
            true => self.settle_good(settings, admission, length, now),
            false => settled,
        };
        Settled {
            slow: length.slow,
            ..settled
        }
    }

    /// Settles a good call that the control word has nothing to learn from.
    fn settle_good(
        &self,
        settings: &Config,
        admission: Admission,
        length: Length,
        now: impl FnOnce() -> Nanos,
    ) -> Settled {
        let in_window =
            self.window_absorbs(admission) || self.write_good(admission, || length.end(now));
        Settled::if_counted(in_window || settings.counts_in_a_row())
    }

    /// Records an adverse call that counted in its generation, and opens if the window says so.
    fn record_adverse(
        &self,
        settings: &Config,
        admission: Admission,
        call: Call,
        length: Length,
        mut now: impl FnMut() -> Nanos,
    ) -> Settled {
        let (words, generation) = (self.words.rest(), admission.generation());
        let end = || length.end(&mut now);
        let window = settings.window;
        let Some(counts) = window.record_adverse(words, self.control(), generation, call, end)
        else {
            return Settled::if_counted(settings.counts_in_a_row());
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

/// How long a call took, as far as that matters.
#[derive(Clone, Copy)]
struct Length {
    slow: bool,
    /// When it ended, if the clock was read to know.
    ended: Option<Nanos>,
}

impl Length {
    /// Of a call that nobody measures.
    const UNKNOWN: Self = Self {
        slow: false,
        ended: None,
    };

    /// Of the call of `admission`: as was given, or as has passed.
    #[inline]
    fn of(
        admission: Admission,
        given: Option<Duration>,
        settings: &Config,
        now: impl FnOnce() -> Nanos,
    ) -> Self {
        let limit = settings.slow_limit;
        match given {
            _ if !settings.judges_slow_calls() => Self::UNKNOWN,
            Some(elapsed) => Self {
                slow: Nanos::from_duration(elapsed) > limit,
                ended: None,
            },
            None => Self::between(admission.started, now(), limit),
        }
    }

    fn between(start: Nanos, end: Nanos, limit: Nanos) -> Self {
        Self {
            slow: Nanos::from_duration(end.saturating_since(start)) > limit,
            ended: Some(end),
        }
    }

    /// When the call ended: as it was read, or now.
    fn end(self, now: impl FnOnce() -> Nanos) -> Nanos {
        self.ended.unwrap_or_else(now)
    }
}
