//! The script that both runs follow, counted from the start of each.

use std::time::Duration;

/// When B starts to die.
pub(crate) const DYING_FROM: Duration = Duration::from_secs(2);
/// When B is well again.
pub(crate) const WELL_FROM: Duration = Duration::from_secs(7);
/// When A stops sending.
pub(crate) const END: Duration = Duration::from_secs(11);

/// How long a dying B sits on a request before it answers 500.
pub(crate) const STALL: Duration = Duration::from_secs(2);
/// How long A waits for B, with the breaker or without.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(600);

/// Whether B is dying at this time of the run.
pub(crate) fn dying(at: Duration) -> bool {
    (DYING_FROM..WELL_FROM).contains(&at)
}
