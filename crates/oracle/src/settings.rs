//! What a user chooses, and the real settings that mean the same.

use crate::Policy;
use std::time::Duration;
use tripword::{Backoff, Builder, LeaseExpiry, Mode, State};

/// Nanoseconds in a millisecond.
pub const MILLI: u128 = 1_000_000;
/// The first wait that never ends: 17 years of 365.25 days.
pub const FOREVER: Duration = Duration::from_millis(17 * 31_557_600_000);
/// The longest wait that can be set to end by itself.
pub const LONGEST_OPEN: Duration = Duration::from_secs(17 * 31_557_600 - 1);
/// The longest lease that ends.
pub const LONGEST_LEASE: Duration = Duration::from_millis(64 * ((1 << 32) - 1));
const DEFAULT_LEASE: Duration = Duration::from_secs(60);
/// The steps in which a lease is measured, and a ramp.
pub const LEASE_UNITS: u128 = 64;
pub const RAMP_UNITS: u128 = 1_024;

/// All settings of a breaker but jitter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub policy: Policy,
    pub window: Window,
    pub slow_call_duration: Option<Duration>,
    pub open_for: OpenFor,
    pub longest_open: Option<Duration>,
    pub probes: Probes,
    pub lease: Lease,
    /// Half-open begins again when a lease is over, instead of opening.
    pub reprobe: bool,
    pub ramp: Option<Ramp>,
    pub start: State,
    pub mode: Mode,
    pub live: bool,
}

/// Which calls are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    None,
    /// The last so many.
    Calls(u32),
    Time {
        bucket_millis: u32,
        buckets: u32,
        stripes: u32,
    },
}

/// How long probes may be out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lease {
    Default,
    For(Duration),
    Forever,
}

/// How long the circuit stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenFor {
    Fixed(Duration),
    Exponential {
        base: Duration,
        cap: Duration,
        /// In 1/65,536.
        factor: u32,
    },
    /// As the function [`by_streak`] says.
    ByStreak,
}

/// How half-open decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probes {
    pub max: u32,
    pub successes_to_close: u32,
    pub failures_to_open: u32,
}

/// How traffic comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramp {
    /// The first share, in parts per million.
    pub from: u32,
    /// The time until all calls are admitted.
    pub over: Duration,
}

/// The real settings.
impl Settings {
    /// Returns a builder with these settings, and without jitter.
    pub fn builder(&self) -> Builder {
        let b = self.policy.set_on(self.window.set_on(Builder::new()));
        let b = b.backoff(self.open_for.real()).jitter(0.0);
        let b = with(b, self.longest_open, Builder::longest_open);
        let b = b.probes(self.probes.real());
        let b = b.start(self.start).mode(self.mode);
        let b = match self.lease {
            Lease::Default => b,
            Lease::For(lease) => b.probe_lease(Some(lease)),
            Lease::Forever => b.probe_lease(None),
        };
        let reprobe = self.reprobe.then_some(LeaseExpiry::Reprobe);
        let b = with(b, reprobe, Builder::lease_expiry);
        let b = with(b, self.slow_call_duration, Builder::slow_call_duration);
        let b = with(b, self.ramp.map(Ramp::real), Builder::ramp);
        if self.live { b.live() } else { b }
    }
}

/// What follows from the settings.
impl Settings {
    /// Returns the longest wait that ends by itself, in whole seconds: by default a day, or the
    /// longest that the backoff reaches if that ends.
    pub fn longest_open(&self) -> Duration {
        let day = Duration::from_secs(86_400);
        let ends = |wait: &Duration| *wait < FOREVER;
        let asked = match self.open_for {
            OpenFor::ByStreak => None,
            backoff => (0..16).map(|streak| backoff.at(streak)).filter(ends).max(),
        };
        let longest = self.longest_open.unwrap_or(asked.unwrap_or(day).max(day));
        let secs = longest.as_nanos().div_ceil(1_000_000_000) as u64;
        Duration::from_secs(secs).min(LONGEST_OPEN)
    }

    /// Returns how far ahead a deadline can be: the longest wait and 2.4 % of it. One that reads as
    /// more is past.
    pub fn furthest_deadline(&self) -> u128 {
        self.longest_open().as_nanos() / 1_000 * 1_024
    }

    /// Returns the moment at which probes are given up if the newest begins `now`. A lease is
    /// measured in units of 1/64 of it, in whole milliseconds, from the next full unit on.
    pub(crate) fn lease_end(&self, now: u128) -> Option<u128> {
        let unit = self.lease_unit()?;
        Some(now.next_multiple_of(unit) + LEASE_UNITS * unit)
    }

    /// Returns the unit in which the lease is measured, if it ends.
    pub fn lease_unit(&self) -> Option<u128> {
        let ends = |lease: &Duration| *lease <= LONGEST_LEASE;
        let default = self.open_for.at(0).max(DEFAULT_LEASE);
        let lease = match self.lease {
            Lease::Default => Some(default).filter(ends).or(Some(DEFAULT_LEASE)),
            Lease::For(lease) => Some(lease).filter(ends),
            Lease::Forever => None,
        };
        lease.map(|lease| lease.as_nanos().div_ceil(LEASE_UNITS * MILLI).max(1) * MILLI)
    }

    /// Whether a breaker that was built with these settings can go on with `other`.
    pub(crate) fn can_become(&self, other: &Self) -> bool {
        let has_room = match (self.window, other.window) {
            (Window::Calls(_), Window::Calls(calls)) => calls <= self.room_for_calls(),
            (
                Window::Time { bucket_millis, buckets, .. },
                Window::Time { bucket_millis: other_millis, buckets: other_buckets, .. },
            ) => (bucket_millis, buckets) == (other_millis, other_buckets),
            (one, other) => one == other,
        };
        // Ramps are equal if their units are.
        let ramp = |settings: &Self| settings.ramp.map(|ramp| (ramp.unit(), ramp.from));
        let is_function = |settings: &Self| settings.open_for == OpenFor::ByStreak;
        has_room
            && self.live
            && other.live
            && self.slow_call_duration.is_some() == other.slow_call_duration.is_some()
            && self.policy.trip_when == other.policy.trip_when
            && is_function(self) == is_function(other)
            && ramp(self) == ramp(other)
    }

    /// Returns the calls that a window of calls can be made to count later: words are full, of 24
    /// calls each or of 12 that can be slow.
    pub fn room_for_calls(&self) -> u32 {
        match self.window {
            Window::Calls(calls) => calls.next_multiple_of(self.calls_in_a_word()),
            _ => 0,
        }
    }

    /// Returns the calls in one word of a window of calls.
    pub fn calls_in_a_word(&self) -> u32 {
        if self.slow_call_duration.is_some() { 12 } else { 24 }
    }
}

/// Applies a setter if there is a value for it.
pub(crate) fn with<T>(b: Builder, value: Option<T>, set: fn(Builder, T) -> Builder) -> Builder {
    if let Some(value) = value { set(b, value) } else { b }
}

impl Window {
    fn set_on(self, b: Builder) -> Builder {
        match self {
            Self::None => b,
            Self::Calls(calls) => b.last_calls(calls),
            Self::Time { buckets, stripes, .. } => {
                b.within(self.bucket() * buckets).buckets(buckets).stripes(stripes)
            }
        }
    }

    /// Returns the number of the bucket that `now` is in; zero without buckets.
    pub fn bucket_at(self, now: u128) -> u64 {
        now.checked_div(self.bucket().as_nanos()).unwrap_or(0) as u64
    }

    /// Returns the length of a bucket; zero without buckets.
    pub fn bucket(self) -> Duration {
        match self {
            Self::Time { bucket_millis, .. } => Duration::from_millis(bucket_millis.into()),
            _ => Duration::ZERO,
        }
    }

    /// Returns the number of buckets; zero without.
    pub fn buckets(self) -> u32 {
        match self {
            Self::Time { buckets, .. } => buckets,
            _ => 0,
        }
    }
}

impl OpenFor {
    fn real(self) -> Backoff {
        match self {
            Self::Fixed(duration) => Backoff::fixed(duration),
            Self::Exponential { base, cap, factor } => {
                Backoff::exponential(base, cap).factor(f64::from(factor) / 65_536.0)
            }
            Self::ByStreak => Backoff::by_streak(by_streak),
        }
    }

    /// Returns the wait of a circuit that has opened again so often in a row.
    pub fn at(self, streak: u8) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Exponential { base, cap, factor } => {
                let grown =
                    |nanos: u128, _| (nanos * u128::from(factor) / 65_536).min(u64::MAX.into());
                Duration::from_nanos((0..streak).fold(base.as_nanos(), grown) as u64).min(cap)
            }
            Self::ByStreak => by_streak(streak),
        }
    }
}

/// A backoff function: nothing at first, then longer, then without an end.
pub fn by_streak(streak: u8) -> Duration {
    match streak {
        0 => Duration::ZERO,
        1..4 => Duration::from_micros(1_500 * u64::from(streak)),
        4..15 => Duration::from_secs(streak.into()),
        _ => Duration::MAX,
    }
}

impl Probes {
    /// Decides by numbers of successes and failures, with `max` at once or as many as can decide.
    pub fn new(max: u32, successes_to_close: u32, failures_to_open: u32) -> Self {
        Self {
            max: max.min(successes_to_close + failures_to_open - 1),
            successes_to_close,
            failures_to_open,
        }
    }

    fn real(self) -> tripword::Probes {
        tripword::Probes::new()
            .max_probes(self.max)
            .successes_to_close(self.successes_to_close)
            .failures_to_open(self.failures_to_open)
    }
}

/// A ramp is measured in units of 1/1024 of it, from the next full unit on.
impl Ramp {
    fn real(self) -> tripword::Ramp {
        tripword::Ramp::new(f64::from(self.from) / 1e6, self.over)
    }

    /// Returns the unit in which the ramp is measured.
    pub fn unit(self) -> u128 {
        self.over.as_nanos().div_ceil(RAMP_UNITS)
    }

    /// Whether the call with this ticket is in the share that is admitted. Shares are parts of
    /// 2^32, and tickets are spread over them by the golden ratio.
    pub(crate) fn admits(self, ticket: u64, start: u128, now: u128) -> bool {
        const WHOLE: u128 = 1 << 32;
        let from = u128::from(self.from) * WHOLE / 1_000_000;
        let age = now.saturating_sub(start) / self.unit();
        let share = from + (WHOLE - from) * age.min(RAMP_UNITS) / RAMP_UNITS;
        u128::from(ticket) * 0x9E37_79B9 % WHOLE < share
    }
}
