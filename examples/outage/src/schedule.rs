//! The schedule of both runs, from the start of each.

use std::time::Duration;

/// When B starts to fail.
pub(crate) const FAILING_FROM: Duration = Duration::from_secs(2);
/// When B is healthy again.
pub(crate) const HEALTHY_FROM: Duration = Duration::from_secs(7);
/// When A stops sending.
pub(crate) const END: Duration = Duration::from_secs(11);

/// How long a failing B takes for an answer, which is a 500.
pub(crate) const STALL: Duration = Duration::from_secs(2);
/// A's timeout, with the breaker or without.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(600);

/// Returns whether B fails at this time of the run.
pub(crate) fn failing(at: Duration) -> bool {
    (FAILING_FROM..HEALTHY_FROM).contains(&at)
}
