//! The job that every breaker is set up for, as closely as its settings allow.

use std::time::Duration;

/// Failures in a row.
pub(crate) const FAILURES: u32 = 5;
/// Calls in a window of calls.
pub(crate) const CALLS: u32 = 100;
/// The length of a window of time, and its buckets.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// The failure rate of a window at which it opens.
pub(crate) const RATE: f64 = 0.5;
/// The calls from which on a rate is judged.
pub(crate) const MINIMUM_CALLS: u32 = 10;

/// What opens the circuit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Policy {
    Consecutive,
    LastCalls,
    Within,
}

impl Policy {
    pub(crate) const ALL: [Self; 3] = [Self::Consecutive, Self::LastCalls, Self::Within];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Consecutive => "5 in a row",
            Self::LastCalls => "half of 100 calls",
            Self::Within => "half of 10 s",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) policy: Policy,
    pub(crate) open_duration: Duration,
}
