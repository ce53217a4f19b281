//! What is timed: tasks for one thread or several, and the loops of their calls.

use crate::call::{Answer, Caller, Failed, pinned};
use std::hint::black_box;
use std::time::Duration;

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Task {
    /// One thread.
    Alone(Pattern),
    /// Two threads, each with good calls.
    Together,
    /// One thread with good calls, while another does [`disturb`](crate::call::Breaker::disturb).
    Disturbed,
    /// New threads, one after the other, each with one good call. Only that is timed.
    First,
}

impl Task {
    /// The calls after which it begins again.
    pub(crate) fn period(self) -> u32 {
        match self {
            Self::Alone(pattern) => pattern.period(),
            Self::Together | Self::Disturbed | Self::First => 1,
        }
    }

    /// The calls of a period that a figure is for: one, or the whole cycle.
    pub(crate) fn figures(self) -> u32 {
        match self {
            Self::Alone(Pattern::Cycle { .. }) => 1,
            _ => self.period(),
        }
    }

    /// How much of a usual turn it is timed for. Two threads that both keep their cores are rarer,
    /// and to start a thread takes a hundred times as long as its call.
    pub(crate) fn share(self, turn: Duration) -> Duration {
        match self {
            Self::Alone(_) => turn,
            Self::Together | Self::Disturbed => turn / 4,
            Self::First => turn / 100,
        }
    }
}

/// What the dependency answers, over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Good,
    /// Good answers, and each time a bad one as the last of so many.
    OneBadIn(u32),
    /// What opens a circuit, and the probes that close it.
    Cycle {
        failures: u32,
        probes: u32,
    },
}

impl Pattern {
    fn period(self) -> u32 {
        match self {
            Self::Good => 1,
            Self::OneBadIn(calls) => calls,
            Self::Cycle { failures, probes } => failures + probes,
        }
    }
}

/// Makes the calls of so many periods.
pub(crate) fn repeat(caller: &mut impl Caller, pattern: Pattern, periods: u32) {
    match pattern {
        Pattern::Good => good(caller, periods),
        Pattern::OneBadIn(calls) => mixed(caller, periods, (calls - 1, Ok(0)), (1, Err(Failed))),
        Pattern::Cycle { failures, probes } => {
            mixed(caller, periods, (failures, Err(Failed)), (probes, Ok(0)));
        }
    }
}

fn good<C: Caller>(caller: &mut C, calls: u32) {
    let (call, mut admitted) = (pinned(), 0);
    for value in 0..calls {
        admitted += u32::from(call(caller, Ok(value)));
    }
    black_box(admitted);
}

/// So many of one answer and so many of another, by turns.
fn mixed<C: Caller>(caller: &mut C, periods: u32, first: (u32, Answer), then: (u32, Answer)) {
    let (call, mut admitted) = (pinned(), 0);
    for _ in 0..periods {
        for (times, answer) in [first, then] {
            for _ in 0..times {
                admitted += u32::from(call(caller, answer));
            }
        }
    }
    black_box(admitted);
}
