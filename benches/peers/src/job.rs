//! The job that every breaker is set up for, as closely as its settings allow.

use std::time::Duration;

/// Failures in a row.
pub(crate) const FAILURES: u32 = 5;
/// Calls in a window of calls.
pub(crate) const CALLS: u32 = 100;
/// The length of a window of time, and its buckets.
pub(crate) const WINDOW: Duration = Duration::from_secs(10);
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

/// What a question may want otherwise than usual.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) open_duration: Duration,
    /// The failure rate at which a window opens.
    pub(crate) rate: f64,
}

impl Terms {
    /// Open for longer than any measurement takes.
    pub(crate) const USUAL: Self = Self::open_for(Duration::from_secs(3_600));

    pub(crate) const fn open_for(open_duration: Duration) -> Self {
        Self { open_duration, rate: 0.5 }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    pub(crate) policy: Policy,
    pub(crate) terms: Terms,
}
