//! What does a call cost where there are a million breakers, of which the next one is rarely in a
//! cache?

use crate::baseline::{MutexBreaker, OneLoad};
use crate::call::{Answer, Breaker, Caller, Shared, dependency};
use crate::job::{FAILURES, Job, Policy};
use crate::question::{Column::*, Order, Question, Topic, healthy, is_closed};
use crate::subject::{Kind, Subject};
use crate::subjects::{breaker, failsafe, recloser, tripword};
use std::sync::Arc;

const MILLION: usize = 1_000_000;
/// What a healthy call cannot do without: one load that no cache has.
pub(crate) const MISS: &str = "the call, and one load of a million cache lines";

pub(super) fn question(smoke: bool) -> Question {
    Question {
        topic: Topic::Million,
        title: "One of a million breakers",
        about: "Which one is as good as random; the processor works ahead, so that several loads \
                are under way at a time. Peers of more than 400 bytes are left out.",
        columns: &[
            OpensAt,
            Name("breaker"),
            Nanos("a call"),
            MiddleHalf,
            More("over one load"),
            ToTripword,
        ],
        order: Order::ByTime,
        subjects: subjects(if smoke { 1_000 } else { MILLION }),
        prepare: healthy,
        holds: is_closed,
    }
}

fn subjects(many: usize) -> Vec<Subject> {
    let (in_a_row, of_calls) = (Policy::Consecutive, Policy::LastCalls);
    let limit = Subject::new(MISS, Kind::Limit, move |_| Many::of(many, Line::default));
    vec![
        one_of(many, "tripword", Kind::Own(in_a_row), tripword::default),
        one_of(many, "tripword", Kind::Own(of_calls), tripword::default),
        one_of(many, "failsafe", Kind::Peer(in_a_row), failsafe::consecutive),
        one_of(many, "breaker", Kind::Peer(in_a_row), breaker::consecutive),
        one_of(many, "recloser", Kind::Peer(of_calls), recloser::last_calls),
        one_of(many, "std Mutex", Kind::Baseline(in_a_row), |job| {
            MutexBreaker::new(FAILURES, job.terms.open_duration)
        }),
        limit,
    ]
}

fn one_of<B: Shared>(many: usize, name: &'static str, kind: Kind, build: fn(Job) -> B) -> Subject {
    Subject::new(name, kind, move |job| Many::of(many, || build(job))).over(MISS)
}

struct Many<B>(Vec<B>);

impl<B> Many<B> {
    fn of(many: usize, build: impl Fn() -> B) -> Self {
        Self((0..many).map(|_| build()).collect())
    }
}

impl<B: Shared> Breaker for Many<B> {
    type Caller = Visitor<B>;

    fn caller(self: &Arc<Self>) -> Visitor<B> {
        Visitor { breakers: Arc::clone(self), key: 0 }
    }
}

/// Calls one after the other, in an order that no cache predicts: a congruential generator.
struct Visitor<B> {
    breakers: Arc<Many<B>>,
    key: u64,
}

impl<B: Shared> Caller for Visitor<B> {
    #[inline(always)]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        self.key = self.key.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let breakers = &self.breakers.0;
        breakers[(self.key >> 33) as usize % breakers.len()].call(answer)
    }
}

#[repr(align(64))]
struct Line(OneLoad);

impl Default for Line {
    fn default() -> Self {
        Self(OneLoad::new())
    }
}

impl Shared for Line {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        Some(self.0.call(|| dependency(answer)))
    }
}
