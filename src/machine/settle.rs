//! What a result changes: the pure half of settlement, from one value of the control word to the next.

use super::admission::{Admission, Kind};
use crate::config::Config;
use crate::nanos::Nanos;
use crate::outcome::{Finding, Outcome};
use crate::policy::TripCause;
use crate::state::cell::Step;
use crate::state::control::{Control, Tally};
use crate::state::deadline::Deadline;
use crate::state::{Cause, Transition};
use core::time::Duration;

/// What settling a permit did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settled {
    /// Whether the outcome counted in its generation, though a window of time may have left it behind. One that is ignored, untracked or of another generation did not.
    pub counted: bool,
    /// Whether the call was slow; never, where slow calls are not judged.
    pub slow: bool,
    /// The transition that this very outcome made, if it made one.
    pub transition: Option<Transition>,
}

impl Settled {
    /// Whether the call is one that a window keeps: it counted, and the circuit has not moved by it.
    pub(crate) fn goes_to_the_window(self, admission: Admission) -> bool {
        self.counted && self.transition.is_none() && admission.kind() == Kind::Counted
    }

    pub(crate) const fn if_counted(counted: bool) -> Self {
        Self {
            counted,
            ..Self::COUNTED
        }
    }

    pub(crate) const COUNTED: Self = Self {
        counted: true,
        slow: false,
        transition: None,
    };
    pub(crate) const DROPPED: Self = Self {
        counted: false,
        slow: false,
        transition: None,
    };
}

/// Opens on the verdict of a window that was counted in `generation`, unless that is over.
pub(crate) fn trip(
    word: Control,
    config: &Config,
    generation: u16,
    cause: TripCause,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    if !word.counts(generation) {
        return Step::Stay(Settled::COUNTED);
    }
    let now = now();
    moved(word, config.open(word, now), Cause::Tripped(cause), now)
}

/// Settles `admission` with `finding`. `now` is read after `word` was, and only for a transition.
pub(crate) fn settle(
    word: Control,
    config: &Config,
    admission: Admission,
    finding: Finding,
    slow: bool,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    let generation = admission.generation();
    match admission.kind() {
        Kind::Counted if word.counts(generation) => count(word, config, finding, now),
        Kind::Probe if word.probes(generation) => settle_probe(word, config, finding, slow, now),
        _ => Step::Stay(Settled::DROPPED),
    }
}

fn count(
    word: Control,
    config: &Config,
    finding: Finding,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    match finding {
        Finding::Outcome(Outcome::Success) => count_success(word),
        Finding::Outcome(Outcome::Failure) => count_failure(word, config, now),
        Finding::Outcome(Outcome::Ignored) => Step::Stay(Settled::DROPPED),
        Finding::FailureFor(wait) => open_for(word, config, wait, now()),
    }
}

fn count_success(word: Control) -> Step<Settled> {
    match word.consecutive_failures() {
        0 => Step::Stay(Settled::COUNTED),
        _ => Step::Move(word.with_consecutive_failures(0), Settled::COUNTED),
    }
}

fn count_failure(word: Control, config: &Config, now: &mut impl FnMut() -> Nanos) -> Step<Settled> {
    let limit = u32::from(config.consecutive_failures);
    if limit == 0 {
        return Step::Stay(Settled::COUNTED);
    }
    let failures = word.consecutive_failures() + 1;
    if failures < limit {
        return Step::Move(word.with_consecutive_failures(failures), Settled::COUNTED);
    }
    let now = now();
    let cause = Cause::Tripped(TripCause::ConsecutiveFailures(failures));
    moved(word, config.open(word, now), cause, now)
}

fn settle_probe(
    word: Control,
    config: &Config,
    finding: Finding,
    slow: bool,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    let tally = word.tally();
    let returned = Tally {
        in_flight: tally.in_flight.saturating_sub(1),
        ..tally
    };
    match finding {
        Finding::Outcome(Outcome::Success) if !slow => probe_succeeded(word, returned, config, now),
        Finding::Outcome(Outcome::Success | Outcome::Failure) => {
            probe_failed(word, returned, config, now)
        }
        Finding::Outcome(Outcome::Ignored) => {
            Step::Move(word.with_tally(returned), Settled::DROPPED)
        }
        Finding::FailureFor(wait) => open_for(word, config, wait, now()),
    }
}

fn probe_succeeded(
    word: Control,
    returned: Tally,
    config: &Config,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    let successes = returned.successes.saturating_add(1);
    if successes < config.probes.successes_to_close {
        let next = word.with_tally(Tally {
            successes,
            ..returned
        });
        return Step::Move(next, Settled::COUNTED);
    }
    let now = now();
    let next = match config.ramp {
        Some(ramp) => word.recovering(ramp.start(now)),
        None => word.closed(),
    };
    moved(word, next, Cause::ProbesSucceeded, now)
}

fn probe_failed(
    word: Control,
    returned: Tally,
    config: &Config,
    now: &mut impl FnMut() -> Nanos,
) -> Step<Settled> {
    let failures = returned.failures.saturating_add(1);
    if failures < config.probes.failures_to_open {
        let next = word.with_tally(Tally {
            failures,
            ..returned
        });
        return Step::Move(next, Settled::COUNTED);
    }
    let now = now();
    moved(word, config.open(word, now), Cause::ProbesFailed, now)
}

fn open_for(word: Control, config: &Config, wait: Duration, now: Nanos) -> Step<Settled> {
    let deadline = Deadline::after(now, wait);
    let next = word.as_of(config.ramp, now).opened(|_, _| deadline);
    moved(word, next, Cause::RetryAfter, now)
}

fn moved(word: Control, next: Control, cause: Cause, now: Nanos) -> Step<Settled> {
    let transition = Some(Transition::new(word, next, cause, now));
    Step::Move(
        next,
        Settled {
            transition,
            ..Settled::COUNTED
        },
    )
}
