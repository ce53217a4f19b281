//! Settings of recovery: how many probes, what their results decide, and how traffic returns.

use super::check::{self, tri};
use crate::error::ConfigError;
use crate::word::ramp::RampSchedule;
use core::time::Duration;

/// How a half-open circuit is judged. Each number is from 1 to 255.
///
/// # Examples
///
/// ```
/// use tripword::{Builder, Probes};
///
/// let two_in_a_row = Probes::new().successes_to_close(2);
/// let half_of_ten = Probes::sample(10, 0.5).max_probes(3);
/// for probes in [two_in_a_row, half_of_ten] {
///     assert!(Builder::new().probes(probes).config().is_ok());
/// }
///
/// let error = Builder::new().probes(Probes::new().max_probes(256)).config().unwrap_err();
/// assert_eq!(error.to_string(), "probes.max_probes must be from 1 to 255, not 256");
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
    /// Admits one probe at a time: one success closes the circuit, one failure opens it again.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Probes, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .probes(Probes::new())
    ///     .start(State::HalfOpen)
    ///     .build()?;
    /// let probe = breaker.try_acquire().expect("the first probe is admitted");
    /// assert!(breaker.try_acquire().is_err());
    /// probe.success();
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn new() -> Self {
        Self { max_probes: 1, rule: Rule::Counts { successes: 1, failures: 1 } }
    }

    /// Judges a sample of `size` probes by its failure rate, from 0.000001 to 1.
    ///
    /// The circuit opens again as soon as the sample must reach `rate`, and closes as soon as it no
    /// longer can, whatever the rest of the sample would be. A rate of `k / n` is met by `k`
    /// failures of a sample of `n`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Probes, State};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .probes(Probes::sample(10, 0.5))
    ///     .start(State::HalfOpen)
    ///     .build()?;
    /// for _ in 0..6 {
    ///     assert_eq!(breaker.state(), State::HalfOpen);
    ///     let _ = breaker.call(|| Ok::<_, ()>(()));
    /// }
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn sample(size: u32, rate: f64) -> Self {
        Self { max_probes: 1, rule: Rule::Sample { size, rate } }
    }

    /// Sets how many probes may be in flight at once, from 1 to 255. The default is 1.
    ///
    /// At most as many as can decide: [`successes_to_close`](Self::successes_to_close) +
    /// [`failures_to_open`](Self::failures_to_open) - 1, which is the size of a
    /// [`sample`](Self::sample). With one success that closes and one failure that opens, the first
    /// result decides, so a second probe at once has no use. Fewer are admitted where fewer can
    /// still decide.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Builder, CircuitBreaker, Probes, State};
    ///
    /// let probes = Probes::new().successes_to_close(2).max_probes(2);
    /// let breaker = CircuitBreaker::builder().probes(probes).start(State::HalfOpen).build()?;
    /// let in_flight = [breaker.try_acquire(), breaker.try_acquire()];
    /// assert!(in_flight.iter().all(Result::is_ok));
    /// assert!(breaker.try_acquire().is_err());
    ///
    /// let error = Builder::new().probes(Probes::new().max_probes(10)).config().unwrap_err();
    /// let rule = "must be at most successes_to_close + failures_to_open - 1 (1)";
    /// assert_eq!(error.to_string(), format!("probes.max_probes (10) {rule}"));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn max_probes(mut self, probes: u32) -> Self {
        self.max_probes = probes;
        self
    }

    /// Sets how many probes must succeed to close the circuit, from 1 to 255. The default is 1.
    /// Replaces a [`sample`](Self::sample).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Probes, State};
    ///
    /// let probes = Probes::new().successes_to_close(2);
    /// let breaker = CircuitBreaker::builder().probes(probes).start(State::HalfOpen).build()?;
    /// for state in [State::HalfOpen, State::Closed] {
    ///     let _ = breaker.call(|| Ok::<_, ()>(()));
    ///     assert_eq!(breaker.state(), state);
    /// }
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn successes_to_close(self, successes: u32) -> Self {
        let (_, failures) = self.counts();
        self.counting(successes, failures)
    }

    /// Sets how many probes must fail to open the circuit again, from 1 to 255. The default is 1.
    /// Replaces a [`sample`](Self::sample).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Probes, State};
    ///
    /// let probes = Probes::new().failures_to_open(2);
    /// let breaker = CircuitBreaker::builder().probes(probes).start(State::HalfOpen).build()?;
    /// for state in [State::HalfOpen, State::Open] {
    ///     let _ = breaker.call(|| Err::<(), _>("no answer"));
    ///     assert_eq!(breaker.state(), state);
    /// }
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn failures_to_open(self, failures: u32) -> Self {
        let (successes, _) = self.counts();
        self.counting(successes, failures)
    }

    /// The successes that close and the failures that open.
    const fn counts(self) -> (u32, u32) {
        match self.rule {
            Rule::Counts { successes, failures } => (successes, failures),
            Rule::Sample { .. } => (1, 1),
        }
    }

    const fn counting(self, successes: u32, failures: u32) -> Self {
        Self { rule: Rule::Counts { successes, failures }, ..self }
    }

    pub(super) const fn check(self) -> Result<ProbeLimits, ConfigError> {
        let max = tri!(eight_bits("probes.max_probes", self.max_probes));
        let (successes, failures, limit) = match self.rule {
            Rule::Counts { successes, failures } => (
                tri!(eight_bits("probes.successes_to_close", successes)),
                tri!(eight_bits("probes.failures_to_open", failures)),
                "successes_to_close + failures_to_open - 1",
            ),
            Rule::Sample { size, rate } => {
                let size = tri!(eight_bits("probes.sample", size));
                let rate = tri!(check::rate("probes.rate", rate));
                let failures = rate.share_of(size as u32) as u8;
                (size - failures + 1, failures, "the size of the sample")
            }
        };
        // More are never out at once, since fewer results decide.
        let most = successes as u32 + failures as u32 - 1;
        tri!(check::limited("probes.max_probes", max as u32, most, limit));
        Ok(ProbeLimits { max, successes_to_close: successes, failures_to_open: failures })
    }
}

impl Default for Probes {
    fn default() -> Self {
        Self::new()
    }
}

const fn eight_bits(setting: &'static str, given: u32) -> Result<u8, ConfigError> {
    Ok(tri!(check::count(setting, given, 1, 255)) as u8)
}

/// [`Probes`] as the engine reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ProbeLimits {
    pub(crate) max: u8,
    pub(crate) successes_to_close: u8,
    pub(crate) failures_to_open: u8,
}

/// What happens when a probe is in flight for longer than its lease. Either way the half-open
/// period has failed, and adds to the streak with which a backoff grows.
///
/// # Examples
///
/// See [`Builder::lease_expiry`](crate::Builder::lease_expiry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum LeaseExpiry {
    /// The circuit opens again, for as long as its backoff says.
    #[default]
    Reopen,
    /// The circuit is half-open anew, and the caller that found the lease ended is its first probe.
    Reprobe,
}

#[cfg(feature = "serde")]
impl LeaseExpiry {
    /// Its name in files.
    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Reopen => "reopen",
            Self::Reprobe => "reprobe",
        }
    }
}

/// How traffic returns after the probes succeeded: from a share of all calls to all of them.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{Builder, Ramp};
///
/// let ramp = Ramp::new(0.1, Duration::from_secs(20));
/// assert!(Builder::new().ramp(ramp).config().is_ok());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ramp {
    pub(super) from: f64,
    pub(super) over: Duration,
}

impl Ramp {
    /// Creates a ramp that begins with the share `from` of all calls, from 0.000001 to 1, and grows
    /// evenly to all of them `over` a duration longer than zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Ramp, Reason};
    ///
    /// let clock = ManualClock::new();
    /// let ramp = Ramp::new(0.01, Duration::from_secs(20));
    /// let breaker = CircuitBreaker::builder().ramp(ramp).build_with(&clock)?;
    /// breaker.half_open();
    /// let _ = breaker.call(|| Ok::<_, ()>(()));
    /// let refused = (0..100).find_map(|_| breaker.try_acquire().err()).expect("99 of 100");
    /// assert_eq!(refused.reason(), Reason::Recovering);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn new(from: f64, over: Duration) -> Self {
        Self { from, over }
    }

    pub(super) const fn check(self) -> Result<RampSchedule, ConfigError> {
        let from = tri!(check::rate("ramp.from", self.from));
        let over = tri!(check::longer_than_zero("ramp.over", self.over));
        Ok(RampSchedule::new(from.ppm(), over))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(max: u8, successes_to_close: u8, failures_to_open: u8) -> ProbeLimits {
        ProbeLimits { max, successes_to_close, failures_to_open }
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
            Probes::new().max_probes(2),
            Probes::sample(10, 0.5).max_probes(11),
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
