//! What is told and asked, in plain values.

use super::Counts;
use std::time::Duration;
use tripword::{Cause, Mode, Outcome, Reason, State};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) shadowed: bool,
}

/// What a permit came to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Finding {
    Outcome(Outcome, Option<Duration>),
    FailureFor(Duration),
}

/// What an observer hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    Transition {
        from: State,
        to: State,
        generation: u16,
        at: u128,
        cause: Cause,
    },
    Rejected(Refusal),
    Outcome {
        outcome: Outcome,
        counted: bool,
        slow: bool,
        elapsed: Option<Duration>,
    },
    Mode(Mode, Mode),
}

/// What a snapshot tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) state: State,
    pub(crate) mode: Mode,
    pub(crate) generation: u16,
    pub(crate) now: u128,
    pub(crate) since: Option<u128>,
    pub(crate) cause: Option<Cause>,
    pub(crate) streak: u8,
    pub(crate) consecutive_failures: u32,
    pub(crate) consecutive_failure_limit: u32,
    pub(crate) counts: Counts,
    pub(crate) in_flight: u32,
    pub(crate) successes: (u32, u32),
    pub(crate) failures: (u32, u32),
    pub(crate) remaining: Option<Duration>,
}

impl Refusal {
    pub(crate) fn new(reason: Reason, retry_after: Option<Duration>) -> Self {
        Self {
            reason,
            retry_after,
            shadowed: false,
        }
    }
}
