//! tripword, on its default clock and on a coarse one.

use crate::call::{Answer, Shared, dependency};
use crate::job::{CALLS, FAILURES, Job, MINIMUM_CALLS, Policy, RATE, WINDOW};
use tripword::{
    Builder, CallError, CircuitBreaker, Clock, CoarseClock, MonotonicClock, Nanos, Observer,
};

pub(super) struct Tripword<C, O = ()>(pub(super) CircuitBreaker<C, O>);

impl<C, O> Shared for Tripword<C, O>
where
    C: Clock + Send + Sync + 'static,
    O: Observer + Send + Sync + 'static,
{
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        match self.0.call(|| dependency(answer)) {
            Ok(value) => Some(Ok(value)),
            Err(CallError::Inner(failed)) => Some(Err(failed)),
            Err(CallError::Rejected(_)) => None,
        }
    }
}

pub(super) fn settings(job: Job) -> Builder {
    let builder = CircuitBreaker::builder().open_duration(job.open_duration).jitter(0.0);
    match job.policy {
        Policy::Consecutive => builder.consecutive_failures(FAILURES),
        Policy::LastCalls => rated(builder.last_calls(CALLS)),
        Policy::Within => rated(builder.within(WINDOW)),
    }
}

fn rated(builder: Builder) -> Builder {
    builder.failure_rate(RATE).minimum_calls(MINIMUM_CALLS)
}

fn on<C: Clock>(clock: C, settings: Builder) -> Tripword<C> {
    Tripword(settings.build_with(clock).expect("valid settings"))
}

/// With its default clock.
pub(super) fn default(job: Job) -> Tripword<MonotonicClock> {
    on(MonotonicClock, settings(job))
}

/// With the successes of a time window counted on eight stripes.
pub(super) fn striped(job: Job) -> Tripword<MonotonicClock> {
    on(MonotonicClock, settings(job).stripes(8))
}

/// On a clock whose reading is a load. It stands still here: updating it would take time from
/// another thread.
pub(super) fn coarse(job: Job) -> Tripword<&'static CoarseClock> {
    static CLOCK: CoarseClock = CoarseClock::new();
    CLOCK.set(Nanos::from_millis(1));
    on(&CLOCK, settings(job))
}

/// On a clock of whole milliseconds, for open durations of zero: a deadline is rounded up to one, so
/// on a finer clock the circuit would stay open for the rest of the millisecond.
pub(super) fn whole_millis(job: Job) -> Tripword<WholeMillis> {
    on(WholeMillis, settings(job))
}

pub(super) struct WholeMillis;

impl Clock for WholeMillis {
    #[inline]
    fn now(&self) -> Nanos {
        Nanos::from_millis(MonotonicClock.now().as_millis())
    }
}
