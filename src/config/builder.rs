//! Settings as people write them.

use super::backoff::DEFAULT_JITTER;
use super::check::{self, tri};
use super::{Backoff, Config, LeaseExpiry, Probes, Ramp};
use crate::error::ConfigError;
use crate::state::State;
use crate::state::lease::Lease;
use core::time::Duration;

/// The probe lease is at least this long unless a setting says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// Settings being written. What is not set is as the methods say; nothing is checked, and nothing changed, before
/// [`config`](Self::config) or [`build`](Self::build).
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Builder {
    consecutive_failures: u32,
    backoff: Backoff,
    jitter: f64,
    seed: Option<u64>,
    probes: Probes,
    probe_lease: Lend,
    lease_expiry: LeaseExpiry,
    ramp: Option<Ramp>,
    start: State,
    count_panics: bool,
}

/// The setting of the probe lease.
#[derive(Debug, Clone, Copy)]
enum Lend {
    Default,
    For(Duration),
    Forever,
}

impl Builder {
    /// The defaults: 5 consecutive failures open for 30 s, then one probe decides.
    pub const fn new() -> Self {
        Self {
            consecutive_failures: 5,
            backoff: Backoff::fixed(Duration::from_secs(30)),
            jitter: DEFAULT_JITTER,
            seed: None,
            probes: Probes::new(),
            probe_lease: Lend::Default,
            lease_expiry: LeaseExpiry::Reopen,
            ramp: None,
            start: State::Closed,
            count_panics: true,
        }
    }

    /// Opens after `failures` in a row, from 1 to 65,535. Default 5.
    pub const fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = failures;
        self
    }

    /// Stays open for `duration` each time, less [`jitter`](Self::jitter). Default 30 s; zero is legal, 17 years or more are for
    /// ever. The same as `backoff(Backoff::fixed(duration))`.
    pub const fn open_duration(self, duration: Duration) -> Self {
        self.backoff(Backoff::fixed(duration))
    }

    /// Stays open for as long as `backoff` says, less [`jitter`](Self::jitter).
    pub const fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// Lets chance shorten each open duration by up to `share` of it (from 0 to 1), so that many breakers that opened together do not
    /// all try again together. Default 0.1; 0 turns it off. A time that was named ([`Permit::failure_for`](crate::Permit::failure_for),
    /// [`CircuitBreaker::trip_for`](crate::CircuitBreaker::trip_for)) is kept to.
    pub const fn jitter(mut self, share: f64) -> Self {
        self.jitter = share;
        self
    }

    /// Makes the jitter repeatable: it depends on this and on the generation alone. Without, it differs between breakers and, with
    /// the feature `std`, between processes.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// How a half-open circuit is judged. Default: one probe at a time, one success closes, one failure opens.
    pub const fn probes(mut self, probes: Probes) -> Self {
        self.probes = probes;
        self
    }

    /// How long probes may be out, counted from the newest, before the next caller gives them up, so that one that hangs or is
    /// forgotten never keeps the circuit half-open. It must be longer than the slowest good call, and longer than zero; it ends up to
    /// 1/32 late, and takes at least 64 ms. Default: the first open duration, at least 60 s. `None` waits for ever.
    pub const fn probe_lease(mut self, lease: Option<Duration>) -> Self {
        self.probe_lease = match lease {
            Some(lease) => Lend::For(lease),
            None => Lend::Forever,
        };
        self
    }

    /// What happens when a lease expires. Default [`LeaseExpiry::Reopen`].
    pub const fn lease_expiry(mut self, expiry: LeaseExpiry) -> Self {
        self.lease_expiry = expiry;
        self
    }

    /// Admits a growing share of calls after the probes succeeded. Default: all of them at once.
    pub const fn ramp(mut self, ramp: Ramp) -> Self {
        self.ramp = Some(ramp);
        self
    }

    /// The state to begin in. [`State::Open`] refuses until it is moved by hand, [`State::HalfOpen`] lets the first calls probe;
    /// [`State::Recovering`] is refused. Default [`State::Closed`].
    pub const fn start(mut self, state: State) -> Self {
        self.start = state;
        self
    }

    /// Whether a permit that is dropped by a panic counts as a failure (it is ignored otherwise). Only with the feature `std` can a
    /// panic be seen. Default true.
    pub const fn count_panics(mut self, count: bool) -> Self {
        self.count_panics = count;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be, with what would be right.
    pub const fn config(self) -> Result<Config, ConfigError> {
        let failures = self.consecutive_failures as u64;
        let failures = tri!(check::number(
            failures,
            1,
            65_535,
            "consecutive_failures must be from 1 to 65535"
        ));
        Ok(Config {
            consecutive_failures: failures as u32,
            probes: tri!(self.probes.check()),
            lease: tri!(self.lease()),
            lease_expiry: self.lease_expiry,
            open_period: tri!(self.backoff.check(self.jitter, self.seed)),
            ramp: match self.ramp {
                Some(ramp) => Some(tri!(ramp.check())),
                None => None,
            },
            start: tri!(self.start_state()),
            count_panics: self.count_panics,
        })
    }

    const fn lease(self) -> Result<Option<Lease>, ConfigError> {
        let lease = match self.probe_lease {
            Lend::Forever => return Ok(None),
            Lend::For(lease) => tri!(check::longer_than_zero(
                lease,
                "probe_lease must be longer than zero"
            )),
            Lend::Default if self.backoff.first().as_secs() < DEFAULT_LEASE.as_secs() => {
                DEFAULT_LEASE
            }
            Lend::Default => self.backoff.first(),
        };
        Ok(Some(Lease::new(lease)))
    }

    const fn start_state(self) -> Result<State, ConfigError> {
        match self.start {
            State::Recovering => Err(ConfigError::Start {
                rule: "a breaker must start closed, open or half-open, not recovering",
            }),
            start => Ok(start),
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
