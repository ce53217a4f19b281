//! Settings of what is counted: which window, and the limits that its counts are compared with.

use super::builder::Builder;
use super::check::{self, tri};
#[cfg(feature = "std")]
use super::stripes;
use crate::error::ConfigError;
use crate::nanos::Nanos;
use crate::policy::{Policy, Rate};
use crate::window::{Window, calls, time};
use core::time::Duration;

/// Rates are judged from this many calls on unless a setting says otherwise.
const DEFAULT_MINIMUM_CALLS: u32 = 10;
const DEFAULT_BUCKETS: u32 = 10;
const MOST_BUCKETS: u32 = 1_024;

const LAST_CALLS: &str = "the window's last_calls";
const ALL_BUCKETS: &str = "what the window's buckets can count";
const SLOW_CALLS: &str = "what a window with slow_call_duration holds";

impl Builder {
    /// These settings with as many stripes as serve a service on this machine, unless their number
    /// is set.
    pub(crate) fn striped(self) -> Self {
        #[cfg(feature = "std")]
        if self.within.is_some() && self.stripes.is_none() {
            let buckets = or(self.buckets, DEFAULT_BUCKETS).min(MOST_BUCKETS);
            return self.stripes(stripes::for_this_machine(buckets));
        }
        self
    }

    /// Failures in a row; 5 where no policy is set at all, zero where only others are.
    pub(super) const fn consecutive(&self) -> Result<u16, ConfigError> {
        match (self.consecutive_failures, self.window_policy()) {
            (Some(given), _) => {
                Ok(tri!(check::count("consecutive_failures", given, 1, 65_535)) as u16)
            }
            (None, Some(_)) => Ok(0),
            (None, None) => Ok(5),
        }
    }

    /// The first setting that judges the calls of a window.
    const fn window_policy(&self) -> Option<&'static str> {
        if self.failures.is_some() {
            Some("failures")
        } else if self.failure_rate.is_some() {
            Some("failure_rate")
        } else if self.slow_call_rate.is_some() {
            Some("slow_call_rate")
        } else if self.trip_when.is_some() {
            Some("trip_when")
        } else {
            None
        }
    }

    pub(super) const fn policy(&self) -> Result<Policy, ConfigError> {
        let (most_failures, most_calls, limit) = self.most_counted();
        Ok(Policy {
            consecutive_failures: tri!(self.consecutive()),
            failures: match self.failures {
                Some(given) => tri!(check::limited("failures", given, most_failures, limit)),
                None => 0,
            },
            failure_rate: match self.failure_rate {
                Some(given) => tri!(check::rate("failure_rate", given)),
                None => Rate::NONE,
            },
            slow_call_rate: match self.slow_call_rate {
                Some(given) => tri!(check::rate("slow_call_rate", given)),
                None => Rate::NONE,
            },
            minimum_calls: match self.minimum_calls {
                Some(given) => tri!(check::limited("minimum_calls", given, most_calls, limit)),
                None if most_calls < DEFAULT_MINIMUM_CALLS => most_calls,
                None => DEFAULT_MINIMUM_CALLS,
            },
            trip_when: self.trip_when,
        })
    }

    /// The failures, and the calls, that the window can count, and what limits them.
    const fn most_counted(&self) -> (u32, u32, &'static str) {
        match (self.last_calls, self.within) {
            (Some(calls), _) => (calls, calls, LAST_CALLS),
            (None, Some(_)) => {
                let (buckets, stripes) = (or(self.buckets, DEFAULT_BUCKETS), or(self.stripes, 1));
                let failures = at_most_32_bits(time::most_failures(buckets));
                let calls = at_most_32_bits(time::most_calls(buckets, stripes));
                (failures, calls, ALL_BUCKETS)
            }
            (None, None) => (u32::MAX, u32::MAX, "none"),
        }
    }

    pub(super) const fn slow_limit(&self) -> Result<Nanos, ConfigError> {
        let setting = "slow_call_duration";
        let Some(given) = self.slow_call_duration else {
            return Ok(Nanos::MAX);
        };
        let limit = Nanos::from_duration(tri!(check::longer_than_zero(setting, given)));
        if limit.is_max() {
            let max = Duration::from_nanos(u64::MAX - 1);
            return Err(ConfigError::TooLong { setting, given, max });
        }
        Ok(limit)
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
        let most = calls::Layout::most_calls(slow);
        tri!(if slow {
            check::limited("last_calls", calls, most, SLOW_CALLS)
        } else {
            check::count("last_calls", calls, 1, most)
        });
        let room = tri!(check::count("window_room", or(self.window_room, calls), calls, most));
        Ok(Window::Calls(calls::Layout::new(room, slow).resized(calls as u16)))
    }

    const fn time_window(&self, within: Duration) -> Result<Window, ConfigError> {
        let buckets =
            tri!(check::count("buckets", or(self.buckets, DEFAULT_BUCKETS), 1, MOST_BUCKETS));
        let stripes = tri!(check::count("stripes", or(self.stripes, 1), 1, 128));
        Ok(Window::Time(time::Layout::new(
            tri!(bucket_millis(within, buckets)),
            buckets as u16,
            stripes as u8,
            self.slow_call_duration.is_some(),
        )))
    }

    /// Settings that need, or exclude, each other.
    const fn goes_together(&self) -> Result<(), ConfigError> {
        let has_rate = self.failure_rate.is_some() || self.slow_call_rate.is_some();
        let (setting, missing) = match (self.last_calls, self.within, self.window_policy()) {
            (Some(_), Some(_), _) => {
                return Err(ConfigError::Excludes { setting: "last_calls", other: "within" });
            }
            (_, None, _) if self.buckets.is_some() => ("buckets", "within"),
            (_, None, _) if self.stripes.is_some() => ("stripes", "within"),
            (None, _, _) if self.window_room.is_some() => ("window_room", "last_calls"),
            (None, None, Some(policy)) => (policy, "last_calls or within"),
            (Some(_), None, None) => ("last_calls", LIMITS),
            (None, Some(_), None) => ("within", LIMITS),
            _ if self.slow_call_rate.is_some() && self.slow_call_duration.is_none() => {
                ("slow_call_rate", "slow_call_duration")
            }
            _ if self.minimum_calls.is_some() && !has_rate => ("minimum_calls", RATES),
            _ => return Ok(()),
        };
        Err(ConfigError::Requires { setting, missing })
    }
}

const RATES: &str = "failure_rate or slow_call_rate";
const LIMITS: &str = "failures, failure_rate, slow_call_rate or trip_when";

const fn or(given: Option<u32>, default: u32) -> u32 {
    match given {
        Some(given) => given,
        None => default,
    }
}

const fn at_most_32_bits(number: u64) -> u32 {
    if number > u32::MAX as u64 {
        return u32::MAX;
    }
    number as u32
}

/// The length of each of `buckets`, into which `within` must divide evenly.
const fn bucket_millis(within: Duration, buckets: u32) -> Result<u32, ConfigError> {
    let max = Duration::from_millis(buckets as u64 * u32::MAX as u64);
    if within.as_nanos() > max.as_nanos() {
        return Err(ConfigError::TooLong { setting: "within", given: within, max });
    }
    let within = tri!(check::longer_than_zero("within", within));
    let of_buckets = buckets as u128 * 1_000_000;
    if within.as_nanos() % of_buckets != 0 {
        return Err(ConfigError::Uneven { within, buckets });
    }
    Ok((within.as_nanos() / of_buckets) as u32)
}
