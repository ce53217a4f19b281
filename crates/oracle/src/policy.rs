//! What opens a closed circuit.

use crate::{Settings, Window};
use tripword::{Builder, Counts, TripCause};

/// Limits on failures and slow calls, as the setters of [`Builder`]; rates in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    pub consecutive_failures: Option<u32>,
    pub failures: Option<u32>,
    pub failure_rate: Option<u32>,
    pub slow_call_rate: Option<u32>,
    pub trip_when: Option<Own>,
    pub minimum_calls: Option<u32>,
}

/// Functions for `trip_when`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    Never,
    MoreFailuresThanSuccesses,
    ThirdSlowCall,
    EverySeventhCall,
    Always,
}

impl Own {
    fn function(self) -> fn(&Counts) -> bool {
        match self {
            Self::Never => |_| false,
            Self::MoreFailuresThanSuccesses => |counts| 2 * counts.failures > counts.calls,
            Self::ThirdSlowCall => |counts| counts.slow_calls >= 3,
            Self::EverySeventhCall => |counts| counts.calls % 7 == 0,
            Self::Always => |_| true,
        }
    }
}

impl Policy {
    pub(crate) fn set_on(self, b: Builder) -> Builder {
        let rate = |parts: u32| f64::from(parts) / 1e6;
        let b = self
            .consecutive_failures
            .map_or(b, |limit| b.consecutive_failures(limit));
        let b = self.failures.map_or(b, |limit| b.failures(limit));
        let b = self
            .failure_rate
            .map_or(b, |limit| b.failure_rate(rate(limit)));
        let b = self
            .slow_call_rate
            .map_or(b, |limit| b.slow_call_rate(rate(limit)));
        let b = self.trip_when.map_or(b, |own| b.trip_when(own.function()));
        self.minimum_calls.map_or(b, |calls| b.minimum_calls(calls))
    }
}

impl Settings {
    /// Returns the failures in a row that open, if they are counted: five if no policy is set.
    pub fn consecutive_failures(&self) -> Option<u32> {
        let is_default = self.policy
            == Policy {
                minimum_calls: self.policy.minimum_calls,
                ..Policy::default()
            };
        self.policy.consecutive_failures.or(is_default.then_some(5))
    }

    /// Returns the number of calls from which on rates are judged.
    pub fn minimum_calls(&self) -> u32 {
        let default = match self.window {
            Window::Calls(calls) => calls.min(10),
            _ => 10,
        };
        self.policy.minimum_calls.unwrap_or(default)
    }

    /// Returns the first limit that `counts` have reached. Only rates need a minimum of calls.
    pub(crate) fn verdict(&self, counts: Counts) -> Option<TripCause> {
        let (calls, failures, slow_calls) = (counts.calls, counts.failures, counts.slow_calls);
        let reaches = |part: u32, rate: u32| {
            let is_reached = u64::from(part) * 1_000_000 >= u64::from(rate) * u64::from(calls);
            calls >= self.minimum_calls() && is_reached
        };
        match self.policy {
            Policy {
                failures: Some(limit),
                ..
            } if failures >= limit => Some(TripCause::Failures {
                failures,
                calls,
                limit,
            }),
            Policy {
                failure_rate: Some(limit_ppm),
                ..
            } if reaches(failures, limit_ppm) => Some(TripCause::FailureRate {
                failures,
                calls,
                limit_ppm,
            }),
            Policy {
                slow_call_rate: Some(limit_ppm),
                ..
            } if reaches(slow_calls, limit_ppm) => Some(TripCause::SlowCallRate {
                slow_calls,
                calls,
                limit_ppm,
            }),
            Policy {
                trip_when: Some(own),
                ..
            } if own.function()(&counts) => Some(TripCause::TripWhen { failures, calls }),
            _ => None,
        }
    }
}
