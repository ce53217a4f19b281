//! The cause of a trip with its figures: as text, and packed in 44 bits for reports.

use crate::bits::Field;
use core::fmt;

/// Parts in a whole, as rates are stored.
pub(crate) const MILLION: u32 = 1_000_000;

const PART: Field = Field::new(22, 22);
const CALLS: Field = Field::new(0, 22);

/// The limit that opened the circuit, with its figures.
///
/// # Examples
///
/// ```
/// use tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder().last_calls(10).failures(2).build()?;
/// for _ in 0..2 {
///     let _ = breaker.call(|| Err::<(), _>("no answer"));
/// }
/// let cause = breaker.snapshot().cause.unwrap();
/// assert_eq!(cause.to_string(), "tripped by 2 of 2 calls failed (limit 2)");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TripCause {
    /// This many failures in a row.
    ConsecutiveFailures(u32),
    /// As many failures in the window as the limit.
    Failures {
        /// Calls that failed.
        failures: u32,
        /// Calls in the window.
        calls: u32,
        /// The failures that open the circuit.
        limit: u32,
    },
    /// A rate of failures in the window at or above the limit.
    FailureRate {
        /// Calls that failed.
        failures: u32,
        /// Calls in the window.
        calls: u32,
        /// The rate that opens the circuit, in parts per million.
        limit_ppm: u32,
    },
    /// A rate of slow calls in the window at or above the limit.
    SlowCallRate {
        /// Calls that were slow.
        slow_calls: u32,
        /// Calls in the window.
        calls: u32,
        /// The rate that opens the circuit, in parts per million.
        limit_ppm: u32,
    },
    /// The function of [`Builder::trip_when`](crate::Builder::trip_when) returned true.
    TripWhen {
        /// Calls that failed.
        failures: u32,
        /// Calls in the window.
        calls: u32,
    },
}

impl TripCause {
    /// The cause as a kind from 8 and its figures in 44 bits. Of counts beyond four million only
    /// the proportion is stored.
    pub(crate) const fn bits(self) -> (u64, u64) {
        match self {
            Self::ConsecutiveFailures(n) => (8, n as u64),
            Self::Failures { failures, calls, .. } => (9, figures(failures, calls)),
            Self::FailureRate { failures, calls, .. } => (10, figures(failures, calls)),
            Self::SlowCallRate { slow_calls, calls, .. } => (11, figures(slow_calls, calls)),
            Self::TripWhen { failures, calls } => (12, figures(failures, calls)),
        }
    }

    /// The limit that was reached, zero where there is none.
    pub(crate) const fn limit(self) -> u32 {
        match self {
            Self::Failures { limit, .. } => limit,
            Self::FailureRate { limit_ppm, .. } | Self::SlowCallRate { limit_ppm, .. } => limit_ppm,
            Self::ConsecutiveFailures(_) | Self::TripWhen { .. } => 0,
        }
    }

    /// The cause that [`bits`](Self::bits) packed, with the noted limit or else that of `limits`:
    /// of failures, of their rate and of the rate of slow calls.
    pub(crate) fn from_bits(
        kind: u64,
        figures: u64,
        noted: Option<u32>,
        limits: [u32; 3],
    ) -> Option<Self> {
        let [failures_limit, failure_rate, slow_call_rate] = limits;
        let (part, calls) = (PART.get(figures) as u32, CALLS.get(figures) as u32);
        Some(match kind {
            8 => Self::ConsecutiveFailures(figures as u32),
            9 => Self::Failures { failures: part, calls, limit: noted.unwrap_or(failures_limit) },
            10 => Self::FailureRate {
                failures: part,
                calls,
                limit_ppm: noted.unwrap_or(failure_rate),
            },
            11 => Self::SlowCallRate {
                slow_calls: part,
                calls,
                limit_ppm: noted.unwrap_or(slow_call_rate),
            },
            12 => Self::TripWhen { failures: part, calls },
            _ => return None,
        })
    }
}

const fn figures(part: u32, calls: u32) -> u64 {
    let (mut part, mut calls) = (part as u64, calls as u64);
    while calls > CALLS.max() {
        calls >>= 1;
        // Up, so that a rate that was reached does not read like one that was not.
        let half = part.div_ceil(2);
        part = if half < calls { half } else { calls };
    }
    CALLS.set(PART.set(0, part), calls)
}

impl fmt::Display for TripCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ConsecutiveFailures(1) => f.write_str("a failure"),
            Self::ConsecutiveFailures(n) => write!(f, "{n} consecutive failures"),
            Self::Failures { failures, calls, limit } => {
                write!(f, "{failures} of {calls} calls failed (limit {limit})")
            }
            Self::FailureRate { failures, calls, limit_ppm } => {
                let rate = Percent::of(failures, calls, limit_ppm);
                let limit = Percent(limit_ppm);
                write!(f, "{failures} of {calls} calls failed ({rate}, limit {limit})")
            }
            Self::SlowCallRate { slow_calls, calls, limit_ppm } => {
                let rate = Percent::of(slow_calls, calls, limit_ppm);
                let limit = Percent(limit_ppm);
                write!(f, "{slow_calls} of {calls} calls were slow ({rate}, limit {limit})")
            }
            Self::TripWhen { failures, calls } => {
                write!(f, "trip_when ({calls} calls, {failures} failed)")
            }
        }
    }
}

/// Parts per million, displayed as a percentage with as many decimals as it needs.
pub(crate) struct Percent(pub(crate) u32);

impl Percent {
    /// Rounded down to a tenth, so that a share below its limit does not read like one at it;
    /// unless it `reached` a limit that this would read as less than. The nearest millionth never
    /// does, since limits are judged by it at most.
    pub(crate) fn of(part: u32, calls: u32, reached: u32) -> Self {
        let (part, calls) = (u64::from(part), u64::from(calls.max(1)));
        let millionths = u64::from(MILLION) * part;
        let tenths = (millionths / calls / 1_000 * 1_000) as u32;
        if tenths >= reached {
            Self(tenths)
        } else {
            Self(((2 * millionths + calls) / (2 * calls)) as u32)
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, mut rest, mut digits) = (self.0 / 10_000, self.0 % 10_000, 4);
        while digits > 0 && rest % 10 == 0 {
            rest /= 10;
            digits -= 1;
        }
        match digits {
            0 => write!(f, "{whole} %"),
            _ => write!(f, "{whole}.{rest:0digits$} %"),
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use crate::policy::Rate;
    use alloc::string::ToString;

    #[test]
    fn a_cause_is_displayed_with_its_figures() {
        let verdict = TripCause::FailureRate { failures: 12, calls: 20, limit_ppm: 500_000 };
        assert_eq!(verdict.to_string(), "12 of 20 calls failed (60 %, limit 50 %)");
        let verdict = TripCause::SlowCallRate { slow_calls: 2, calls: 3, limit_ppm: 12_500 };
        assert_eq!(verdict.to_string(), "2 of 3 calls were slow (66.6 %, limit 1.25 %)");
        assert_eq!(Percent(1).to_string(), "0.0001 %");
    }

    #[test]
    fn a_rate_that_was_reached_does_not_read_as_less_than_its_limit() {
        for (failures, calls, limit_ppm, text) in [
            (2, 3, 666_667, "66.6667 %, limit 66.6667 %"),
            (1, 3, 333_333, "33.3333 %, limit 33.3333 %"),
            (2, 3, 500_000, "66.6 %, limit 50 %"),
            (1, 8, 125_000, "12.5 %, limit 12.5 %"),
            (1, 16, 62_500, "6.25 %, limit 6.25 %"),
        ] {
            let cause = TripCause::FailureRate { failures, calls, limit_ppm };
            assert!(cause.to_string().contains(text), "{cause}");
        }
        for calls in 1..=400 {
            for failures in 1..=calls {
                let rate = Rate::of(f64::from(failures) / f64::from(calls));
                let shown = Percent::of(failures, calls, rate.ppm());
                assert!(shown.0 >= rate.ppm(), "{failures} of {calls}");
            }
        }
    }

    #[test]
    fn figures_that_fit_are_stored_exactly() {
        let most = CALLS.max() as u32;
        for (part, calls) in [(0, 0), (1, 1), (most, most), (most - 1, most)] {
            let bits = figures(part, calls);
            assert_eq!((PART.get(bits), CALLS.get(bits)), (part.into(), calls.into()));
        }
    }

    #[test]
    fn large_figures_keep_their_proportion() {
        let bits = figures(u32::MAX / 2, u32::MAX);
        let (part, calls) = (PART.get(bits), CALLS.get(bits));
        assert!((part * 1_000 / calls).abs_diff(500) <= 1);
        assert_eq!(figures(u32::MAX, u32::MAX), figures(CALLS.max() as u32, CALLS.max() as u32));
        for (part, calls) in [(5_000_001, 10_000_002), (2_147_483_649, u32::MAX)] {
            let bits = figures(part, calls);
            let (stored, of) = (PART.get(bits), CALLS.get(bits));
            assert!(stored * u64::from(calls) >= u64::from(part) * of, "{part} of {calls}");
        }
    }
}
