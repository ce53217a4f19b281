//! Settings of recovery: how many probes, what their results decide, and how traffic comes back.

use super::check::{self, tri};
use crate::error::ConfigError;
use crate::word::ramp::RampSchedule;
use core::time::Duration;

/// How a half-open circuit is judged. Each number is from 1 to 255.
///
/// ```
/// use tripword::Probes;
///
/// let two_in_a_row = Probes::new().successes_to_close(2);
/// let half_of_ten = Probes::sample(10, 0.5).max_probes(3);
/// # let _ = (two_in_a_row, half_of_ten);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Probes {
    pub(super) max_probes: u32,
    pub(super) rule: Rule,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Rule {
    Counts { successes: u32, failures: u32 },
    Sample { size: u32, rate: f64 },
}

impl Probes {
    /// One probe at a time; one success closes, one failure opens again.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            max_probes: 1,
            rule: Rule::Counts {
                successes: 1,
                failures: 1,
            },
        }
    }

    /// Judges a sample of `size` probes by its failure rate. Opens again once the sample must reach `rate` (above 0, up to 1), and closes
    /// once it no longer can, whatever the rest of the sample comes to.
    #[must_use]
    pub const fn sample(size: u32, rate: f64) -> Self {
        Self {
            max_probes: 1,
            rule: Rule::Sample { size, rate },
        }
    }

    /// How many probes may be out at once. Default 1.
    #[must_use]
    pub const fn max_probes(mut self, probes: u32) -> Self {
        self.max_probes = probes;
        self
    }

    /// How many probes must succeed to close the circuit. Default 1. Replaces a [`sample`](Self::sample).
    #[must_use]
    pub const fn successes_to_close(mut self, successes: u32) -> Self {
        self.rule = Rule::Counts {
            successes,
            failures: self.failures(),
        };
        self
    }

    /// How many probes must fail to open it again. Default 1. Replaces a [`sample`](Self::sample).
    #[must_use]
    pub const fn failures_to_open(mut self, failures: u32) -> Self {
        self.rule = Rule::Counts {
            successes: self.successes(),
            failures,
        };
        self
    }

    const fn successes(self) -> u32 {
        match self.rule {
            Rule::Counts { successes, .. } => successes,
            Rule::Sample { .. } => 1,
        }
    }

    const fn failures(self) -> u32 {
        match self.rule {
            Rule::Counts { failures, .. } => failures,
            Rule::Sample { .. } => 1,
        }
    }

    pub(super) const fn check(self) -> Result<ProbeLimits, ConfigError> {
        let (successes, failures) = match self.rule {
            Rule::Counts {
                successes,
                failures,
            } => (successes as u64, failures as u64),
            Rule::Sample { size, rate } => tri!(sample(size as u64, rate)),
        };
        let max = self.max_probes as u64;
        Ok(ProbeLimits {
            max: tri!(eight_bits(max, "max_probes must be from 1 to 255")),
            successes_to_close: tri!(eight_bits(
                successes,
                "successes_to_close must be from 1 to 255"
            )),
            failures_to_open: tri!(eight_bits(
                failures,
                "failures_to_open must be from 1 to 255"
            )),
        })
    }
}

impl Default for Probes {
    fn default() -> Self {
        Self::new()
    }
}

/// Successes to close and failures to open that judge `size` probes by `rate`.
const fn sample(size: u64, rate: f64) -> Result<(u64, u64), ConfigError> {
    let size = tri!(check::number(
        size,
        1,
        255,
        "a probe sample must be of 1 to 255"
    ));
    let rate = tri!(check::rate(
        rate,
        "a probe sample's rate must be from 0.000001 to 1"
    ));
    let failures = check::share_of(size, rate);
    Ok((size - failures + 1, failures))
}

const fn eight_bits(given: u64, rule: &'static str) -> Result<u8, ConfigError> {
    Ok(tri!(check::number(given, 1, u8::MAX as u64, rule)) as u8)
}

/// [`Probes`] as the engine reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProbeLimits {
    pub(crate) max: u8,
    pub(crate) successes_to_close: u8,
    pub(crate) failures_to_open: u8,
}

/// What happens when a probe is out for longer than its lease. Either way it counts as a failed half-open, and adds to the streak that a
/// backoff grows with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LeaseExpiry {
    /// The circuit opens again, for the time that the backoff says.
    #[default]
    Reopen,
    /// Half-open begins again at once, with the caller that found out as its first probe.
    Reprobe,
}

/// How traffic comes back after the probes succeeded: from a part of all calls to all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ramp {
    pub(super) from: f64,
    pub(super) over: Duration,
}

impl Ramp {
    /// From the share `from` of all calls (above 0, up to 1), growing evenly to all of them `over` a time longer than zero.
    #[must_use]
    pub const fn new(from: f64, over: Duration) -> Self {
        Self { from, over }
    }

    pub(super) const fn check(self) -> Result<RampSchedule, ConfigError> {
        let from = tri!(check::rate(
            self.from,
            "a ramp must begin at a share from 0.000001 to 1"
        ));
        let over = tri!(check::longer_than_zero(
            self.over,
            "a ramp must take longer than zero"
        ));
        Ok(RampSchedule::new(from, over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max: u8, successes_to_close: u8, failures_to_open: u8) -> ProbeLimits {
        ProbeLimits {
            max,
            successes_to_close,
            failures_to_open,
        }
    }

    #[test]
    fn a_sample_is_two_limits() {
        assert_eq!(Probes::sample(10, 0.5).check(), Ok(limits(1, 6, 5)));
        assert_eq!(Probes::sample(1, 1.0).check(), Ok(limits(1, 1, 1)));
        assert_eq!(Probes::sample(255, 1.0).check(), Ok(limits(1, 1, 255)));
    }

    #[test]
    fn a_rate_is_what_it_says_however_a_float_spells_it() {
        assert_eq!(Probes::sample(100, 0.07).check(), Ok(limits(1, 94, 7)));
        assert_eq!(Probes::sample(100, 0.29).check(), Ok(limits(1, 72, 29)));
    }

    #[test]
    fn impossible_probes_are_refused() {
        for probes in [
            Probes::new().max_probes(0),
            Probes::new().max_probes(256),
            Probes::new().successes_to_close(0),
            Probes::new().failures_to_open(256),
            Probes::sample(0, 0.5),
            Probes::sample(256, 0.5),
            Probes::sample(10, 0.0),
            Probes::sample(10, 1.1),
            Probes::sample(10, f64::NAN),
        ] {
            assert!(probes.check().is_err(), "{probes:?}");
        }
    }
}
