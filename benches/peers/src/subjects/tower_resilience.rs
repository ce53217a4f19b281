//! tower-resilience: a circuit under an asynchronous mutex; calls are boxed futures of a tower
//! service.

use crate::block_on::insistent;
use crate::call::{Answer, Breaker, Caller};
use crate::job::{CALLS, FAILURES, Job, MINIMUM_CALLS, WINDOW};
use crate::service::{Dependency, oneshot};
use std::sync::Arc;
use tower_resilience_circuitbreaker::{
    CircuitBreaker, CircuitBreakerConfigBuilder, CircuitBreakerError as Error, CircuitBreakerLayer,
    DefaultClassifier, SlidingWindowType,
};

type Guarded = CircuitBreaker<Dependency, DefaultClassifier>;

pub(crate) struct Subject(Guarded);

/// A clone, as each connection of a server has one; they share the circuit.
pub(crate) struct Clone(Guarded);

impl Breaker for Subject {
    type Caller = Clone;

    fn caller(self: &Arc<Self>) -> Clone {
        Clone(self.0.clone())
    }
}

impl Caller for Clone {
    #[inline(always)]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        match insistent(oneshot(&mut self.0, answer)) {
            Ok(value) => Some(Ok(value)),
            Err(Error::Inner(failed)) => Some(Err(failed)),
            Err(Error::OpenCircuit) => None,
        }
    }
}

fn settings(job: Job) -> CircuitBreakerConfigBuilder<DefaultClassifier> {
    CircuitBreakerLayer::builder()
        .failure_rate_threshold(job.terms.rate)
        .minimum_number_of_calls(MINIMUM_CALLS as usize)
        .permitted_calls_in_half_open(1)
        .wait_duration_in_open(job.terms.open_duration)
}

fn guard(settings: CircuitBreakerConfigBuilder<DefaultClassifier>) -> Subject {
    let layer = settings.build().expect("settings that can be");
    Subject(layer.layer_fn(Dependency))
}

pub(crate) fn consecutive(job: Job) -> Subject {
    guard(settings(job).consecutive_failures(FAILURES as usize))
}

/// Its window of calls never slides: it counts from the last transition on.
pub(crate) fn last_calls(job: Job) -> Subject {
    guard(settings(job).sliding_window_size(CALLS as usize))
}

/// It keeps each call of the time, and goes through them all at each call.
pub(crate) fn within(job: Job) -> Subject {
    let settings = settings(job)
        .sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(WINDOW);
    guard(settings)
}
