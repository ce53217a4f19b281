//! The real breaker, watched: its clock counts readings, and what it tells is heard.

use super::built::builder;
use super::cases::Settling;
use super::{Event, Finding, Settings, said};
use crate::support::{Ear, Heard};
use std::cell::Cell;
use std::mem;
use tripword::{CircuitBreaker, Clock, ManualClock, Nanos, Outcome};

/// A manual clock that counts how often it is read.
#[derive(Debug)]
pub(crate) struct Watched {
    pub(crate) clock: ManualClock,
    pub(crate) reads: Cell<u32>,
}

impl Clock for Watched {
    fn now(&self) -> Nanos {
        self.reads.set(self.reads.get() + 1);
        self.clock.now()
    }
}

pub(crate) type Breaker<'a> = CircuitBreaker<&'a Watched, Ear>;

pub(crate) fn build<'a>(settings: &Settings, clock: &'a Watched) -> Breaker<'a> {
    let breaker = builder(settings).build_with(clock);
    let breaker = breaker.expect("settings that can be");
    breaker.observed_by(Ear::default())
}

/// A permit of either kind.
pub(crate) enum Permit<'a> {
    Borrowed(tripword::Permit<'a, &'a Watched, Ear>),
    #[cfg(feature = "alloc")]
    Owned(tripword::OwnedPermit<&'a Watched, Ear>),
}

macro_rules! either {
    ($permit:expr, $held:ident => $do:expr) => {
        match $permit {
            Permit::Borrowed($held) => $do,
            #[cfg(feature = "alloc")]
            Permit::Owned($held) => $do,
        }
    };
}

impl Permit<'_> {
    pub(crate) fn is_probe(&self) -> bool {
        either!(self, permit => permit.is_probe())
    }

    pub(crate) fn settle(self, how: Settling) {
        either!(self, permit => match how {
            Settling::Success => permit.success(),
            Settling::Failure => permit.failure(),
            Settling::Ignore => permit.ignore(),
            Settling::Record(outcome) => permit.record(outcome),
            Settling::RecordElapsed(outcome, elapsed) => permit.record_elapsed(outcome, elapsed),
            Settling::FailureFor(wait) => permit.failure_for(wait),
            Settling::Drop => drop(permit),
            Settling::Forget => mem::forget(permit),
        })
    }
}

pub(crate) fn event(heard: Heard) -> Event {
    match heard {
        Heard::Transition(transition) => said::transition(&transition),
        Heard::Rejected(rejected) => Event::Rejected(said::refusal(&rejected)),
        Heard::Outcome(settlement) => Event::Outcome {
            outcome: settlement.outcome,
            counted: settlement.counted,
            slow: settlement.slow,
            elapsed: settlement.elapsed,
        },
        Heard::Mode(from, to) => Event::Mode(from, to),
    }
}

pub(crate) fn finding(how: Settling) -> Option<Finding> {
    Some(match how {
        Settling::Success => Finding::Outcome(Outcome::Success, None),
        Settling::Failure => Finding::Outcome(Outcome::Failure, None),
        Settling::Ignore | Settling::Drop => Finding::Outcome(Outcome::Ignored, None),
        Settling::Record(outcome) => Finding::Outcome(outcome, None),
        Settling::RecordElapsed(outcome, elapsed) => Finding::Outcome(outcome, Some(elapsed)),
        Settling::FailureFor(wait) => Finding::FailureFor(wait),
        Settling::Forget => return None,
    })
}
