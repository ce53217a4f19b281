//! What a result changes: the pure half of settlement.

use super::admission::{Admission, Kind};
use super::open::{opened, opened_as_asked};
use super::{Answer, moved, replace, stay};
use crate::config::Config;
use crate::nanos::Nanos;
use crate::outcome::{Call, Outcome, Settlement};
use crate::policy::{Rate, TripCause};
use crate::transition::Cause;
use crate::word::{Control, Step, Tally};
use core::time::Duration;

/// A finished call: its admission, its outcome, and its duration as far as that matters.
#[derive(Clone, Copy)]
pub(crate) struct Finished {
    pub(crate) admission: Admission,
    pub(crate) outcome: Outcome,
    /// Longer than the limit; never where slow calls are not judged.
    pub(crate) slow: bool,
    /// Where the caller measured it.
    elapsed: Option<Duration>,
    /// When the call ended, where the clock was read to measure it.
    ended: Option<Nanos>,
}

impl Finished {
    /// `elapsed` is measured where it is judged and was not given.
    #[inline]
    pub(crate) fn new(
        admission: Admission,
        outcome: Outcome,
        elapsed: Option<Duration>,
        config: &Config,
        now: &impl Fn() -> Nanos,
    ) -> Self {
        let mut call = Self { elapsed, ..Self::plain(admission, outcome) };
        if config.judges_slow_calls() {
            let took = if let Some(elapsed) = elapsed {
                Nanos::from_duration(elapsed)
            } else {
                let end = now();
                call.ended = Some(end);
                Nanos::from_nanos(end.as_nanos().saturating_sub(admission.started.as_nanos()))
            };
            call.slow = took > config.slow_limit;
        }
        call
    }

    /// A call whose duration does not matter.
    #[inline]
    pub(crate) const fn plain(admission: Admission, outcome: Outcome) -> Self {
        Self { admission, outcome, slow: false, elapsed: None, ended: None }
    }

    /// Whether the call neither failed nor was slow.
    pub(crate) fn is_good(&self) -> bool {
        self.outcome == Outcome::Success && !self.slow
    }

    /// What a window records of it.
    pub(crate) fn as_call(&self) -> Call {
        Call { failed: self.outcome.is_failure(), slow: self.slow }
    }

    /// When the call ended: as it was read, or now. A closure that holds no reference to the call,
    /// which can so stay in registers.
    pub(crate) fn end(self, now: &impl Fn() -> Nanos) -> impl FnOnce() -> Nanos {
        let ended = self.ended;
        move || ended.unwrap_or_else(now)
    }

    pub(crate) fn settlement(&self, counted: bool) -> Settlement {
        Settlement {
            outcome: self.outcome,
            counted,
            slow: self.slow,
            elapsed: self.elapsed.or_else(|| {
                let ended = self.ended?;
                Some(ended.saturating_since(self.admission.started))
            }),
            generation: self.admission.generation(),
        }
    }
}

/// Settles `call`; the answer is whether it counted. `now` is read for a transition only.
pub(crate) fn settle(
    word: Control,
    config: &Config,
    call: &Finished,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    let generation = call.admission.generation();
    match call.admission.kind() {
        Kind::Counted if word.counts(generation) => count(word, config, call.outcome, now),
        Kind::Probe if word.probes(generation) => settle_probe(word, config, call, now),
        _ => stay(false),
    }
}

fn count(
    word: Control,
    config: &Config,
    outcome: Outcome,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    match outcome {
        Outcome::Success if word == word.after_success() => stay(true),
        Outcome::Success => replace(word.after_success(), true),
        Outcome::Failure => count_failure(word, config, now),
        Outcome::RetryAfter(wait) => open_for(word, config, wait, now()),
        Outcome::Ignored => stay(false),
    }
}

fn count_failure(word: Control, config: &Config, now: &impl Fn() -> Nanos) -> Step<Answer<bool>> {
    let limit = config.consecutive_failures();
    if limit == 0 {
        return stay(true);
    }
    let failures = word.consecutive_failures().saturating_add(1);
    if failures < limit {
        return replace(word.with_consecutive_failures(failures), true);
    }
    let now = now();
    let cause = Cause::Tripped(TripCause::ConsecutiveFailures(failures));
    moved(word, opened(word, config, now), cause, now, true)
}

fn settle_probe(
    word: Control,
    config: &Config,
    call: &Finished,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    let tally = word.tally();
    let returned = Tally { in_flight: tally.in_flight.saturating_sub(1), ..tally };
    // Slow calls that open no closed circuit keep none from closing.
    let policy = &config.policy;
    let slow_calls_open = policy.slow_call_rate != Rate::NONE || policy.trip_when.is_some();
    let is_too_slow = call.slow && slow_calls_open;
    match call.outcome {
        Outcome::Success if is_too_slow => {
            probe_failed(word, returned, config, Cause::ProbesSlow, now)
        }
        Outcome::Success => probe_succeeded(word, returned, config, now),
        Outcome::Failure => probe_failed(word, returned, config, Cause::ProbesFailed, now),
        Outcome::RetryAfter(wait) => open_for(word, config, wait, now()),
        Outcome::Ignored => replace(word.with_tally(returned), false),
    }
}

fn probe_succeeded(
    word: Control,
    returned: Tally,
    config: &Config,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    let successes = returned.successes.saturating_add(1);
    if successes < config.probes.successes_to_close {
        let next = word.with_tally(Tally { successes, ..returned });
        return replace(next, true);
    }
    let now = now();
    let next = match config.ramp() {
        Some(ramp) => word.recovering(ramp.start(now)),
        None => word.closed(),
    };
    moved(word, next, Cause::ProbesSucceeded, now, true)
}

fn probe_failed(
    word: Control,
    returned: Tally,
    config: &Config,
    cause: Cause,
    now: &impl Fn() -> Nanos,
) -> Step<Answer<bool>> {
    let failures = returned.failures.saturating_add(1);
    if failures < config.probes.failures_to_open {
        let next = word.with_tally(Tally { failures, ..returned });
        return replace(next, true);
    }
    let now = now();
    let next = opened(word, config, now);
    moved(word, next, cause, now, true)
}

/// Opens for the time that a dependency named. However long that is, it ends.
fn open_for(word: Control, config: &Config, wait: Duration, now: Nanos) -> Step<Answer<bool>> {
    let next = opened_as_asked(word, config, wait, now);
    moved(word, next, Cause::RetryAfter, now, true)
}
