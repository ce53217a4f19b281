//! What opens a closed circuit.

use super::window::{Counts, Held};
use super::{Call, Settings};
use tripword::TripCause;

/// The calls of one generation, as far as a verdict needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Calls {
    failed_in_a_row: u32,
    pub(super) held: Held,
}

impl Calls {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            failed_in_a_row: 0,
            held: Held::new(settings),
        }
    }

    /// Counts a failure in a row, where these are counted; the verdict, if that opens the circuit.
    pub(super) fn count_in_a_row(&mut self, call: Call, settings: &Settings) -> Option<TripCause> {
        let limit = settings.consecutive_failures();
        match call.failed {
            true => self.failed_in_a_row += u32::from(limit.is_some()),
            false => self.failed_in_a_row = 0,
        }
        let is_one_too_many =
            call.failed && limit.is_some_and(|limit| self.failed_in_a_row >= limit);
        is_one_too_many.then_some(TripCause::ConsecutiveFailures(self.failed_in_a_row))
    }

    pub(crate) fn failed_in_a_row(&self) -> u32 {
        self.failed_in_a_row
    }
}

impl Settings {
    /// The first limit that `counts` have reached. Only rates need a number of calls.
    pub(super) fn verdict(&self, counts: Counts) -> Option<TripCause> {
        let policy = self.policy;
        let Counts {
            calls,
            failures,
            slow_calls,
        } = counts;
        let reaches = |part: u32, limit_ppm: u32| {
            let (part, limit) = (u64::from(part), u64::from(limit_ppm));
            calls >= self.minimum_calls() && part * 1_000_000 >= limit * u64::from(calls)
        };
        if let Some(limit) = policy.failures.filter(|&limit| failures >= limit) {
            return Some(TripCause::Failures {
                failures,
                calls,
                limit,
            });
        }
        if let Some(limit_ppm) = policy.failure_rate.filter(|&rate| reaches(failures, rate)) {
            return Some(TripCause::FailureRate {
                failures,
                calls,
                limit_ppm,
            });
        }
        if let Some(limit_ppm) = policy
            .slow_call_rate
            .filter(|&rate| reaches(slow_calls, rate))
        {
            return Some(TripCause::SlowCallRate {
                slow_calls,
                calls,
                limit_ppm,
            });
        }
        let trips = policy.trip_when.is_some_and(|own| own.trips(counts));
        trips.then_some(TripCause::TripWhen { failures, calls })
    }
}
