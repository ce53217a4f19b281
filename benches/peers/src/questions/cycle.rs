//! What does it cost to open, to be half-open, and to close?

use crate::call::Failed;
use crate::job::Terms;
use crate::question::{Absence, Column::*, Order, Prepared, Question, Topic, open, refusing};
use crate::subject::{Kind, Subject};
use crate::subjects;
use crate::work::{Pattern, Task};
use std::thread::sleep;
use std::time::Duration;

/// For looking at whether a circuit closes. A rounded deadline and a loaded machine fit in between.
const FOR_A_MOMENT: Duration = Duration::from_millis(200);

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Cycle,
        title: "Open, half-open, closed, over and over",
        about: "The limits have a cycle of six good calls.",
        columns: &[
            OpensAt,
            Name("breaker"),
            Nanos("a cycle"),
            MiddleHalf,
            More("over the call"),
            ToTripword,
            CallsOfCycle,
        ],
        order: Order::ByTime,
        subjects: subjects::all(),
        prepare,
        // Open and closed are both right.
        holds: |_, _| true,
    }
}

fn prepare(subject: &Subject) -> Result<Prepared, Absence> {
    let bench =
        subject.build_cycling().ok_or("has a clock too coarse for an open duration of zero")?;
    Ok(Prepared { bench, task: Task::Alone(cycle(subject)?) })
}

/// The calls that open and close it; and it is seen to close.
fn cycle(subject: &Subject) -> Result<Pattern, Absence> {
    if subject.kind == Kind::Limit {
        return Ok(Pattern::Cycle { failures: 5, probes: 1 });
    }
    let (_, failures) = refusing(subject)?;
    if !closes(subject) {
        return Err("does not close after its probes");
    }
    Ok(Pattern::Cycle { failures, probes: subject.probes })
}

/// A half-open circuit would open at the failure, and refuse the call after it.
fn closes(subject: &Subject) -> bool {
    let mut bench = subject.build(Terms::open_for(FOR_A_MOMENT));
    let opened = open(&mut *bench).is_ok();
    sleep(2 * FOR_A_MOMENT);
    let probed = (0..subject.probes).all(|value| bench.admits(Ok(value)));
    let failed = bench.admits(Err(Failed));
    opened && probed && failed && bench.admits(Ok(0))
}
