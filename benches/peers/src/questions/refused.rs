//! What does a call cost that an open circuit refuses?

use crate::question::{Absence, Column::*, Order, Prepared, Question, Topic, healthy, refusing};
use crate::subject::{Kind, Subject};
use crate::subjects;
use crate::work::{Pattern, Task};

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Refused,
        title: "Refused: the circuit is open",
        about: "The limits refuse nothing: theirs is a good call.",
        columns: &[
            OpensAt,
            Name("breaker"),
            Nanos("a call"),
            MiddleHalf,
            More("over the call"),
            ToTripword,
        ],
        order: Order::ByTime,
        subjects: subjects::all(),
        prepare,
        holds: |prepared, kind| prepared.admits() == (kind == Kind::Limit),
    }
}

fn prepare(subject: &Subject) -> Result<Prepared, Absence> {
    match subject.kind {
        Kind::Limit => healthy(subject),
        _ => Ok(Prepared { bench: refusing(subject)?.0, task: Task::Alone(Pattern::Good) }),
    }
}
