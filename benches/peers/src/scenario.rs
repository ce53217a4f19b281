//! The situations in which calls are measured, and how a breaker is brought into each.

use crate::call::Failed;
use crate::subject::{Kind, Subject};
use crate::work::{Bench, Pattern, THREADS, Timed};
use std::thread::sleep;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    Healthy,
    Shared,
    OnePercent,
    Refused,
    Cycle,
}

/// A breaker in its situation.
pub(crate) struct Prepared {
    bench: Box<dyn Bench>,
    task: Task,
}

#[derive(Clone, Copy)]
enum Task {
    Alone(Pattern),
    Shared,
}

/// Why a breaker is not measured in a situation.
pub(crate) type Absence = &'static str;

/// More calls than any of these settings should take to open.
const MOST_FAILURES: u32 = 1_000;
/// No measurement takes that long.
const FOR_LONG: Duration = Duration::from_secs(3_600);
/// For looking at whether a circuit closes. A rounded deadline and a loaded machine fit in between.
const FOR_A_MOMENT: Duration = Duration::from_millis(200);

impl Scenario {
    pub(crate) const ALL: [Self; 5] =
        [Self::Healthy, Self::Shared, Self::OnePercent, Self::Refused, Self::Cycle];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy, one thread",
            Self::Shared => "Healthy, two threads on one breaker",
            Self::OnePercent => "One call in a hundred fails, one thread",
            Self::Refused => "Refused: the circuit is open",
            Self::Cycle => "Open, half-open, closed, over and over",
        }
    }

    pub(crate) fn prepare(self, subject: &Subject) -> Result<Prepared, Absence> {
        let alone = |bench, pattern| Prepared { bench, task: Task::Alone(pattern) };
        match self {
            Self::Healthy => Ok(alone(subject.build(FOR_LONG), Pattern::Good)),
            Self::OnePercent => Ok(alone(subject.build(FOR_LONG), Pattern::OnePercent)),
            Self::Refused => Ok(alone(refusing(subject)?.0, Pattern::Good)),
            Self::Cycle => Ok(alone(subject.build_cycling(), cycle(subject)?)),
            Self::Shared => Ok(Prepared { bench: subject.build(FOR_LONG), task: Task::Shared }),
        }
    }
}

impl Prepared {
    /// Whether the breaker is still in the state to be measured: one that opened did less.
    pub(crate) fn is_as_it_should_be(&mut self, scenario: Scenario) -> bool {
        match scenario {
            Scenario::Healthy | Scenario::Shared | Scenario::OnePercent => {
                self.bench.call(Ok(0)).is_some()
            }
            Scenario::Refused => self.bench.call(Ok(0)).is_none(),
            Scenario::Cycle => true,
        }
    }

    /// The calls after which it begins again.
    pub(crate) fn period(&self) -> u32 {
        match self.task {
            Task::Alone(pattern) => pattern.period(),
            Task::Shared => 1,
        }
    }

    pub(crate) fn threads(&self) -> u32 {
        match self.task {
            Task::Alone(_) => 1,
            Task::Shared => THREADS,
        }
    }

    /// How long this many periods take a thread.
    pub(crate) fn time(&mut self, periods: u32) -> Timed {
        match self.task {
            Task::Alone(pattern) => self.bench.time(pattern, periods),
            Task::Shared => self.bench.time_shared(periods),
        }
    }
}

/// An open breaker, and the failures that opened it.
fn refusing(subject: &Subject) -> Result<(Box<dyn Bench>, u32), Absence> {
    if subject.kind == Kind::Limit {
        return Err("refuses no call");
    }
    let mut bench = subject.build(FOR_LONG);
    let failures = open(&mut *bench)?;
    Ok((bench, failures))
}

/// Fails until it refuses, and says how often that took.
fn open(bench: &mut dyn Bench) -> Result<u32, Absence> {
    (0..MOST_FAILURES)
        .find(|_| bench.call(Err(Failed)).is_none())
        .ok_or("does not open within a thousand failures")
}

/// The calls that open and close it; and it is seen to close.
fn cycle(subject: &Subject) -> Result<Pattern, Absence> {
    let (_, failures) = refusing(subject)?;
    if !closes(subject) {
        return Err("does not close after its probes");
    }
    Ok(Pattern::Cycle { failures, probes: subject.probes })
}

/// A half-open circuit would open at the failure, and refuse the call after it.
fn closes(subject: &Subject) -> bool {
    let mut bench = subject.build(FOR_A_MOMENT);
    let opened = open(&mut *bench).is_ok();
    sleep(2 * FOR_A_MOMENT);
    let probed = (0..subject.probes).all(|value| bench.call(Ok(value)).is_some());
    let failed = bench.call(Err(Failed)).is_some();
    opened && probed && failed && bench.call(Ok(0)).is_some()
}
