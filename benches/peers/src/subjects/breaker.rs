//! breaker: a state machine under a lock for readers and writers; calls are futures.

use crate::block_on::ready;
use crate::call::{Answer, Shared, dependency};
use crate::job::{CALLS, FAILURES, Job, MINIMUM_CALLS};
use breaker::{CircuitBreaker, CircuitBreakerConfig, CircuitBreakerError as Error};

pub(crate) struct Subject(CircuitBreaker);

impl Shared for Subject {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let called = self.0.call(|| async move { dependency(answer) });
        match ready(called) {
            Ok(value) => Some(Ok(value)),
            Err(Error::Failure(failed)) => Some(Err(failed)),
            Err(_) => None,
        }
    }
}

pub(crate) fn consecutive(job: Job) -> Subject {
    let config = CircuitBreakerConfig::builder()
        .consecutive_failures(FAILURES)
        .failure_rate_threshold(0.0)
        .half_open_max_calls(1)
        .wait_duration(job.terms.open_duration);
    Subject(CircuitBreaker::new(config.build()))
}

pub(crate) fn last_calls(job: Job) -> Subject {
    let config = CircuitBreakerConfig::builder()
        .consecutive_failures(u32::MAX)
        .failure_rate_threshold(job.terms.rate as f32)
        .sliding_window_size(CALLS)
        .minimum_calls(MINIMUM_CALLS)
        .half_open_max_calls(1)
        .wait_duration(job.terms.open_duration);
    Subject(CircuitBreaker::new(config.build()))
}
