//! What is chosen when a breaker is built.

use super::span::Span;
use std::time::Duration;
use tripword::State;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    pub(crate) consecutive_failures: u32,
    pub(crate) open_for: OpenFor,
    pub(crate) probes: Probes,
    pub(crate) lease: Option<Duration>,
    /// Half-open begins again when a lease is over, instead of opening.
    pub(crate) reprobe: bool,
    pub(crate) ramp: Option<Ramp>,
    pub(crate) start: State,
}

#[derive(Debug, Clone, Copy)]
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

#[derive(Debug, Clone, Copy)]
pub(crate) struct Probes {
    pub(crate) max: u32,
    pub(crate) successes_to_close: u32,
    pub(crate) failures_to_open: u32,
    /// Size and rate, in parts per million, where the two above come from a sample.
    pub(crate) sample: Option<(u32, u32)>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    /// In parts per million.
    pub(crate) from: u32,
    pub(crate) over: Duration,
}

impl Settings {
    pub(crate) fn open_for(&self, streak: u8) -> Duration {
        match self.open_for {
            OpenFor::Fixed(duration) => duration,
            OpenFor::Exponential { base, cap, factor } => grown(base, factor, streak).min(cap),
            OpenFor::ByStreak => by_streak(streak),
        }
    }

    pub(crate) fn lease(&self) -> Option<Span> {
        self.lease.map(Span::lease)
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
