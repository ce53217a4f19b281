//! Who may call: the pure half of admission.

use super::admission::Admission;
use super::open::{self, opened};
use super::{Answer, moved, replace, stay};
use crate::config::{Config, LeaseExpiry, ProbeLimits};
use crate::error::{Reason, Rejected};
use crate::nanos::Nanos;
use crate::state::{Mode, State};
use crate::transition::Cause;
use crate::word::{Control, Step, Tally};
use core::time::Duration;

/// The answer to a call that asks for admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "an admission that is not settled holds a half-open slot until the lease expires"]
pub enum Decision {
    /// The call may go ahead and must be settled.
    Admitted(Admission),
    /// The call may go ahead only because the breaker is in [`Mode::Shadow`]; the refusal is the
    /// one that it would have met. Its admission settles to nothing.
    Shadowed(Admission, Rejected),
    /// The call is refused.
    Rejected(Rejected),
}

impl Decision {
    /// Returns the admission of a call that may go ahead.
    ///
    /// # Errors
    ///
    /// The refusal of a call that may not.
    #[inline]
    pub const fn admission(self) -> Result<Admission, Rejected> {
        match self {
            Self::Admitted(admission) | Self::Shadowed(admission, _) => Ok(admission),
            Self::Rejected(rejected) => Err(rejected),
        }
    }

    /// The same decision, on a call that is timed from `now` if it goes ahead.
    pub(crate) fn starting(self, is_judged: bool, now: &impl Fn() -> Nanos) -> Self {
        match self {
            Self::Admitted(admission) => Self::Admitted(admission.starting(now(), is_judged)),
            Self::Shadowed(admission, rejected) => {
                Self::Shadowed(admission.starting(now(), is_judged), rejected)
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

/// Decides on a call. `now` is read after `word` was, and only if the answer depends on it;
/// `ticket` is drawn only on a ramp.
pub(crate) fn admit(
    word: Control,
    config: &Config,
    now: &impl Fn() -> Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Answer<Decision>> {
    match word.mode() {
        Mode::Normal => admit_by_state(word, config, now, ticket),
        Mode::Shadow => match admit_by_state(word, config, now, ticket) {
            Step::Stay((decision, moved)) => Step::Stay((decision.shadowed(), moved)),
            Step::Move(next, (decision, moved)) => Step::Move(next, (decision.shadowed(), moved)),
        },
        Mode::ForceOpen => stay(refused(Reason::ForcedOpen, None)),
        Mode::ForceClosed => stay(Decision::Admitted(Admission::UNTRACKED)),
    }
}

fn admit_by_state(
    word: Control,
    config: &Config,
    now: &impl Fn() -> Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Answer<Decision>> {
    match word.state() {
        State::Closed => stay(Decision::Admitted(Admission::counted(word))),
        State::Open => admit_to_open(word, config, now()),
        State::HalfOpen => admit_to_half_open(word, config, now()),
        State::Recovering => admit_to_ramp(word, config, now(), ticket),
    }
}

fn admit_to_open(word: Control, config: &Config, now: Nanos) -> Step<Answer<Decision>> {
    if !word.deadline().is_reached(now, config.longest_open) {
        return stay(still_open(word, config, now));
    }
    first_probe(word, word.half_opened(), config, Cause::DeadlineReached, now)
}

fn admit_to_half_open(word: Control, config: &Config, now: Nanos) -> Step<Answer<Decision>> {
    let tally = word.tally();
    let lease = config.lease.filter(|_| tally.in_flight > 0);
    if lease.is_some_and(|lease| lease.is_expired(tally.stamp, now)) {
        return give_up_probes(word, config, now);
    }
    if config.probes.has_slot(tally) {
        let next = claim_slot(word, config, now);
        return replace(next, Decision::Admitted(Admission::probe(next)));
    }
    let wait = config.lease.map(|lease| {
        let wait = Nanos::from_duration(lease.probable_wait(tally.stamp, now));
        open::jittered(config, wait, word.generation(), now, now.as_nanos()).as_duration()
    });
    stay(refused(Reason::ProbesBusy, wait))
}

fn admit_to_ramp(
    word: Control,
    config: &Config,
    now: Nanos,
    ticket: impl FnOnce() -> u64,
) -> Step<Answer<Decision>> {
    let start = word.ramp_start();
    match config.ramp() {
        Some(ramp) if !ramp.is_over(start, now) => stay(match ramp.admit(ticket(), start, now) {
            Ok(()) => Decision::Admitted(Admission::counted(word)),
            Err(wait) => refused(Reason::Recovering, Some(wait)),
        }),
        _ => {
            let next = word.ramp_completed();
            let admitted = Decision::Admitted(Admission::counted(next));
            moved(word, next, Cause::RampCompleted, now, admitted)
        }
    }
}

/// A probe's lease ran out: half-open has failed, and this caller opens the circuit again or is
/// the first probe of another attempt.
fn give_up_probes(word: Control, config: &Config, now: Nanos) -> Step<Answer<Decision>> {
    match config.lease_expiry() {
        LeaseExpiry::Reopen => {
            let next = opened(word, config, now);
            let answer = still_open(next, config, now);
            moved(word, next, Cause::LeaseExpired, now, answer)
        }
        LeaseExpiry::Reprobe => {
            first_probe(word, word.reprobed(), config, Cause::LeaseExpired, now)
        }
    }
}

/// Moves into `half_open` and into its first slot in one step.
fn first_probe(
    word: Control,
    half_open: Control,
    config: &Config,
    cause: Cause,
    now: Nanos,
) -> Step<Answer<Decision>> {
    let next = claim_slot(half_open, config, now);
    let admitted = Decision::Admitted(Admission::probe(next));
    moved(word, next, cause, now, admitted)
}

fn claim_slot(word: Control, config: &Config, now: Nanos) -> Control {
    let tally = word.tally();
    word.with_tally(Tally {
        in_flight: tally.in_flight + 1,
        stamp: config.lease.map_or(0, |lease| lease.stamp(now)),
        ..tally
    })
}

fn still_open(word: Control, config: &Config, now: Nanos) -> Decision {
    let left = word.deadline().left(now, config.longest_open);
    Decision::Rejected(Rejected::open(left))
}

const fn refused(reason: Reason, retry_after: Option<Duration>) -> Decision {
    Decision::Rejected(Rejected::new(reason, retry_after))
}

impl ProbeLimits {
    /// Whether another probe may start: never more at once than allowed, and never more results
    /// outstanding than can still matter. With no probe in flight there is always a slot: results
    /// may have been counted under other limits, if these were replaced at the same time.
    const fn has_slot(self, tally: Tally) -> bool {
        let started = tally.in_flight as u16 + tally.successes as u16 + tally.failures as u16;
        let undecided = self.successes_to_close as u16 + self.failures_to_open as u16 - 1;
        tally.in_flight == 0 || (tally.in_flight < self.max && started < undecided)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: ProbeLimits = ProbeLimits { max: 2, successes_to_close: 1, failures_to_open: 2 };

    const fn tally(in_flight: u8, successes: u8, failures: u8) -> Tally {
        Tally { in_flight, successes, failures, stamp: 0 }
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
