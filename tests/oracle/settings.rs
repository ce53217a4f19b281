//! What is chosen when a breaker is built.

use super::span::Span;
use super::window::Counts;
use std::time::Duration;
use tripword::{Mode, State};

/// The longest lease that ends: 64 units that are counted in 32 bits of milliseconds.
pub(crate) const LONGEST_LEASE: Duration = Duration::from_millis(64 * ((1 << 32) - 1));
const DEFAULT_LEASE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) policy: Policy,
    pub(crate) window: Window,
    pub(crate) slow_call_duration: Option<Duration>,
    pub(crate) open_for: OpenFor,
    pub(crate) probes: Probes,
    pub(crate) lease: Lease,
    /// Half-open begins again when a lease is over, instead of opening.
    pub(crate) reprobe: bool,
    pub(crate) ramp: Option<Ramp>,
    pub(crate) start: State,
    pub(crate) mode: Mode,
    /// Whether others can take their place.
    pub(crate) live: bool,
}

/// What opens a closed circuit; rates in parts per million.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Policy {
    pub(crate) consecutive_failures: Option<u32>,
    pub(crate) failures: Option<u32>,
    pub(crate) failure_rate: Option<u32>,
    pub(crate) slow_call_rate: Option<u32>,
    pub(crate) trip_when: Option<Own>,
    pub(crate) minimum_calls: Option<u32>,
}

/// A policy of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Own {
    Never,
    MoreFailuresThanSuccesses,
    ThirdSlowCall,
    EverySeventhCall,
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Window {
    None,
    /// The last so many.
    Calls(u32),
    Time {
        bucket_millis: u32,
        buckets: Option<u32>,
        stripes: Option<u32>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    Default,
    For(Duration),
    Forever,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OpenFor {
    Fixed(Duration),
    Exponential {
        base: Duration,
        cap: Duration,
        /// In 1/65,536.
        factor: u32,
    },
    /// As [`by_streak`] says.
    ByStreak,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Probes {
    pub(crate) max: u32,
    pub(crate) successes_to_close: u32,
    pub(crate) failures_to_open: u32,
    /// Size and rate, in parts per million, where the two above come from a sample.
    pub(crate) sample: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ramp {
    /// In parts per million.
    pub(crate) from: u32,
    pub(crate) over: Duration,
}

impl Settings {
    pub(crate) fn open_for(&self, streak: u8) -> Duration {
        self.open_for.at(streak)
    }

    pub(crate) fn lease(&self) -> Option<Span> {
        let ends = |lease: &Duration| *lease <= LONGEST_LEASE;
        let first = self.open_for(0).max(DEFAULT_LEASE);
        let lease = match self.lease {
            Lease::Default => Some(first).filter(ends).or(Some(DEFAULT_LEASE)),
            Lease::For(lease) => Some(lease).filter(ends),
            Lease::Forever => None,
        };
        lease.map(Span::lease)
    }

    /// Failures in a row that open; five if nothing else is chosen.
    pub(crate) fn consecutive_failures(&self) -> Option<u32> {
        let policy = self.policy;
        let is_alone = policy.failures.is_none()
            && policy.failure_rate.is_none()
            && policy.slow_call_rate.is_none()
            && policy.trip_when.is_none();
        policy.consecutive_failures.or(is_alone.then_some(5))
    }

    pub(crate) fn minimum_calls(&self) -> u32 {
        let default = match self.window {
            Window::Calls(calls) => calls.min(10),
            _ => 10,
        };
        self.policy.minimum_calls.unwrap_or(default)
    }

    /// Whether a breaker that was built with these settings can go on with `other`.
    pub(crate) fn can_become(&self, other: &Self) -> bool {
        let is_function = |open_for| matches!(open_for, OpenFor::ByStreak);
        self.live
            && other.live
            && self.slow_call_duration.is_some() == other.slow_call_duration.is_some()
            && self.has_room_for(other.window)
            && self.policy.trip_when == other.policy.trip_when
            && is_function(self.open_for) == is_function(other.open_for)
            && self.ramp == other.ramp
    }

    fn has_room_for(&self, window: Window) -> bool {
        match (self.window, window) {
            (Window::None, Window::None) => true,
            (Window::Calls(_), Window::Calls(calls)) => calls <= self.room_for_calls(),
            (Window::Time { .. }, Window::Time { .. }) => {
                self.window.bucket() == window.bucket()
                    && self.window.buckets() == window.buckets()
                    && self.window.stripes() == window.stripes()
            }
            _ => false,
        }
    }

    /// The calls that a window of calls has words for.
    pub(crate) fn room_for_calls(&self) -> u32 {
        match self.window {
            Window::Calls(calls) => calls.next_multiple_of(self.calls_in_a_word()),
            _ => 0,
        }
    }

    /// 24, or 12 that can be slow.
    pub(crate) fn calls_in_a_word(&self) -> u32 {
        match self.slow_call_duration {
            Some(_) => 12,
            None => 24,
        }
    }

    pub(crate) fn has_time_window(&self) -> bool {
        matches!(self.window, Window::Time { .. })
    }
}

impl OpenFor {
    pub(crate) fn at(self, streak: u8) -> Duration {
        match self {
            Self::Fixed(duration) => duration,
            Self::Exponential { base, cap, factor } => grown(base, factor, streak).min(cap),
            Self::ByStreak => by_streak(streak),
        }
    }
}

impl Own {
    pub(crate) fn trips(self, counts: Counts) -> bool {
        match self {
            Self::Never => false,
            Self::MoreFailuresThanSuccesses => counts.failures > counts.calls - counts.failures,
            Self::ThirdSlowCall => counts.slow_calls >= 3,
            Self::EverySeventhCall => counts.calls % 7 == 0,
            Self::Always => true,
        }
    }
}

impl Window {
    /// How long a bucket is.
    pub(crate) fn bucket(self) -> Duration {
        match self {
            Self::Time { bucket_millis, .. } => Duration::from_millis(bucket_millis.into()),
            _ => Duration::ZERO,
        }
    }

    pub(crate) fn stripes(self) -> u32 {
        match self {
            Self::Time { stripes, .. } => stripes.unwrap_or(1),
            _ => 0,
        }
    }

    pub(crate) fn buckets(self) -> u32 {
        match self {
            Self::Time { buckets, .. } => buckets.unwrap_or(10),
            _ => 0,
        }
    }
}

/// `base`, grown `times` times.
fn grown(base: Duration, factor: u32, times: u8) -> Duration {
    let grow = |nanos: u128, _| (nanos * u128::from(factor) / 65_536).min(u64::MAX.into());
    Duration::from_nanos((0..times).fold(base.as_nanos(), grow) as u64)
}

/// A backoff of one's own: nothing at first, then longer, then for ever.
pub(crate) fn by_streak(streak: u8) -> Duration {
    match streak {
        0 => Duration::ZERO,
        1..4 => Duration::from_micros(1_500 * u64::from(streak)),
        4..15 => Duration::from_secs(streak.into()),
        _ => Duration::MAX,
    }
}

impl Probes {
    pub(crate) fn new(max: u32, successes_to_close: u32, failures_to_open: u32) -> Self {
        Self {
            max,
            successes_to_close,
            failures_to_open,
            sample: None,
        }
    }

    /// Judges `size` probes by `rate`, in parts per million: open at that many failures, closed when so many can no longer be.
    pub(crate) fn sample(max: u32, size: u32, rate: u32) -> Self {
        let failures = (u64::from(size) * u64::from(rate)).div_ceil(1_000_000) as u32;
        Self {
            sample: Some((size, rate)),
            ..Self::new(max, size - failures + 1, failures)
        }
    }
}

impl Ramp {
    const WHOLE: u64 = 1 << 32;

    pub(crate) fn span(self) -> Span {
        Span::ramp(self.over)
    }

    /// Whether the call with this ticket is in the share that is admitted.
    pub(crate) fn admits(self, ticket: u64, since: u128, now: u128) -> bool {
        (ticket * 0x9E37_79B9) % Self::WHOLE < self.share(since, now)
    }

    /// From the first share to all calls, evenly; in parts of 2^32.
    fn share(self, since: u128, now: u128) -> u64 {
        let from = u64::from(self.from) * Self::WHOLE / 1_000_000;
        let (age, all) = self.span().progress(since, now);
        from + (Self::WHOLE - from) * age / all
    }
}
