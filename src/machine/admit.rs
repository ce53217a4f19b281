//! Who may call: the pure half of admission, from one value of the control word to an answer and perhaps the next value.

use super::admission::Admission;
use crate::config::{Config, LeaseExpiry, ProbeLimits};
use crate::error::{Reason, Rejected};
use crate::nanos::Nanos;
use crate::state::cell::Step;
use crate::state::control::{Control, Tally};
use crate::state::{Cause, Mode, State, Transition};

/// The answer to a call that asks to be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an admission that is not settled holds a half-open slot until the lease expires"]
pub enum Decision {
    /// The call may go ahead and is to be settled.
    Admitted(Admission),
    /// The call may go ahead only because the breaker is in [`Mode::Shadow`]; this is what it would have been told. Its admission
    /// settles to nothing.
    Shadowed(Admission, Rejected),
    /// The call is refused.
    Rejected(Rejected),
}

impl Decision {
    /// The admission of a call that may go ahead.
    ///
    /// # Errors
    ///
    /// The refusal of one that may not.
    #[inline]
    pub const fn admission(self) -> Result<Admission, Rejected> {
        match self {
            Self::Admitted(admission) | Self::Shadowed(admission, _) => Ok(admission),
            Self::Rejected(rejected) => Err(rejected),
        }
    }

    fn starting(self, now: impl FnOnce() -> Nanos) -> Self {
        match self {
            Self::Admitted(admission) => Self::Admitted(admission.starting(now())),
            Self::Shadowed(admission, rejected) => {
                Self::Shadowed(admission.starting(now()), rejected)
            }
            Self::Rejected(rejected) => Self::Rejected(rejected),
        }
    }

    const fn shadowed(self) -> Self {
        match self {
            Self::Rejected(rejected) => Self::Shadowed(Admission::UNTRACKED, rejected.shadowed()),
            other => other,
        }
    }
}

/// The answer to a call, and the transition that giving it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an admission that is not settled holds a half-open slot until the lease expires"]
#[non_exhaustive]
pub struct Acquired {
    /// Whether the call may go ahead.
    pub decision: Decision,
    /// The transition that this very call made, if it made one.
    pub transition: Option<Transition>,
}

impl Acquired {
    pub(crate) const fn admitted(admission: Admission) -> Self {
        Self::quietly(Decision::Admitted(admission))
    }

    pub(crate) fn answered(answer: Result<Admission, Rejected>) -> Self {
        match answer {
            Ok(admission) => Self::admitted(admission),
            Err(rejected) => Self::refused(rejected),
        }
    }

    const fn counted(word: Control) -> Self {
        Self::admitted(Admission::counted(word))
    }

    const fn refused(rejected: Rejected) -> Self {
        Self::quietly(Decision::Rejected(rejected))
    }

    const fn quietly(decision: Decision) -> Self {
        Self {
            decision,
            transition: None,
        }
    }

    /// The same, for a call that begins `now`, if it may.
    pub(crate) fn starting(self, now: impl FnOnce() -> Nanos) -> Self {
        Self {
            decision: self.decision.starting(now),
            ..self
        }
    }

    const fn shadowed(self) -> Self {
        Self {
            decision: self.decision.shadowed(),
            ..self
        }
    }
}

/// Decides on a call. `now` is read after `word` was, and only if the answer depends on it; `ticket` is drawn only on a ramp.
pub(crate) fn admit(
    word: Control,
    config: &Config,
    now: &mut impl FnMut() -> Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Acquired> {
    match word.mode() {
        Mode::Normal => admit_by_state(word, config, now, ticket),
        Mode::Shadow => match admit_by_state(word, config, now, ticket) {
            Step::Stay(acquired) => Step::Stay(acquired.shadowed()),
            Step::Move(next, acquired) => Step::Move(next, acquired.shadowed()),
        },
        Mode::ForceOpen => Step::Stay(Acquired::refused(Rejected::new(Reason::ForcedOpen, None))),
        Mode::ForceClosed => {
            Step::Stay(Acquired::quietly(Decision::Admitted(Admission::UNTRACKED)))
        }
    }
}

fn admit_by_state(
    word: Control,
    config: &Config,
    now: &mut impl FnMut() -> Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Acquired> {
    match word.state() {
        State::Closed => Step::Stay(Acquired::counted(word)),
        State::Open => admit_to_open(word, config, now()),
        State::HalfOpen => admit_to_half_open(word, config, now()),
        State::Recovering => admit_to_ramp(word, config, now(), ticket),
    }
}

fn admit_to_open(word: Control, config: &Config, now: Nanos) -> Step<Acquired> {
    if word.deadline().is_reached(now) {
        first_probe(
            word,
            word.half_opened(),
            config,
            Cause::DeadlineReached,
            now,
        )
    } else {
        Step::Stay(Acquired::refused(still_open(word, now)))
    }
}

fn admit_to_half_open(word: Control, config: &Config, now: Nanos) -> Step<Acquired> {
    let tally = word.tally();
    if config
        .lease
        .is_some_and(|lease| tally.in_flight > 0 && lease.is_expired(tally.stamp, now))
    {
        give_up_probes(word, config, now)
    } else if config.probes.has_slot(tally) {
        let next = claim_slot(word, config, now);
        Step::Move(
            next,
            Acquired::quietly(Decision::Admitted(Admission::probe(next))),
        )
    } else {
        let rest = config.lease.map(|lease| lease.remaining(tally.stamp, now));
        Step::Stay(Acquired::refused(Rejected::new(Reason::ProbesBusy, rest)))
    }
}

fn admit_to_ramp(
    word: Control,
    config: &Config,
    now: Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Acquired> {
    let start = word.ramp_start();
    match config.ramp {
        Some(ramp) if !ramp.is_over(start, now) => {
            let rest = ramp.remaining(start, now);
            Step::Stay(if ramp.admits(ticket(), start, now) {
                Acquired::counted(word)
            } else {
                Acquired::refused(Rejected::new(Reason::Recovering, Some(rest)))
            })
        }
        _ => {
            let next = word.ramp_completed();
            moved(
                word,
                next,
                Cause::RampCompleted,
                now,
                Decision::Admitted(Admission::counted(next)),
            )
        }
    }
}

/// A probe's lease ran out: half-open has failed, and this caller opens again or is the first probe of another try.
fn give_up_probes(word: Control, config: &Config, now: Nanos) -> Step<Acquired> {
    match config.lease_expiry {
        LeaseExpiry::Reopen => {
            let next = config.open(word, now);
            moved(
                word,
                next,
                Cause::LeaseExpired,
                now,
                Decision::Rejected(still_open(next, now)),
            )
        }
        LeaseExpiry::Reprobe => {
            first_probe(word, word.reprobed(), config, Cause::LeaseExpired, now)
        }
    }
}

/// Into `half_open` and into its first slot in one step.
fn first_probe(
    word: Control,
    half_open: Control,
    config: &Config,
    cause: Cause,
    now: Nanos,
) -> Step<Acquired> {
    let next = claim_slot(half_open, config, now);
    moved(
        word,
        next,
        cause,
        now,
        Decision::Admitted(Admission::probe(next)),
    )
}

fn claim_slot(word: Control, config: &Config, now: Nanos) -> Control {
    let tally = word.tally();
    word.with_tally(Tally {
        in_flight: tally.in_flight + 1,
        stamp: config.lease.map_or(0, |lease| lease.stamp(now)),
        ..tally
    })
}

fn still_open(word: Control, now: Nanos) -> Rejected {
    Rejected::open(word.deadline().left(now))
}

fn moved(
    word: Control,
    next: Control,
    cause: Cause,
    now: Nanos,
    decision: Decision,
) -> Step<Acquired> {
    let transition = Some(Transition::new(word, next, cause, now));
    Step::Move(
        next,
        Acquired {
            decision,
            transition,
        },
    )
}

impl ProbeLimits {
    /// Whether another probe may go out: never more at once than allowed, and never more results outstanding than can still matter. With
    /// none out there is a slot in any case: results may have been counted by other limits, if these were replaced at the same time.
    const fn has_slot(self, tally: Tally) -> bool {
        let started = tally.in_flight as u16 + tally.successes as u16 + tally.failures as u16;
        let undecided = self.successes_to_close as u16 + self.failures_to_open as u16 - 1;
        tally.in_flight == 0 || (tally.in_flight < self.max && started < undecided)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ProbeLimits = ProbeLimits {
        max: 2,
        successes_to_close: 1,
        failures_to_open: 2,
    };

    const fn tally(in_flight: u8, successes: u8, failures: u8) -> Tally {
        Tally {
            in_flight,
            successes,
            failures,
            stamp: 0,
        }
    }

    #[test]
    fn a_slot_is_left_while_a_result_can_still_matter() {
        assert!(LIMITS.has_slot(tally(0, 0, 0)) && LIMITS.has_slot(tally(1, 0, 0)));
        assert!(!LIMITS.has_slot(tally(2, 0, 0)));
        assert!(!LIMITS.has_slot(tally(1, 0, 1)));
    }

    #[test]
    fn with_no_probe_out_there_is_a_slot_whatever_other_limits_have_counted() {
        assert!(LIMITS.has_slot(tally(0, 1, 0)) && LIMITS.has_slot(tally(0, 254, 254)));
    }
}
