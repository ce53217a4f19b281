//! failsafe: a state machine under a `parking_lot::Mutex`.

use crate::call::{Answer, Shared, dependency};
use crate::job::{FAILURES, Job, MINIMUM_CALLS, WINDOW};
use failsafe::backoff::{Constant, constant};
use failsafe::failure_policy::{self, ConsecutiveFailures, SuccessRateOverTimeWindow};
use failsafe::{CircuitBreaker, Config, Error, FailurePolicy, StateMachine};

pub(crate) struct Failsafe<P>(StateMachine<P, ()>);

impl<P: FailurePolicy + Send + Sync + 'static> Shared for Failsafe<P> {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        match self.0.call(|| dependency(answer)) {
            Ok(value) => Some(Ok(value)),
            Err(Error::Inner(failed)) => Some(Err(failed)),
            Err(Error::Rejected) => None,
        }
    }
}

fn with<P: FailurePolicy>(policy: P) -> Failsafe<P> {
    Failsafe(Config::new().failure_policy(policy).build())
}

pub(crate) fn consecutive(job: Job) -> Failsafe<ConsecutiveFailures<Constant>> {
    let backoff = constant(job.terms.open_duration);
    with(failure_policy::consecutive_failures(FAILURES, backoff))
}

/// Its closest match to a rate over a time: a moving average, which is judged only after the first
/// window.
pub(crate) fn within(job: Job) -> Failsafe<SuccessRateOverTimeWindow<Constant>> {
    let backoff = constant(job.terms.open_duration);
    let required = 1.0 - job.terms.rate;
    with(failure_policy::success_rate_over_time_window(required, MINIMUM_CALLS, WINDOW, backoff))
}
