//! One call through the engine: admission and settlement. What a healthy call needs is inline and
//! only reads; everything else is out of line.

use super::{Engine, TICKET};
use crate::config::Config;
use crate::error::Rejected;
use crate::nanos::Nanos;
use crate::outcome::{Outcome, Settlement};
use crate::rules::admission::{Admission, Kind};
use crate::rules::admit::{self, Decision};
use crate::rules::settle::{self, Finished};
use crate::rules::{Answer, open};
use crate::sync::Ordering::Relaxed;
use crate::transition::Transition;
use crate::word::{Control, Step};
use core::time::Duration;

impl Engine<'_> {
    /// Admits or refuses one call, and returns the transition that this made, if it made one. On a
    /// healthy breaker this is one load, and a clock reading where slow calls are judged.
    #[inline]
    pub fn admit(self, now: &impl Fn() -> Nanos) -> (Decision, Option<Transition>) {
        match self.near.admit(&self.shape) {
            Ok(admission) => (Decision::Admitted(admission), None),
            Err(_) => self.admit_any(now),
        }
    }

    /// Refuses a call that found the open `word`, in a register, if its deadline is to come, by
    /// settings that stay:
    /// [`admit_any`](Self::admit_any) would give the same answer in 20 instructions more.
    #[inline]
    pub(crate) fn refuse_at_once(
        self,
        word: Control,
        now: &impl Fn() -> Nanos,
    ) -> Option<Rejected> {
        let left = word.deadline().left_within(now(), self.shape.longest_open())?;
        Some(Rejected::open_for(left))
    }

    /// Admits or refuses any call.
    #[cold]
    pub(crate) fn admit_any(self, now: &impl Fn() -> Nanos) -> Answer<Decision> {
        let mut replaced = None;
        let settings = self.settings(&mut replaced);
        let (decision, transition) =
            self.update(|word| admit::admit(word, settings, now, || self.draw_ticket()));
        if self.shape.notes_starts() {
            (decision.starting(self.shape.judges_slow_calls(), now), transition)
        } else {
            (decision, transition)
        }
    }

    /// Returns the refusal that a call would meet now, without making one; see
    /// [`CircuitBreaker::rejection`](crate::CircuitBreaker::rejection).
    pub fn rejection(self, now: &impl Fn() -> Nanos) -> Option<Rejected> {
        let word = self.control().load();
        if word.admits_all() {
            return None;
        }
        self.predict_rejection(word, now)
    }

    #[cold]
    fn predict_rejection(self, word: Control, now: &impl Fn() -> Nanos) -> Option<Rejected> {
        // Ticket 0 is admitted at any share, so a refusal here is certain.
        let (Step::Stay((decision, _)) | Step::Move(_, (decision, _))) =
            admit::admit(word, &self.config(), now, || 0);
        decision.admission().err()
    }

    /// Settles an admission with the call's outcome, and returns what that did and the transition
    /// that it made, if it made one. The duration is measured where slow calls are judged. On a
    /// closed breaker whose window holds only good calls, a success only reads.
    #[inline]
    pub fn settle(
        self,
        admission: Admission,
        outcome: Outcome,
        now: &impl Fn() -> Nanos,
    ) -> (Settlement, Option<Transition>) {
        if self.near.finds_healthy(admission, outcome) {
            let counted =
                self.near.absorbs(admission, &self.shape) || self.record_good(admission, now);
            return (Settlement::of_plain(admission.generation(), Outcome::Success, counted), None);
        }
        self.settle_changing(admission, outcome, now)
    }

    /// Settles what may change the control word: by a short way, if there is one for it.
    fn settle_changing(
        self,
        admission: Admission,
        outcome: Outcome,
        now: &impl Fn() -> Nanos,
    ) -> Answer<Settlement> {
        let answer = if outcome != Outcome::Failure {
            None
        } else if self.shape.counts_in_a_row_only() {
            self.count_plain_failure(admission).then_some((true, None))
        } else if self.shape.counts_in_window_only() {
            self.settle_in_window(admission, now)
        } else {
            None
        };
        match answer {
            Some((counted, transition)) => {
                let generation = admission.generation();
                (Settlement::of_plain(generation, outcome, counted), transition)
            }
            None => self.settle_any(admission, outcome, None, now),
        }
    }

    /// Settles an admission with the call's outcome and its duration, as the caller measured it.
    pub fn settle_elapsed(
        self,
        admission: Admission,
        outcome: Outcome,
        elapsed: Duration,
        now: &impl Fn() -> Nanos,
    ) -> (Settlement, Option<Transition>) {
        self.settle_any(admission, outcome, Some(elapsed), now)
    }

    /// Records a good call; whether it counted.
    #[inline]
    pub(crate) fn record_good(self, admission: Admission, now: &impl Fn() -> Nanos) -> bool {
        self.write_good(admission, now) || self.settings(&mut None).counts_in_a_row()
    }

    /// Records a good call that no short way could record; whether it counted.
    #[inline]
    pub(crate) fn record_anew(self, admission: Admission, now: Nanos) -> bool {
        self.write_anew(admission, now) || self.settings(&mut None).counts_in_a_row()
    }

    /// The short way of [`record_good`](Self::record_good) in a time window.
    #[inline]
    pub(crate) fn counts_again(self, admission: Admission, now: Nanos) -> bool {
        self.config.window.counts_again(self.window_words(), admission.generation(), now)
    }

    /// Writes a good call into the window; whether its generation still counted.
    #[inline]
    fn write_good(self, admission: Admission, end: impl FnOnce() -> Nanos) -> bool {
        if self.shape.has_time_window() {
            let now = end();
            self.counts_again(admission, now) || self.write_anew(admission, now)
        } else {
            // A window of calls has no moments.
            self.near.appends(admission, &self.shape) || self.write_anew(admission, Nanos::ZERO)
        }
    }

    /// Apart, so that a call whose window absorbs it needs few registers.
    #[inline(never)]
    fn write_anew(self, admission: Admission, now: Nanos) -> bool {
        let window = self.config.window;
        window.record_good(self.window_words(), self.control(), admission.generation(), now)
    }

    /// Counts a failure where failures are counted in a row only, if it opens nothing: one swap of
    /// the control word. Returns whether it did; otherwise nothing has changed.
    /// [`settle_any`](Self::settle_any) would do the same in 150 instructions more.
    #[inline]
    pub(crate) fn count_plain_failure(self, admission: Admission) -> bool {
        let (limit, word) = (self.config.consecutive_failures(), self.control().load());
        admission.finds_failures(word).is_some_and(|failures| failures + 1 < limit.into())
            && self.control().replace(word, word.with_one_more_failure()).is_ok()
    }

    /// Settles a call where failures are counted in a row and nowhere else, by settings that stay:
    /// [`settle_any`](Self::settle_any) would do the same in 100 instructions more.
    #[inline]
    pub(crate) fn settle_plain(
        self,
        admission: Admission,
        outcome: Outcome,
        now: &impl Fn() -> Nanos,
    ) -> Answer<bool> {
        let call = Finished::plain(admission, outcome);
        self.update(|word| settle::settle(word, self.config, &call, now))
    }

    /// Settles a failure where it is counted in a window and nowhere else, by settings that stay.
    /// `None`, with nothing done, if the control word may have to change as well.
    #[inline]
    pub(crate) fn settle_in_window(
        self,
        admission: Admission,
        now: &impl Fn() -> Nanos,
    ) -> Option<Answer<bool>> {
        let call = Finished::plain(admission, Outcome::Failure);
        let is_closed = admission.finds_healthy(self.control().load());
        is_closed.then(|| self.settle_adverse(self.config, &call, now))
    }

    /// Settles any call. `elapsed` is measured, where it matters, if it is not given.
    #[inline]
    pub(crate) fn settle_any(
        self,
        admission: Admission,
        outcome: Outcome,
        elapsed: Option<Duration>,
        now: &impl Fn() -> Nanos,
    ) -> Answer<Settlement> {
        let mut replaced = None;
        let settings = self.settings(&mut replaced);
        let call = Finished::new(admission, outcome, elapsed, settings, now);
        let (counted, transition) = self.settle_finished(settings, &call, now);
        (call.settlement(counted), transition)
    }

    /// Settles `call` in the control word, then in the window, which may open the circuit.
    #[inline]
    fn settle_finished(
        self,
        settings: &Config,
        call: &Finished,
        now: &impl Fn() -> Nanos,
    ) -> Answer<bool> {
        let admission = call.admission;
        if !call.is_good() || !admission.judged().finds_healthy(self.control().load()) {
            let (counted, transition) =
                self.update(|word| settle::settle(word, settings, call, now));
            let ends_here = transition.is_some() || admission.kind() != Kind::Counted;
            if !counted || ends_here || !settings.has_window() {
                return (counted, transition);
            }
            if !call.is_good() {
                return self.settle_adverse(settings, call, now);
            }
        }
        (self.settle_good(settings, call, now), None)
    }

    /// Records a good call; whether it counted. Failures in a row count it even where it came too
    /// late for the window.
    fn settle_good(self, settings: &Config, call: &Finished, now: &impl Fn() -> Nanos) -> bool {
        self.near.absorbs(call.admission, &self.shape)
            || self.write_good(call.admission, call.end(now))
            || settings.counts_in_a_row()
    }

    /// Records an adverse call, and opens the circuit if the window says so.
    fn settle_adverse(
        self,
        settings: &Config,
        call: &Finished,
        now: &impl Fn() -> Nanos,
    ) -> Answer<bool> {
        let (generation, end) = (call.admission.generation(), call.end(now));
        let (words, control) = (self.window_words(), self.control());
        let window = settings.window;
        let out_of_reach = |counts| settings.policy.is_out_of_reach(counts);
        let counts =
            window.record_adverse(words, control, generation, call.as_call(), end, out_of_reach);
        let Some(counts) = counts else {
            return (settings.counts_in_a_row(), None);
        };
        match settings.policy.verdict(counts) {
            Some(cause) => self.update(|word| open::trip(word, settings, generation, cause, now)),
            None => (true, None),
        }
    }

    /// The outcome of a call that is given up.
    pub(crate) fn outcome_if_given_up(
        self,
        admission: Admission,
        now: &impl Fn() -> Nanos,
    ) -> Outcome {
        let most = self.settings(&mut None).abandoned_after();
        let is_late = |most| admission.elapsed(now()).is_some_and(|elapsed| elapsed > most);
        if most.is_some_and(is_late) { Outcome::Failure } else { Outcome::Ignored }
    }

    fn draw_ticket(self) -> u64 {
        // Relaxed: a counter; each caller draws a number of its own, and no other read relies on
        // it.
        TICKET.get(self.ticket().fetch_add(1 << 32, Relaxed))
    }
}
