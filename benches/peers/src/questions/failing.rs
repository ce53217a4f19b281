//! What does a call cost where some fail, and not so many that the circuit opens?

use crate::job::Terms;
use crate::question::{Absence, Column::*, Order, Prepared, Question, Topic, is_closed};
use crate::subject::Subject;
use crate::subjects;
use crate::work::{Pattern, Task};

/// One call in so many fails.
pub(super) const SHARES: [u32; 3] = [100, 10, 2];

pub(super) fn question(share: u32) -> Question {
    type Prepare = fn(&Subject) -> Result<Prepared, Absence>;
    let (title, about, prepare): (_, _, Prepare) = match share {
        100 => ("One call in a hundred fails, one thread", "", prepare::<100>),
        10 => ("One call in ten fails, one thread", "", prepare::<10>),
        _ => (
            "Every other call fails, one thread",
            "Here a rate opens at 90 %, so that the circuit stays closed.",
            prepare::<2>,
        ),
    };
    Question {
        topic: Topic::Failing(share),
        title,
        about,
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
        holds: is_closed,
    }
}

fn prepare<const SHARE: u32>(subject: &Subject) -> Result<Prepared, Absence> {
    let rate = if SHARE == 2 { 0.9 } else { Terms::USUAL.rate };
    let terms = Terms { rate, ..Terms::USUAL };
    let task = Task::Alone(Pattern::OneBadIn(SHARE));
    Ok(Prepared { bench: subject.build(terms), task })
}
