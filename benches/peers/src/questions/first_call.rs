//! What does the first call of a new thread cost?

use crate::job::Terms;
use crate::question::{Absence, Column::*, Order, Prepared, Question, Topic, is_closed};
use crate::subject::Subject;
use crate::subjects;
use crate::work::Task;

pub(super) fn question() -> Question {
    Question {
        topic: Topic::FirstCall,
        title: "The first call of a thread",
        about: "Threads begin one after the other, and each makes one good call on the same breaker. The \
                time has two readings of the clock in it, and code and data that are not in the \
                caches of a new thread.",
        columns: &[
            OpensAt,
            Name("breaker"),
            Nanos("a first call"),
            MiddleHalf,
            More("over the call"),
            ToTripword,
        ],
        order: Order::ByTime,
        subjects: subjects::all(),
        prepare,
        holds: is_closed,
    }
}

fn prepare(subject: &Subject) -> Result<Prepared, Absence> {
    Ok(Prepared { bench: subject.build(Terms::USUAL), task: Task::First })
}
