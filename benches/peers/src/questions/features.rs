//! What does it cost to turn on a setting or an observer?

use crate::job::{Job, Policy};
use crate::question::{Column::*, Order, Question, Topic, healthy, is_closed};
use crate::subject::{Kind, Subject};
use crate::subjects::tripword::{Tripword, settings};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tripword::tracing::Events;
use tripword::{Builder, CircuitBreaker, MonotonicClock, Observer, Settlement, Transition};
use tripword_metrics::Metrics;

/// The breaker that a feature is compared with.
const PLAIN: &str = "nothing more";
/// No call here is so slow.
const SLOW: Duration = Duration::from_secs(60);

pub(super) fn question() -> Question {
    Question {
        topic: Topic::Features,
        title: "What it costs to turn on",
        about: "tripword alone, healthy, one thread. `metrics` and `tracing` have no recorder and no \
                subscriber.",
        columns: &[OpensAt, Name("with"), Nanos("a healthy call"), More("more"), Bytes],
        order: Order::AsListed,
        subjects: Policy::ALL.into_iter().flat_map(settings_of).chain(observers()).collect(),
        prepare: healthy,
        holds: is_closed,
    }
}

fn own<O: Observer + Send + Sync + 'static>(
    name: &'static str,
    policy: Policy,
    build: impl Fn(Job) -> Tripword<MonotonicClock, O> + Copy + 'static,
) -> Subject {
    Subject::new(name, Kind::Own(policy), build).over(PLAIN)
}

fn built(builder: Builder) -> CircuitBreaker {
    builder.build().expect("valid settings")
}

fn settings_of(policy: Policy) -> Vec<Subject> {
    let mut subjects = vec![
        own(PLAIN, policy, |job| Tripword(built(settings(job)))),
        own("`live`: settings that can be replaced", policy, |job| {
            Tripword(built(settings(job).live()))
        }),
    ];
    match policy {
        Policy::Consecutive => {}
        Policy::LastCalls => subjects.push(slow_calls(policy)),
        Policy::Within => subjects.extend([
            slow_calls(policy),
            own("`stripes(8)`", policy, |job| Tripword(built(settings(job).stripes(8)))),
        ]),
    }
    subjects
}

fn slow_calls(policy: Policy) -> Subject {
    own("`slow_call_rate`: two readings of the clock", policy, |job| {
        let slow = settings(job).slow_call_duration(SLOW).slow_call_rate(0.5);
        Tripword(built(slow))
    })
}

fn observers() -> Vec<Subject> {
    let in_a_row = Policy::Consecutive;
    vec![
        own("an observer of transitions", in_a_row, |job| {
            Tripword(built(settings(job)).observed_by(OfTransitions::default()))
        }),
        own("an observer that counts outcomes: one RMW", in_a_row, |job| {
            Tripword(built(settings(job)).observed_by(OfOutcomes::default()))
        }),
        own("`metrics`", in_a_row, |job| {
            let breaker = built(settings(job));
            let observer = Metrics::new().observe("payments", &breaker);
            Tripword(breaker.observed_by(observer))
        }),
        own("`tracing`", in_a_row, |job| {
            Tripword(built(settings(job)).observed_by(Events::of("payments")))
        }),
    ]
}

#[derive(Default)]
struct OfTransitions(AtomicU64);

impl Observer for OfTransitions {
    fn on_transition(&self, _: &Transition) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[derive(Default)]
struct OfOutcomes(AtomicU64);

impl Observer for OfOutcomes {
    fn on_outcome(&self, _: &Settlement) {
        self.0.fetch_add(1, Relaxed);
    }
}
