//! Settings of what is counted: which window, and the limits that its counts are held against.

use super::builder::Builder;
use super::check::{self, tri};
use crate::error::ConfigError;
use crate::nanos::Nanos;
use crate::policy::Policy;
use crate::window::{Window, calls, time};
use core::time::Duration;

/// Rates are judged from this many calls on unless a setting says otherwise.
const DEFAULT_MINIMUM_CALLS: u32 = 10;
const DEFAULT_BUCKETS: u32 = 10;

const fn conflict<T>(rule: &'static str) -> Result<T, ConfigError> {
    Err(ConfigError::Conflict { rule })
}

impl Builder {
    /// Failures in a row; 5 where no policy is set at all, zero where only others are.
    pub(super) const fn consecutive(&self) -> Result<u16, ConfigError> {
        let rule = "consecutive_failures must be from 1 to 65535";
        match self.consecutive_failures {
            Some(failures) => Ok(tri!(check::number(failures as u64, 1, 65_535, rule)) as u16),
            None if self.judges_a_window() => Ok(0),
            None => Ok(5),
        }
    }

    const fn judges_a_window(&self) -> bool {
        self.failures.is_some()
            || self.failure_rate.is_some()
            || self.slow_call_rate.is_some()
            || self.trip_when.is_some()
    }

    pub(super) const fn policy(&self) -> Result<Policy, ConfigError> {
        Ok(Policy {
            failures: tri!(self.failure_limit()),
            failure_rate: tri!(rate(
                self.failure_rate,
                "failure_rate must be from 0.000001 to 1"
            )),
            slow_call_rate: tri!(rate(
                self.slow_call_rate,
                "slow_call_rate must be from 0.000001 to 1"
            )),
            minimum_calls: tri!(self.minimum()),
            trip_when: self.trip_when,
        })
    }

    const fn failure_limit(&self) -> Result<u32, ConfigError> {
        let rule = match self.within {
            Some(_) => "failures must be from 1 to 16777215 for each bucket of a window of time",
            None => "failures must be from 1 to the calls of the window",
        };
        let (most, _) = self.most_counted();
        match self.failures {
            Some(failures) => Ok(tri!(check::number(failures as u64, 1, most, rule)) as u32),
            None => Ok(0),
        }
    }

    const fn minimum(&self) -> Result<u32, ConfigError> {
        let rule = match self.within {
            Some(_) => {
                "minimum_calls must be from 1 to what the buckets of a window of time can count, 16777215 failures and in each stripe as many successes"
            }
            None => "minimum_calls must be from 1 to the calls of the window",
        };
        let (_, most) = self.most_counted();
        match self.minimum_calls {
            Some(calls) => Ok(tri!(check::number(calls as u64, 1, most, rule)) as u32),
            None if most < DEFAULT_MINIMUM_CALLS as u64 => Ok(most as u32),
            None => Ok(DEFAULT_MINIMUM_CALLS),
        }
    }

    /// The failures, and the calls, that the window can count. Without one, nothing is held against these.
    const fn most_counted(&self) -> (u64, u64) {
        let (buckets, stripes) = (or(self.buckets, DEFAULT_BUCKETS), or(self.stripes, 1));
        match (self.last_calls, self.within) {
            (Some(calls), _) => (calls as u64, calls as u64),
            (None, Some(_)) => (
                time::most_failures(buckets),
                time::most_calls(buckets, stripes),
            ),
            (None, None) => (u64::MAX, u64::MAX),
        }
    }

    pub(super) const fn slow_limit(&self) -> Result<Nanos, ConfigError> {
        let rule = "slow_call_duration must be longer than zero, and less than 584 years";
        match self.slow_call_duration {
            Some(given) if given.is_zero() || Nanos::from_duration(given).is_max() => {
                Err(ConfigError::Duration { rule, given })
            }
            Some(limit) => Ok(Nanos::from_duration(limit)),
            None => Ok(Nanos::MAX),
        }
    }

    pub(super) const fn window(&self) -> Result<Window, ConfigError> {
        tri!(self.goes_together());
        match (self.last_calls, self.within) {
            (Some(calls), _) => self.call_window(calls),
            (_, Some(within)) => self.time_window(within),
            _ => Ok(Window::None),
        }
    }

    const fn call_window(&self, calls: u32) -> Result<Window, ConfigError> {
        let slow = self.slow_call_duration.is_some();
        let rule = match slow {
            true => "last_calls must be from 1 to 756 where slow calls are judged",
            false => "last_calls must be from 1 to 1512",
        };
        let most = calls::Layout::most_calls(slow) as u64;
        tri!(check::number(calls as u64, 1, most, rule));
        Ok(Window::Calls(calls::Layout::new(calls, slow)))
    }

    const fn time_window(&self, within: Duration) -> Result<Window, ConfigError> {
        let buckets = or(self.buckets, DEFAULT_BUCKETS);
        let stripes = or(self.stripes, 1);
        tri!(check::number(
            buckets as u64,
            1,
            1024,
            "buckets must be from 1 to 1024"
        ));
        tri!(check::number(
            stripes as u64,
            1,
            255,
            "stripes must be from 1 to 255"
        ));
        Ok(Window::Time(time::Layout::new(
            tri!(bucket_millis(within, buckets)),
            buckets as u16,
            stripes as u8,
            self.slow_call_duration.is_some(),
        )))
    }

    /// Settings that need, or exclude, each other.
    const fn goes_together(&self) -> Result<(), ConfigError> {
        let has_window = self.last_calls.is_some() || self.within.is_some();
        if self.last_calls.is_some() && self.within.is_some() {
            return conflict("a breaker has one window: set last_calls or within, not both");
        }
        if self.within.is_none() && (self.buckets.is_some() || self.stripes.is_some()) {
            return conflict("buckets and stripes divide a time: set within, too");
        }
        if self.judges_a_window() && !has_window {
            return conflict(
                "failures, failure_rate, slow_call_rate and trip_when need a window: set last_calls or within, too",
            );
        }
        if has_window && !self.judges_a_window() {
            return conflict(
                "a window needs a limit: set failures, failure_rate, slow_call_rate or trip_when, too",
            );
        }
        self.judges_slowness_if_needed()
    }

    const fn judges_slowness_if_needed(&self) -> Result<(), ConfigError> {
        if self.slow_call_rate.is_some() && self.slow_call_duration.is_none() {
            return conflict(
                "slow_call_rate needs slow_call_duration, from which on a call is slow",
            );
        }
        Ok(())
    }
}

const fn rate(given: Option<f64>, rule: &'static str) -> Result<u32, ConfigError> {
    match given {
        Some(given) => check::rate(given, rule),
        None => Ok(0),
    }
}

const fn or(given: Option<u32>, default: u32) -> u32 {
    match given {
        Some(given) => given,
        None => default,
    }
}

/// The length of each of `buckets`, which must come out even.
const fn bucket_millis(within: Duration, buckets: u32) -> Result<u32, ConfigError> {
    let rule = "within must be a whole number of milliseconds for each of its buckets (10 unless set), at most 49 days for each";
    let (nanos, of_buckets) = (within.as_nanos(), buckets as u128 * 1_000_000);
    let millis = nanos / of_buckets;
    if nanos % of_buckets != 0 || millis == 0 || millis > u32::MAX as u128 {
        return Err(ConfigError::Duration {
            rule,
            given: within,
        });
    }
    Ok(millis as u32)
}
