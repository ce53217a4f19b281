//! A question: who takes part, what is timed, and which columns answer it.

use crate::bench::{Bench, Timed};
use crate::call::Failed;
use crate::job::Terms;
use crate::subject::{Kind, Subject};
use crate::work::{Pattern, Task};

/// Names a question in other parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topic {
    Healthy,
    TwoThreads,
    /// One call in so many fails.
    Failing(u32),
    Refused,
    Cycle,
    Ways,
    WaysOnTwoThreads,
    FirstCall,
    Million,
    Reconfigured,
    Features,
}

pub(crate) struct Question {
    pub(crate) topic: Topic,
    pub(crate) title: &'static str,
    /// Below the title; may be empty.
    pub(crate) about: &'static str,
    pub(crate) columns: &'static [Column],
    pub(crate) order: Order,
    pub(crate) subjects: Vec<Subject>,
    pub(crate) prepare: fn(&Subject) -> Result<Prepared, Absence>,
    /// Whether a breaker is still in the state to be measured: one that opened does less.
    pub(crate) holds: fn(&mut Prepared, Kind) -> bool,
}

/// The order of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// By policy, then by time; the limits last.
    ByTime,
    AsListed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    OpensAt,
    /// The subject; what the head is.
    Name(&'static str),
    /// The median; what it is a figure of.
    Nanos(&'static str),
    MiddleHalf,
    /// Over the subject that it does more than, which the head may name: the median of the
    /// differences within the rounds.
    More(&'static str),
    /// Which subject that is.
    Than,
    /// The median of the ratios within the rounds to tripword with the same policy.
    ToTripword,
    /// Throughput of two threads to that of one.
    ToOneThread,
    CallsOfCycle,
    Bytes,
}

/// Why a breaker is not measured.
pub(crate) type Absence = &'static str;

/// A breaker in its situation, and what is timed.
pub(crate) struct Prepared {
    pub(crate) bench: Box<dyn Bench>,
    pub(crate) task: Task,
}

impl Prepared {
    pub(crate) fn time(&mut self, periods: u32) -> Timed {
        self.bench.time(self.task, periods)
    }

    pub(crate) fn admits(&mut self) -> bool {
        self.bench.admits(Ok(0))
    }
}

/// A closed breaker on one thread, with good calls.
pub(crate) fn healthy(subject: &Subject) -> Result<Prepared, Absence> {
    Ok(Prepared { bench: subject.build(Terms::USUAL), task: Task::Alone(Pattern::Good) })
}

pub(crate) fn on_two_threads(subject: &Subject) -> Result<Prepared, Absence> {
    Ok(Prepared { bench: subject.build(Terms::USUAL), task: Task::Together })
}

pub(crate) fn is_closed(prepared: &mut Prepared, _: Kind) -> bool {
    prepared.admits()
}

/// More calls than any of these settings should take to open.
const MOST_FAILURES: u32 = 1_000;

/// Fails until it refuses, and returns how often that took.
pub(crate) fn open(bench: &mut dyn Bench) -> Result<u32, Absence> {
    (0..MOST_FAILURES)
        .find(|_| !bench.admits(Err(Failed)))
        .ok_or("does not open within a thousand failures")
}

/// An open breaker, and the failures that opened it.
pub(crate) fn refusing(subject: &Subject) -> Result<(Box<dyn Bench>, u32), Absence> {
    let mut bench = subject.build(Terms::USUAL);
    let failures = open(&mut *bench)?;
    Ok((bench, failures))
}
