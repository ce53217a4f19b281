//! Settings as people write them.

use super::backoff::DEFAULT_JITTER;
use super::check::{self, tri};
use super::{Backoff, Config, LeaseExpiry, Probes, Ramp, Start, Switches};
use crate::counts::Counts;
use crate::error::ConfigError;
use crate::jitter;
use crate::policy::TripWhen;
use crate::word::lease::Lease;
use crate::state::{Mode, State};
use core::time::Duration;

/// The circuit stays open for this long unless a setting says otherwise.
pub(super) const DEFAULT_OPEN: Duration = Duration::from_secs(30);
/// The probe lease is at least this long unless a setting says otherwise.
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// Settings being written. What is not set is as the methods say; nothing is checked, and nothing changed, before
/// [`config`](Self::config) or [`build`](Self::build).
#[cfg_attr(feature = "serde", doc = "\n", doc = include_str!("document/builder.md"))]
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Builder {
    pub(super) consecutive_failures: Option<u32>,
    pub(super) failures: Option<u32>,
    pub(super) failure_rate: Option<f64>,
    pub(super) slow_call_rate: Option<f64>,
    pub(super) slow_call_duration: Option<Duration>,
    pub(super) trip_when: Option<TripWhen>,
    pub(super) last_calls: Option<u32>,
    pub(super) within: Option<Duration>,
    pub(super) buckets: Option<u32>,
    pub(super) stripes: Option<u32>,
    pub(super) minimum_calls: Option<u32>,
    pub(super) backoff: Backoff,
    pub(super) jitter: f64,
    pub(super) seed: Option<u64>,
    pub(super) probes: Probes,
    pub(super) probe_lease: Option<Lend>,
    pub(super) lease_expiry: LeaseExpiry,
    pub(super) ramp: Option<Ramp>,
    pub(super) start: State,
    pub(super) mode: Mode,
    pub(super) count_panics: bool,
    pub(super) live: bool,
}

/// The setting of the probe lease.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Lend {
    For(Duration),
    Forever,
}

impl Builder {
    /// The defaults: 5 consecutive failures open for 30 s, then one probe decides.
    pub const fn new() -> Self {
        Self {
            consecutive_failures: None,
            failures: None,
            failure_rate: None,
            slow_call_rate: None,
            slow_call_duration: None,
            trip_when: None,
            last_calls: None,
            within: None,
            buckets: None,
            stripes: None,
            minimum_calls: None,
            backoff: Backoff::fixed(DEFAULT_OPEN),
            jitter: DEFAULT_JITTER,
            seed: None,
            probes: Probes::new(),
            probe_lease: None,
            lease_expiry: LeaseExpiry::Reopen,
            ramp: None,
            start: State::Closed,
            mode: Mode::Normal,
            count_panics: true,
            live: false,
        }
    }

    /// Opens after `failures` in a row, from 1 to 65,535. Default 5 if no policy is set at all.
    pub const fn consecutive_failures(mut self, failures: u32) -> Self {
        self.consecutive_failures = Some(failures);
        self
    }

    /// Opens when the window holds `failures`, from 1 to the calls of a window of calls. Needs no
    /// [`minimum_calls`](Self::minimum_calls).
    pub const fn failures(mut self, failures: u32) -> Self {
        self.failures = Some(failures);
        self
    }

    /// Opens when at least `rate` of the calls in the window failed, above 0 and up to 1, kept to a millionth. At the rate it opens.
    pub const fn failure_rate(mut self, rate: f64) -> Self {
        self.failure_rate = Some(rate);
        self
    }

    /// Opens when at least `rate` of the calls in the window were slow, above 0 and up to 1, kept to a millionth. Needs
    /// [`slow_call_duration`](Self::slow_call_duration).
    pub const fn slow_call_rate(mut self, rate: f64) -> Self {
        self.slow_call_rate = Some(rate);
        self
    }

    /// Calls a call slow that takes longer than `limit`, which is longer than zero. A slow call can open the circuit, and a slow probe
    /// counts as failed, whatever it came to. Each call then reads the clock when it begins and when it ends; the latter is spared if the
    /// caller measures the call ([`Permit::record_elapsed`](crate::Permit::record_elapsed)), unless a window of time asks for it.
    pub const fn slow_call_duration(mut self, limit: Duration) -> Self {
        self.slow_call_duration = Some(limit);
        self
    }

    /// Opens when `trips` says so of the counts of the window. It is asked after each failed or slow call that no other limit opens at,
    /// whatever [`minimum_calls`](Self::minimum_calls) is, on the thread of that call; it should be quick.
    pub const fn trip_when(mut self, trips: fn(&Counts) -> bool) -> Self {
        self.trip_when = Some(trips);
        self
    }

    /// Counts exactly the last `calls`, from 1 to 1,512, or to 756 where slow calls are judged.
    pub const fn last_calls(mut self, calls: u32) -> Self {
        self.last_calls = Some(calls);
        self
    }

    /// Counts the calls of the last `time`, cut into [`buckets`](Self::buckets). Every call younger than `time` minus one bucket counts;
    /// none as old as `time` does. A whole number of milliseconds for each bucket, at most 49 days.
    pub const fn within(mut self, time: Duration) -> Self {
        self.within = Some(time);
        self
    }

    /// Into how many buckets [`within`](Self::within) is cut, from 1 to 1,024. Default 10. More forget more evenly, and take more words.
    pub const fn buckets(mut self, buckets: u32) -> Self {
        self.buckets = Some(buckets);
        self
    }

    /// Over how many stripes the successes of [`within`](Self::within) are spread, from 1 to 255, each on cache lines of its own, for
    /// many threads on one breaker. Default 1.
    pub const fn stripes(mut self, stripes: u32) -> Self {
        self.stripes = Some(stripes);
        self
    }

    /// Judges rates only from this many calls in the window on, from 1 to the calls of a window of calls. Default 10, or the calls of
    /// the window if these are fewer. Plain numbers of failures are judged from the first call on.
    pub const fn minimum_calls(mut self, calls: u32) -> Self {
        self.minimum_calls = Some(calls);
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
    /// 1/32 of it and 66 ms late, and takes at least 64 ms. Default: the first open duration, at least 60 s; and 60 s where that is endless
    /// or a function's. `None` waits for ever, and so do 8.7 years or more.
    pub const fn probe_lease(mut self, lease: Option<Duration>) -> Self {
        self.probe_lease = match lease {
            Some(lease) => Some(Lend::For(lease)),
            None => Some(Lend::Forever),
        };
        self
    }

    /// What happens when a lease expires. Default [`LeaseExpiry::Reopen`].
    pub const fn lease_expiry(mut self, expiry: LeaseExpiry) -> Self {
        self.lease_expiry = expiry;
        self
    }

    /// Admits a growing share of calls after the probes succeeded. Default: all of them at once. The call that finds the ramp over completes it;
    /// until one comes, it reads as running again for two of each 16,384 times its length.
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

    /// The mode to begin in, such as [`Mode::Shadow`] for breakers that are on trial. Default [`Mode::Normal`].
    pub const fn mode(mut self, mode: Mode) -> Self {
        self.mode = mode;
        self
    }

    /// Whether a call that panics counts as a failure (it is ignored otherwise), and so a permit that is dropped by a panic; the latter is
    /// seen only with the feature `std`. Default true.
    pub const fn count_panics(mut self, count: bool) -> Self {
        self.count_panics = count;
        self
    }

    /// Keeps words for [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure): 18 of them. A healthy call costs the same.
    pub const fn live(mut self) -> Self {
        self.live = true;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be, with what would be right.
    pub const fn config(self) -> Result<Config, ConfigError> {
        let jitter = check::share(self.jitter, "jitter must be from 0 to 1");
        let window = tri!(self.window());
        Ok(Config {
            consecutive_failures: tri!(self.consecutive()),
            window,
            policy: tri!(self.policy()),
            slow_limit: tri!(self.slow_limit()),
            delay: tri!(self.backoff.check()),
            jitter: tri!(jitter),
            seed: match self.seed {
                Some(seed) => Some(jitter::spread(seed)),
                None => None,
            },
            probes: tri!(self.probes.check()),
            lease: tri!(self.lease()),
            lease_expiry: self.lease_expiry,
            ramp: match self.ramp {
                Some(ramp) => Some(tri!(ramp.check())),
                None => None,
            },
            start: Start::new(tri!(self.start_state()), self.mode),
            switches: Switches::new(self.count_panics, self.live, window),
        })
    }

    const fn lease(self) -> Result<Option<Lease>, ConfigError> {
        let rule = "probe_lease must be longer than zero";
        Ok(match self.probe_lease {
            Some(Lend::Forever) => None,
            Some(Lend::For(lease)) => Lease::new(tri!(check::longer_than_zero(lease, rule))),
            None => match Lease::new(longer(self.backoff.first(), DEFAULT_LEASE)) {
                // Open for ever is no reason to wait for a probe for ever.
                None => Lease::new(DEFAULT_LEASE),
                lease => lease,
            },
        })
    }

    const fn start_state(self) -> Result<State, ConfigError> {
        match self.start {
            State::Recovering => Err(ConfigError::Conflict {
                rule: "a breaker must start closed, open or half-open, not recovering",
            }),
            start => Ok(start),
        }
    }
}

const fn longer(a: Duration, b: Duration) -> Duration {
    if a.as_nanos() > b.as_nanos() { a } else { b }
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}
