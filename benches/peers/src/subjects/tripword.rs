//! tripword, on its default clock and on a coarse one.

use crate::call::{Answer, Shared, dependency};
use crate::job::{CALLS, FAILURES, Job, MINIMUM_CALLS, Policy, WINDOW};
use tripword::{
    Builder, CallError, CircuitBreaker, Clock, CoarseClock, MonotonicClock, Nanos, Observer,
    OsCoarseClock,
};

/// More than the threads of any judged row.
pub(crate) const STRIPES: u32 = 8;

pub(crate) struct Tripword<C, O = ()>(pub(crate) CircuitBreaker<C, O>);

impl<C, O> Shared for Tripword<C, O>
where
    C: Clock + Send + Sync + 'static,
    O: Observer + Send + Sync + 'static,
{
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        match self.0.call(|| dependency(answer)) {
            Ok(value) => Some(Ok(value)),
            Err(CallError::Inner(failed)) => Some(Err(failed)),
            Err(CallError::Rejected(_)) => None,
        }
    }
}

pub(crate) fn settings(job: Job) -> Builder {
    let builder = CircuitBreaker::builder().open_duration(job.terms.open_duration).jitter(0.0);
    match job.policy {
        Policy::Consecutive => builder.consecutive_failures(FAILURES),
        Policy::LastCalls => rated(builder.last_calls(CALLS), job),
        Policy::Within => rated(builder.within(WINDOW), job),
    }
}

fn rated(builder: Builder, job: Job) -> Builder {
    builder.failure_rate(job.terms.rate).minimum_calls(MINIMUM_CALLS)
}

fn on<C: Clock>(clock: C, settings: Builder) -> Tripword<C> {
    Tripword(settings.build_with(clock).expect("valid settings"))
}

/// With its default clock.
pub(crate) fn default(job: Job) -> Tripword<MonotonicClock> {
    on(MonotonicClock, settings(job))
}

/// With a time window of one shared row of counts.
pub(crate) fn one_row(job: Job) -> Tripword<MonotonicClock> {
    on(MonotonicClock, settings(job).stripes(1))
}

/// With the successes of a time window on a row of the thread's own.
pub(crate) fn striped(job: Job) -> Tripword<MonotonicClock> {
    on(MonotonicClock, settings(job).stripes(STRIPES))
}

/// On the operating system's coarse clock.
pub(crate) fn os_coarse(job: Job) -> Tripword<OsCoarseClock> {
    on(OsCoarseClock, settings(job).stripes(1))
}

/// On a clock whose reading is a load.
pub(crate) fn coarse(job: Job) -> Tripword<&'static CoarseClock> {
    on(still(), settings(job).stripes(1))
}

/// On a clock whose reading is a load, and on rows of the threads' own.
pub(crate) fn coarse_striped(job: Job) -> Tripword<&'static CoarseClock> {
    on(still(), settings(job).stripes(STRIPES))
}

/// It stands still here: updating it would take time from another thread.
fn still() -> &'static CoarseClock {
    static CLOCK: CoarseClock = CoarseClock::new();
    CLOCK.set(Nanos::from_millis(1));
    &CLOCK
}

/// On a clock of whole milliseconds, for open durations of zero: a deadline is rounded up to one, so
/// on a finer clock the circuit would stay open for the rest of the millisecond.
pub(crate) fn whole_millis(settings: Builder) -> Tripword<WholeMillis> {
    on(WholeMillis, settings)
}

pub(crate) struct WholeMillis;

impl Clock for WholeMillis {
    #[inline]
    fn now(&self) -> Nanos {
        Nanos::from_millis(MonotonicClock.now().as_millis())
    }
}
