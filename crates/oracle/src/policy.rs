//! What opens a closed circuit.

use crate::settings::{Settings, Window, with};
use tripword::{Builder, Counts, TripCause};

/// Limits on failures and slow calls, as the setters of [`Builder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    pub consecutive_failures: Option<u32>,
    pub failures: Option<u32>,
    pub failure_rate: Option<Rate>,
    pub slow_call_rate: Option<Rate>,
    pub trip_when: Option<Own>,
    pub minimum_calls: Option<u32>,
}

/// So many of so many. It is judged as what it is: the real one, which stores a millionth, does the
/// same while `of` times the calls is less than a million, and for every decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub part: u32,
    pub of: u32,
}

impl Rate {
    /// Returns a rate in parts per million.
    pub const fn millionths(part: u32) -> Self {
        let of = 1_000_000;
        Self { part, of }
    }

    /// Whether `part` of `calls` is at least this rate.
    pub fn is_reached(self, part: u32, calls: u32) -> bool {
        u64::from(part) * u64::from(self.of) >= u64::from(self.part) * u64::from(calls)
    }

    /// Returns the nearest number of parts per million, which a report shows.
    pub fn ppm(self) -> u32 {
        let (part, of) = (u64::from(self.part), u64::from(self.of));
        ((2_000_000 * part + of) / (2 * of)) as u32
    }

    fn real(self) -> f64 {
        f64::from(self.part) / f64::from(self.of)
    }
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
        let b = with(b, self.consecutive_failures, Builder::consecutive_failures);
        let b = with(b, self.failures, Builder::failures);
        let b = with(b, self.failure_rate.map(Rate::real), Builder::failure_rate);
        let b = with(b, self.slow_call_rate.map(Rate::real), Builder::slow_call_rate);
        let b = with(b, self.trip_when.map(Own::function), Builder::trip_when);
        with(b, self.minimum_calls, Builder::minimum_calls)
    }
}

impl Settings {
    /// Returns the failures in a row that open, if they are counted: five if no policy is set.
    pub fn consecutive_failures(&self) -> Option<u32> {
        let is_default = self.policy == Policy::default();
        self.policy.consecutive_failures.or(is_default.then_some(5))
    }

    /// Whether slow calls open a closed circuit.
    pub fn limits_slow_calls(&self) -> bool {
        self.policy.slow_call_rate.is_some() || self.policy.trip_when.is_some()
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
        let reaches =
            |part: u32, rate: &Rate| calls >= self.minimum_calls() && rate.is_reached(part, calls);
        let policy = self.policy;
        if let Some(limit) = policy.failures.filter(|&limit| failures >= limit) {
            return Some(TripCause::Failures { failures, calls, limit });
        }
        if let Some(rate) = policy.failure_rate.filter(|rate| reaches(failures, rate)) {
            return Some(TripCause::FailureRate { failures, calls, limit_ppm: rate.ppm() });
        }
        if let Some(rate) = policy.slow_call_rate.filter(|rate| reaches(slow_calls, rate)) {
            return Some(TripCause::SlowCallRate { slow_calls, calls, limit_ppm: rate.ppm() });
        }
        let trips = policy.trip_when.is_some_and(|own| own.function()(&counts));
        trips.then_some(TripCause::TripWhen { failures, calls })
    }
}
