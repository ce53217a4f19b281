//! One time for the breaker and for everything that waits in tokio: it stands still until there is nothing left to do but to wait.

use std::sync::Arc;
use tokio::time::Instant;
use tripword::{Builder, CircuitBreaker, Clock, Nanos};

#[derive(Debug, Clone, Copy)]
pub(crate) struct TokioClock(Instant);

impl TokioClock {
    pub(crate) fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for TokioClock {
    fn now(&self) -> Nanos {
        Nanos::from_duration(self.0.elapsed())
    }
}

pub(crate) type Breaker = Arc<CircuitBreaker<TokioClock>>;

/// A breaker without jitter, so that its times are exact.
pub(crate) fn breaker(settings: impl FnOnce(Builder) -> Builder) -> Breaker {
    let settings = settings(CircuitBreaker::builder().jitter(0.0));
    let breaker = settings.build_with(TokioClock::new());
    Arc::new(breaker.expect("settings that can be"))
}
