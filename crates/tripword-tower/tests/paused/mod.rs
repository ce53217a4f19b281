//! A clock that follows tokio's, which these tests pause: it advances only when every task waits.

use crate::support::S;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tripword::{CircuitBreaker, Clock, Nanos};

/// The consecutive failures that open the circuit of [`breaker`].
pub(crate) const FAILURES: u32 = 3;
/// How long it stays open.
pub(crate) const OPEN: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
pub(crate) struct TokioClock(Instant);

impl Clock for TokioClock {
    fn now(&self) -> Nanos {
        Nanos::from_duration(self.0.elapsed())
    }
}

pub(crate) type Breaker = Arc<CircuitBreaker<TokioClock>>;

/// A breaker that opens on the third failure in a row, for exactly ten seconds.
pub(crate) fn breaker() -> Breaker {
    let breaker = CircuitBreaker::builder()
        .consecutive_failures(FAILURES)
        .open_duration(OPEN)
        .jitter(0.0)
        .build_with(TokioClock(Instant::now()));
    Arc::new(breaker.expect("valid settings"))
}

/// Waits until `future` is ready, for at most a second. `None` if it is not ready by then.
pub(crate) async fn within_a_second<F: Future>(future: F) -> Option<F::Output> {
    tokio::time::timeout(S, future).await.ok()
}
