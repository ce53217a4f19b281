//! tower-resilience: a circuit under an asynchronous mutex; calls are boxed futures of a tower
//! service.

use crate::block_on::insistent;
use crate::call::{Answer, Breaker, Caller, Failed, dependency};
use crate::job::{CALLS, FAILURES, Job, MINIMUM_CALLS, RATE, WINDOW};
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use tower::Service;
use tower_resilience_circuitbreaker::{
    CircuitBreaker, CircuitBreakerConfigBuilder, CircuitBreakerError as Error, CircuitBreakerLayer,
    DefaultClassifier, SlidingWindowType,
};

/// The dependency, as a service.
#[derive(Clone)]
pub(super) struct Dependency;

impl Service<Answer> for Dependency {
    type Response = u32;
    type Error = Failed;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Failed>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, answer: Answer) -> Self::Future {
        ready(dependency(answer))
    }
}

type Guarded = CircuitBreaker<Dependency, DefaultClassifier>;

pub(super) struct Subject(Guarded);

/// A clone, as each connection of a server has one; they share the circuit.
pub(super) struct Clone(Guarded);

impl Breaker for Subject {
    type Caller = Clone;

    fn caller(self: &Arc<Self>) -> Clone {
        Clone(self.0.clone())
    }
}

impl Caller for Clone {
    #[inline]
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        match insistent(call(&mut self.0, answer)) {
            Ok(value) => Some(Ok(value)),
            Err(Error::Inner(failed)) => Some(Err(failed)),
            Err(Error::OpenCircuit) => None,
        }
    }
}

async fn call(service: &mut Guarded, answer: Answer) -> Result<u32, Error<Failed>> {
    std::future::poll_fn(|cx| service.poll_ready(cx)).await?;
    service.call(answer).await
}

fn settings(job: Job) -> CircuitBreakerConfigBuilder<DefaultClassifier> {
    CircuitBreakerLayer::builder()
        .failure_rate_threshold(RATE)
        .minimum_number_of_calls(MINIMUM_CALLS as usize)
        .permitted_calls_in_half_open(1)
        .wait_duration_in_open(job.open_duration)
}

fn guard(settings: CircuitBreakerConfigBuilder<DefaultClassifier>) -> Subject {
    let layer = settings.build().expect("settings that can be");
    Subject(layer.layer_fn(Dependency))
}

pub(super) fn consecutive(job: Job) -> Subject {
    guard(settings(job).consecutive_failures(FAILURES as usize))
}

/// Its window of calls never slides: it counts from the last transition on.
pub(super) fn last_calls(job: Job) -> Subject {
    guard(settings(job).sliding_window_size(CALLS as usize))
}

/// It keeps each call of the time, and goes through them all at each call.
pub(super) fn within(job: Job) -> Subject {
    let settings = settings(job)
        .sliding_window_type(SlidingWindowType::TimeBased)
        .sliding_window_duration(WINDOW);
    guard(settings)
}
