//! tripword with one thing turned on, beside itself without.

use super::tripword::{Tripword, settings};
use crate::call::{Answer, Shared, dependency};
use crate::job::{Job, Policy};
use crate::subject::{Kind, Subject};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use tripword::tracing::Events;
use tripword::{
    Builder, CircuitBreaker, MonotonicClock, Observer, Outcome, Settlement, Transition,
};
use tripword_metrics::Metrics;
use tripword_registry::{NamedBreaker, Registry};

/// What a feature is compared with.
pub(crate) const PLAIN: &str = "nothing more";
/// No call here is so slow.
const SLOW: Duration = Duration::from_secs(60);
/// How many other breakers are in the registry.
const OTHERS: u32 = 1_000;

pub(crate) fn all() -> Vec<Subject> {
    let mut subjects: Vec<_> = Policy::ALL.into_iter().flat_map(settings_of).collect();
    subjects.extend(listeners());
    subjects.extend(ways_to_call());
    subjects
}

fn own<O: Observer + Send + Sync + 'static>(
    name: &'static str,
    policy: Policy,
    build: impl Fn(Job) -> Tripword<MonotonicClock, O> + Copy + 'static,
) -> Subject {
    Subject::new(name, Kind::Own(policy), build)
}

fn built(builder: Builder) -> CircuitBreaker {
    builder.build().expect("valid settings")
}

fn settings_of(policy: Policy) -> Vec<Subject> {
    let mut subjects = vec![
        own(PLAIN, policy, |job| Tripword(built(settings(job)))),
        own("`live`: valid settings replaced", policy, |job| Tripword(built(settings(job).live()))),
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

fn listeners() -> Vec<Subject> {
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

fn ways_to_call() -> Vec<Subject> {
    let kind = Kind::Own(Policy::Consecutive);
    vec![
        Subject::new("a permit that is settled explicitly", kind, |job| {
            ByPermit(built(settings(job)))
        }),
        Subject::new("an owned permit: a count of the `Arc` up and down", kind, |job| {
            ByOwnedPermit(Arc::new(built(settings(job))))
        }),
        Subject::new("a name (`NamedBreaker`)", kind, |job| Named(registry(job).1)),
        Subject::new("a name, and `noting` the last failure", kind, |job| Noting(registry(job).1)),
        Subject::new("a name that is looked up among 1,000 for each call", kind, |job| {
            LookedUp(registry(job).0)
        }),
    ]
}

const NAME: &str = "payments";

fn registry(job: Job) -> (Registry, NamedBreaker) {
    let config = settings(job).config().expect("valid settings");
    let registry = Registry::builder().config(config).build();
    for other in 0..OTHERS {
        registry.get_or_create(other.to_string().as_str());
    }
    let named = registry.get_or_create(NAME);
    (registry, named)
}

struct ByPermit(CircuitBreaker);

impl Shared for ByPermit {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let permit = self.0.try_acquire().ok()?;
        let answer = dependency(answer);
        permit.settle(Outcome::of(&answer));
        Some(answer)
    }
}

struct ByOwnedPermit(Arc<CircuitBreaker>);

impl Shared for ByOwnedPermit {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let permit = self.0.clone().try_acquire_owned().ok()?;
        let answer = dependency(answer);
        permit.settle(Outcome::of(&answer));
        Some(answer)
    }
}

struct Named(NamedBreaker);

impl Shared for Named {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        self.0.call(|| dependency(answer)).ok().map(Ok)
    }
}

struct Noting(NamedBreaker);

impl Shared for Noting {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let classify = self.0.noting(Outcome::of);
        let called = self.0.call_with(classify, || dependency(answer));
        called.ok().map(Ok)
    }
}

struct LookedUp(Registry);

impl Shared for LookedUp {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let named = self.0.get(NAME)?;
        named.call(|| dependency(answer)).ok().map(Ok)
    }
}
