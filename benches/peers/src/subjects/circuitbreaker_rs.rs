//! circuitbreaker-rs: atomic counters, and timestamps under locks. It measures each call, and has no
//! window.

use crate::call::{Answer, Failed, Shared, dependency};
use crate::job::{FAILURES, Job};
use circuitbreaker_rs::{BreakerError, CircuitBreaker, DefaultPolicy};

pub(crate) struct Subject(CircuitBreaker<DefaultPolicy, Failed>);

impl Shared for Subject {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        match self.0.call(|| dependency(answer)) {
            Ok(value) => Some(Ok(value)),
            Err(BreakerError::Operation(failed)) => Some(Err(failed)),
            Err(_) => None,
        }
    }
}

pub(crate) fn consecutive(job: Job) -> Subject {
    let builder = CircuitBreaker::<DefaultPolicy, Failed>::builder()
        .consecutive_failures(FAILURES.into())
        .consecutive_successes(1)
        .failure_threshold(f64::INFINITY)
        .probe_interval(1)
        .cooldown(job.terms.open_duration);
    Subject(builder.build())
}
