//! What does a healthy call cost on one thread?

use crate::question::{Column::*, Order, Question, Topic, healthy, is_closed};
use crate::subjects;

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Healthy,
        title: "Healthy, one thread",
        about: "",
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
        prepare: healthy,
        holds: is_closed,
    }
}
