//! The limits on the counts of a window.

use super::cause::TripCause;
use super::rate::Rate;
use crate::counts::Counts;

/// A policy of the user.
pub(crate) type TripWhen = fn(&Counts) -> bool;

/// The limits on failures in a row and on the counts of a window. Zero means no such limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    pub(crate) consecutive_failures: u16,
    pub(crate) failures: u32,
    pub(crate) failure_rate: Rate,
    pub(crate) slow_call_rate: Rate,
    /// Rates are judged only with at least this many calls.
    pub(crate) minimum_calls: u32,
    pub(crate) trip_when: Option<TripWhen>,
}

impl Policy {
    #[cfg(test)]
    pub(crate) const NONE: Self = Self {
        consecutive_failures: 0,
        failures: 0,
        failure_rate: Rate::NONE,
        slow_call_rate: Rate::NONE,
        minimum_calls: 0,
        trip_when: None,
    };

    /// The limits that a [`TripCause`] does not store: of failures, of their rate and of the rate
    /// of slow calls.
    pub(crate) const fn limits(&self) -> [u32; 3] {
        [self.failures, self.failure_rate.ppm(), self.slow_call_rate.ppm()]
    }

    /// The first limit that `counts` have reached.
    pub(crate) fn verdict(&self, counts: Counts) -> Option<TripCause> {
        self.failures_verdict(counts)
            .or_else(|| self.failure_rate_verdict(counts))
            .or_else(|| self.slow_call_verdict(counts))
            .or_else(|| self.trip_when_verdict(counts))
    }

    fn failures_verdict(&self, counts: Counts) -> Option<TripCause> {
        let Counts { calls, failures, .. } = counts;
        let limit = self.failures;
        (limit > 0 && failures >= limit).then_some(TripCause::Failures { failures, calls, limit })
    }

    fn failure_rate_verdict(&self, counts: Counts) -> Option<TripCause> {
        let Counts { calls, failures, .. } = counts;
        let limit = self.failure_rate;
        self.reaches(failures, calls, limit).then_some(TripCause::FailureRate {
            failures,
            calls,
            limit_ppm: limit.ppm(),
        })
    }

    fn slow_call_verdict(&self, counts: Counts) -> Option<TripCause> {
        let Counts { calls, slow_calls, .. } = counts;
        let limit = self.slow_call_rate;
        self.reaches(slow_calls, calls, limit).then_some(TripCause::SlowCallRate {
            slow_calls,
            calls,
            limit_ppm: limit.ppm(),
        })
    }

    fn trip_when_verdict(&self, counts: Counts) -> Option<TripCause> {
        let Counts { calls, failures, .. } = counts;
        self.trip_when
            .is_some_and(|trips| trips(&counts))
            .then_some(TripCause::TripWhen { failures, calls })
    }

    /// Whether no limit is reached by `counts`, nor by these with any number of good calls more.
    pub(crate) fn is_out_of_reach(&self, counts: Counts) -> bool {
        let Counts { calls, failures, slow_calls } = counts;
        let misses = |part, limit: Rate| limit == Rate::NONE || part < limit.share_of(calls);
        self.trip_when.is_none()
            && self.failures_verdict(counts).is_none()
            && misses(failures, self.failure_rate)
            && misses(slow_calls, self.slow_call_rate)
    }

    /// Whether `part` of `calls` is at least the limit, with enough calls to judge.
    fn reaches(&self, part: u32, calls: u32, limit: Rate) -> bool {
        limit != Rate::NONE && calls >= self.minimum_calls && part >= limit.share_of(calls)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(calls: u32, failures: u32, slow_calls: u32) -> Counts {
        Counts { calls, failures, slow_calls }
    }

    #[test]
    fn a_rate_equal_to_its_limit_trips() {
        let policy = Policy { failure_rate: Rate::of(0.07), minimum_calls: 100, ..Policy::NONE };
        assert!(policy.verdict(counts(100, 6, 0)).is_none());
        assert!(policy.verdict(counts(100, 7, 0)).is_some());
        assert!(policy.verdict(counts(99, 99, 0)).is_none(), "too few calls");
    }

    #[test]
    fn the_largest_counts_do_not_overflow() {
        let policy = Policy { slow_call_rate: Rate::of(1.0), ..Policy::NONE };
        assert!(policy.verdict(counts(u32::MAX, 0, u32::MAX)).is_some());
        assert!(policy.verdict(counts(u32::MAX, 0, u32::MAX - 1)).is_none());
    }

    #[test]
    fn a_number_of_failures_needs_no_minimum_of_calls() {
        let policy = Policy { failures: 2, minimum_calls: 100, ..Policy::NONE };
        assert!(policy.verdict(counts(2, 2, 0)).is_some());
    }
}
