//! Snapshots: what a breaker does, since when, and why.

#[cfg(feature = "serde")]
mod document;

use crate::config::Config;
use crate::counts::Counts;
use crate::nanos::{Nanos, Wait};
use crate::policy::Percent;
use crate::state::{Mode, State};
use crate::transition::Cause;
use crate::word::{Control, Tally, ramp};
use core::fmt;
use core::time::Duration;

/// A point-in-time snapshot of a breaker, from
/// [`CircuitBreaker::snapshot`](crate::CircuitBreaker::snapshot). `Display` prints a one-line
/// summary; with feature `serde` it can be serialized.
///
/// State, mode, generation and counts are of one moment. `since` and `cause` are written just after
/// a transition, so they are missing for an instant, or until the next transition if the thread was
/// stopped before it could write them.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder()
///     .open_duration(Duration::from_secs(4))
///     .jitter(0.0)
///     .build_with(&clock)?;
/// for _ in 0..5 {
///     let _ = breaker.call(|| Err::<(), _>("no answer"));
/// }
/// clock.advance(Duration::from_millis(900));
/// assert_eq!(
///     breaker.snapshot().to_string(),
///     "open for 3.1 s more; tripped by 5 consecutive failures",
/// );
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The state as of `now`, as [`CircuitBreaker::state`](crate::CircuitBreaker::state) returns
    /// it.
    pub state: State,
    /// The mode, which overrides the state for admission.
    pub mode: Mode,
    /// The generation. Each transition begins one, except from recovering to closed, and so does
    /// each reset; it wraps at 65,536.
    pub generation: u16,
    /// The moment of this snapshot, by the breaker's clock.
    pub now: Nanos,
    /// When the last transition or reset was made, to the millisecond; `None` if there was none or
    /// it is not known.
    pub since: Option<Nanos>,
    /// Why that was made; `None` if there was none or it is not known.
    pub cause: Option<Cause>,
    /// How many openings in a row have ended without the circuit closing, up to 15: 0 while it is
    /// open for the first time, 1 when that has become half-open and while it is open again. A
    /// lease that expired and begins half-open again counts as one.
    pub streak: u8,
    /// Failures since the last success; zero while open or half-open, and where they are not
    /// counted.
    pub consecutive_failures: u32,
    /// The failures in a row that open the circuit; zero where they are not counted.
    pub consecutive_failure_limit: u32,
    /// The counts of the window; all zero without one, and while open or half-open.
    pub counts: Counts,
    /// The probes of half-open; all zero in other states.
    pub probes: ProbeCounts,
    /// While open, the time until the deadline; while recovering, until the ramp is complete;
    /// `None` otherwise, and where the circuit stays open until it is moved.
    pub remaining: Option<Duration>,
}

/// The probes of a half-open circuit.
///
/// # Examples
///
/// ```
/// use tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::default();
/// breaker.half_open();
/// let probe = breaker.try_acquire()?;
/// let probes = breaker.snapshot().probes;
/// assert_eq!((probes.in_flight, probes.successes_to_close), (1, 1));
/// # probe.success();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ProbeCounts {
    /// Probes in flight.
    pub in_flight: u8,
    /// Probes that succeeded.
    pub successes: u8,
    /// Successes that close the circuit.
    pub successes_to_close: u8,
    /// Probes that failed.
    pub failures: u8,
    /// Failures that open the circuit again.
    pub failures_to_open: u8,
}

impl Snapshot {
    pub(crate) fn new(
        word: Control,
        config: &Config,
        since: Option<Nanos>,
        cause: Option<Cause>,
        counts: Counts,
        now: Nanos,
    ) -> Self {
        let state = word.state_at(config.ramp(), config.longest_open, &|| now);
        Self {
            state,
            mode: word.mode(),
            generation: word.generation(),
            now,
            since,
            cause,
            streak: word.as_of(config.ramp(), now).streak(),
            consecutive_failures: match state {
                State::Closed | State::Recovering if config.consecutive_failures() > 0 => {
                    word.consecutive_failures()
                }
                _ => 0,
            },
            consecutive_failure_limit: config.consecutive_failures(),
            counts,
            probes: probe_counts(word, config, state),
            remaining: remaining(word, config, state, now),
        }
    }

    fn explain_state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.state {
            State::Closed => self.explain_closed(f),
            State::Open => self.explain_open(f),
            State::HalfOpen => write!(f, "half-open: {}", self.probes),
            State::Recovering => self.explain_recovering(f),
        }
    }

    fn explain_closed(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("closed")?;
        if let Some(since) = self.since {
            write!(f, " for {}", Wait(self.now.saturating_since(since)))?;
        }
        self.explain_counts(f)
    }

    fn explain_counts(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (failures, threshold) = (self.consecutive_failures, self.consecutive_failure_limit);
        if threshold > 0 {
            write!(f, "; {failures} of {threshold} consecutive failures")?;
        }
        let Counts { calls, failures, slow_calls } = self.counts;
        if calls > 0 {
            write!(
                f,
                "; {failures} of {calls} calls failed ({})",
                Percent::of(failures, calls, 0)
            )?;
        }
        match slow_calls {
            0 => Ok(()),
            _ => write!(f, ", {slow_calls} slow ({})", Percent::of(slow_calls, calls, 0)),
        }
    }

    fn explain_open(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.remaining {
            Some(remaining) => write!(f, "open for {} more", Wait(remaining))?,
            None => f.write_str("open until moved manually")?,
        }
        if self.streak > 0 {
            write!(f, " ({} time in a row)", Ordinal(self.streak.saturating_add(1)))?;
        }
        Ok(())
    }

    fn explain_recovering(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rest = Wait(self.remaining.unwrap_or_default());
        write!(f, "recovering, all calls admitted in {rest}")?;
        self.explain_counts(f)
    }
}

impl fmt::Display for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mode != Mode::Normal {
            write!(f, "{}; below it: ", self.mode)?;
        }
        self.explain_state(f)?;
        match self.cause {
            Some(cause) => write!(f, "; {cause}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for ProbeCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let probes = if self.in_flight == 1 { "probe" } else { "probes" };
        write!(
            f,
            "{} {probes} out, {} of {} successes to close, {} of {} failures to open",
            self.in_flight,
            self.successes,
            self.successes_to_close,
            self.failures,
            self.failures_to_open
        )
    }
}

struct Ordinal(u8);

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match self.0 {
            // The streak counts to 15.
            16.. => return f.write_str("at least 16th"),
            2 => "nd",
            3 => "rd",
            _ => "th",
        };
        write!(f, "{}{suffix}", self.0)
    }
}

fn probe_counts(word: Control, config: &Config, state: State) -> ProbeCounts {
    if state != State::HalfOpen {
        return ProbeCounts::default();
    }
    // An open word whose deadline has passed has no probes yet; its payload is a deadline.
    let tally = match word.state() {
        State::HalfOpen => word.tally(),
        _ => Tally::NONE,
    };
    ProbeCounts {
        in_flight: tally.in_flight,
        successes: tally.successes,
        successes_to_close: config.probes.successes_to_close,
        failures: tally.failures,
        failures_to_open: config.probes.failures_to_open,
    }
}

fn remaining(word: Control, config: &Config, state: State, now: Nanos) -> Option<Duration> {
    match state {
        State::Open => word.deadline().remaining(now, config.longest_open),
        State::Recovering => {
            config.ramp().map(|ramp| ramp.remaining(ramp::UNITS, word.ramp_start(), now))
        }
        State::Closed | State::HalfOpen => None,
    }
}
