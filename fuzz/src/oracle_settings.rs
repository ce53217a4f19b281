//! Settings of the oracle from bytes.

use crate::bytes::Bytes;
use crate::times::{MS, NANO, S, YEAR, duration};
use oracle::{LONGEST_OPEN, Lease, OpenFor, Own, Policy, Probes, Ramp, Rate, Settings, Window};
use std::time::Duration;
use tripword::{Mode, State};

/// Settings that a breaker can have, most often.
const STARTS: [(State, Mode); 6] = [
    (State::Closed, Mode::Normal),
    (State::Closed, Mode::Shadow),
    (State::Open, Mode::Normal),
    (State::HalfOpen, Mode::Normal),
    (State::HalfOpen, Mode::ForceOpen),
    (State::Closed, Mode::ForceClosed),
];

pub(crate) fn settings(bytes: &mut Bytes<'_>) -> Option<Settings> {
    let slow_call_duration = bytes.maybe(slow_limit);
    let window = window(bytes, slow_call_duration.is_some());
    let mut settings = Settings {
        policy: policy(bytes, window, slow_call_duration.is_some()),
        window,
        slow_call_duration,
        open_for: open_for(bytes),
        longest_open: bytes.maybe(longest_open),
        probes: probes(bytes),
        lease: lease(bytes),
        reprobe: bytes.flag(),
        ramp: bytes.maybe(ramp),
        start: State::Closed,
        mode: Mode::Normal,
        live: false,
    };
    (settings.start, settings.mode) = bytes.pick(&STARTS);
    settings.live = bytes.flag();
    can_be(&settings).then_some(settings)
}

fn can_be(settings: &Settings) -> bool {
    settings.builder().config().is_ok()
}

/// Settings that can, most often, take the place of `first`.
pub(crate) fn other(bytes: &mut Bytes<'_>, first: &Settings) -> Option<Settings> {
    let mut other = settings(bytes)?;
    let differs = bytes.byte();
    let is_fixed = |which: u8| differs >> which & 1 == 0;
    if is_fixed(0) {
        other.live = first.live;
    }
    if is_fixed(1) {
        other.ramp = first.ramp;
    }
    if is_fixed(2) {
        other.policy.trip_when = first.policy.trip_when;
    }
    if is_fixed(3) {
        other.open_for = first.open_for;
    }
    if is_fixed(4) && first.slow_call_duration.is_some() != other.slow_call_duration.is_some() {
        other.slow_call_duration = first.slow_call_duration;
    }
    if is_fixed(5) {
        other.window = alike(first.window, other.window);
    }
    if is_fixed(6) {
        (other.probes, other.reprobe) = (first.probes, first.reprobe);
    }
    if is_fixed(7) {
        other.lease = first.lease;
    }
    can_be(&other).then_some(other)
}

fn alike(first: Window, other: Window) -> Window {
    match (first, other) {
        (Window::Calls(_), Window::Calls(calls)) => Window::Calls(calls),
        (first, _) => first,
    }
}

/// Shorter than all the time there is: one as long is no limit.
fn slow_limit(bytes: &mut Bytes<'_>) -> Duration {
    let longest = Duration::from_nanos(u64::MAX - 1);
    duration(bytes).clamp(NANO, longest)
}

fn window(bytes: &mut Bytes<'_>, judges_slow_calls: bool) -> Window {
    let most = if judges_slow_calls { 756 } else { 1_512 };
    match bytes.below(8) {
        0 => Window::None,
        1 | 2 => Window::Calls(1 + bytes.below(60)),
        3 => Window::Calls(1 + bytes.below(most)),
        _ => Window::Time {
            bucket_millis: bucket_millis(bytes),
            buckets: buckets(bytes),
            stripes: bytes.pick(&[1, 1, 1, 1, 2, 5]),
        },
    }
}

fn bucket_millis(bytes: &mut Bytes<'_>) -> u32 {
    match bytes.below(4) {
        0 => bytes.u32().max(1),
        _ => bytes.pick(&[1, 7, 10, 1_000, 6_000, 86_400_000, u32::MAX]),
    }
}

fn buckets(bytes: &mut Bytes<'_>) -> u32 {
    match bytes.below(8) {
        0 => bytes.pick(&[30, 64, 1_024]),
        _ => 1 + bytes.below(12),
    }
}

fn policy(bytes: &mut Bytes<'_>, window: Window, judges_slow_calls: bool) -> Policy {
    let mut policy = Policy {
        consecutive_failures: bytes.maybe(|bytes| some(bytes, 65_535)),
        ..Policy::default()
    };
    let most = match window {
        Window::None => return policy,
        Window::Calls(calls) => calls,
        Window::Time { .. } => 1 << 20,
    };
    policy.failures = bytes.maybe(|bytes| some(bytes, most));
    policy.failure_rate = bytes.maybe(rate);
    policy.slow_call_rate = bytes.maybe(rate).filter(|_| judges_slow_calls);
    let has_rate = policy.failure_rate.or(policy.slow_call_rate).is_some();
    let minimum_calls = bytes.maybe(|bytes| some(bytes, most));
    policy.minimum_calls = minimum_calls.filter(|_| has_rate);
    let has_limit = has_rate || policy.failures.is_some();
    policy.trip_when = if has_limit { bytes.maybe(own) } else { Some(own(bytes)) };
    policy
}

/// From 1 to `most`, a few as often as not.
fn some(bytes: &mut Bytes<'_>, most: u32) -> u32 {
    let end = if bytes.flag() { most } else { most.min(8) };
    1 + bytes.below(end)
}

/// A decimal, or a fraction of so few that it is judged exactly: the calls of a sequence are fewer
/// than a million divided by that.
fn rate(bytes: &mut Bytes<'_>) -> Rate {
    if bytes.flag() {
        return Rate::millionths(millionths(bytes));
    }
    let of = 1 + bytes.below(60);
    let part = 1 + bytes.below(of);
    Rate { part, of }
}

/// In parts per million.
fn millionths(bytes: &mut Bytes<'_>) -> u32 {
    let usual = [500_000, 1_000_000, 333_333, 333_334, 666_667, 70_000, 1];
    if bytes.flag() { 1 + bytes.below(1_000_000) } else { bytes.pick(&usual) }
}

fn own(bytes: &mut Bytes<'_>) -> Own {
    bytes.pick(&[
        Own::Never,
        Own::MoreFailuresThanSuccesses,
        Own::ThirdSlowCall,
        Own::EverySeventhCall,
        Own::Always,
    ])
}

fn open_for(bytes: &mut Bytes<'_>) -> OpenFor {
    match bytes.below(4) {
        0 | 1 => OpenFor::Fixed(duration(bytes)),
        2 => exponential(bytes),
        _ => OpenFor::ByStreak,
    }
}

/// Within reach of the factor in 15 steps, but for the smallest bases.
fn exponential(bytes: &mut Bytes<'_>) -> OpenFor {
    let (factor, times) = bytes.pick(&[
        (0x1_0000, 1),
        (0x1_8000, 3),
        (0x1_8000, 100),
        (0x2_0000, 4),
        (0x2_0000, 32_768),
        (0x54_8000, 1_000),
    ]);
    let base = Duration::from_nanos(bytes.u32().into());
    OpenFor::Exponential { base, cap: base * times, factor }
}

fn longest_open(bytes: &mut Bytes<'_>) -> Duration {
    match bytes.below(2) {
        0 => bytes.pick(&[NANO, S, S + MS, 60 * S, 9 * YEAR, LONGEST_OPEN]),
        _ => duration(bytes).clamp(NANO, LONGEST_OPEN),
    }
}

fn probes(bytes: &mut Bytes<'_>) -> Probes {
    let max = some(bytes, 255);
    Probes::new(max, some(bytes, 255), some(bytes, 255))
}

fn lease(bytes: &mut Bytes<'_>) -> Lease {
    match bytes.below(4) {
        0 => Lease::Default,
        1 => Lease::Forever,
        2 => Lease::For(bytes.pick(&[MS, 64 * MS, 65 * MS, S, 60 * S])),
        _ => Lease::For(duration(bytes).max(NANO)),
    }
}

/// At most so long that two of them are less than all the time there is.
fn ramp(bytes: &mut Bytes<'_>) -> Ramp {
    Ramp { from: millionths(bytes), over: duration(bytes).clamp(NANO, 200 * YEAR) }
}
