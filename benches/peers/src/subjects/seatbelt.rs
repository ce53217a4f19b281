//! seatbelt: ten windows of a time under a `std::sync::Mutex`; calls are futures of a service.

use crate::block_on::ready;
use crate::call::{Answer, Failed, Shared, dependency};
use crate::job::{Job, MINIMUM_CALLS, WINDOW};
use layered::{Execute, Service, Stack};
use seatbelt::breaker::{Breaker, HalfOpenMode};
use seatbelt::{RecoveryInfo, ResilienceContext};
use std::task::Waker;
use tick::Clock;
use tick::runtime::InactiveClock;

/// What the service gives: an answer, or that it was refused.
type Output = Option<Answer>;

pub(crate) struct Subject<S>(S);

impl<S> Shared for Subject<S>
where
    S: Service<Answer, Out = Output> + Send + Sync + 'static,
{
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        ready(self.0.execute(answer))
    }
}

pub(crate) fn within(job: Job) -> Subject<impl Service<Answer, Out = Output>> {
    on(clock().with_fast_instant(false), job)
}

/// On the operating system's coarse clock.
pub(crate) fn coarse(job: Job) -> Subject<impl Service<Answer, Out = Output>> {
    on(clock().with_fast_instant(true), job)
}

/// Without a driver: its timers stand still, and a breaker uses none.
fn clock() -> Clock {
    InactiveClock::new_shared().activate(Waker::noop().clone()).0
}

fn on(clock: Clock, job: Job) -> Subject<impl Service<Answer, Out = Output>> {
    let context = ResilienceContext::new(&clock);
    let layer = Breaker::layer("bench", &context)
        .recovery_with(|output: &Output, _| match output {
            Some(Err(Failed)) => RecoveryInfo::retry(),
            Some(Ok(_)) | None => RecoveryInfo::never(),
        })
        .rejected_input(|_, _| None)
        .failure_threshold(job.terms.rate as f32)
        .min_throughput(MINIMUM_CALLS)
        .sampling_duration(WINDOW)
        .half_open_mode(HalfOpenMode::quick())
        .break_duration(job.terms.open_duration);
    let service = Execute::new(|answer: Answer| async move { Some(dependency(answer)) });
    Subject((layer, service).into_service())
}
