//! Where the breaker does not yet do as its documentation says. Each of these is to become true, and then to go.

/// `Settlement::slow` of a call that only shadow mode let through. It is now measured from the clock's zero.
pub(super) const SHADOWED_CALLS_ARE_MEASURED: bool = false;

/// A verdict in a snapshot, where settings were replaced after it. It now shows the limit of the present settings, or 0.
pub(super) const REPORTS_KEEP_LIMITS: bool = false;

/// Consecutive failures in a snapshot, where settings that do not count them took the place of others that did. Those that were counted
/// before are now shown still.
pub(super) const REPORTS_HIDE_WHAT_IS_NOT_COUNTED: bool = false;
