//! What a window holds, as numbers.

/// The calls of a window: how many there were, and how many of them failed or were slow.
///
/// Numbers beyond `u32::MAX` stay there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub struct Counts {
    /// Calls that succeeded or failed. Ignored ones are not counted.
    pub calls: u32,
    /// Calls that failed.
    pub failures: u32,
    /// Calls that took longer than the limit, whether they succeeded or failed; zero where slow calls are not judged.
    pub slow_calls: u32,
}

impl Counts {
    pub(crate) const NONE: Self = Self {
        calls: 0,
        failures: 0,
        slow_calls: 0,
    };

    /// Calls that succeeded.
    #[must_use]
    pub const fn successes(&self) -> u32 {
        self.calls.saturating_sub(self.failures)
    }

    /// Failures for each call, from 0 to 1; 0 if there were no calls.
    #[must_use]
    pub fn failure_rate(&self) -> f64 {
        share(self.failures, self.calls)
    }

    /// Slow calls for each call, from 0 to 1; 0 if there were no calls.
    #[must_use]
    pub fn slow_call_rate(&self) -> f64 {
        share(self.slow_calls, self.calls)
    }

    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            calls: self.calls.saturating_add(other.calls),
            failures: self.failures.saturating_add(other.failures),
            slow_calls: self.slow_calls.saturating_add(other.slow_calls),
        }
    }
}

fn share(part: u32, calls: u32) -> f64 {
    f64::from(part) / f64::from(calls.max(1))
}
