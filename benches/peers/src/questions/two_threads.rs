//! What does a healthy call cost where two threads share the breaker?

use crate::question::{Column::*, Order, Question, Topic, is_closed, on_two_threads};
use crate::subjects;

pub(super) fn question() -> Question {
    Question {
        topic: Topic::TwoThreads,
        title: "Healthy, two threads on one breaker",
        about: "",
        columns: &[
            OpensAt,
            Name("breaker"),
            Nanos("a call and thread"),
            MiddleHalf,
            More("over the call"),
            ToTripword,
            ToOneThread,
        ],
        order: Order::ByTime,
        subjects: subjects::all(),
        prepare: on_two_threads,
        holds: is_closed,
    }
}
