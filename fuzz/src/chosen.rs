//! Settings as a user might choose them, valid or not, and which of them are valid, by the
//! documentation of [`Builder`].

use crate::bytes::Bytes;
use crate::times::duration;
use oracle::{LONGEST_OPEN, OpenFor, by_streak};
use std::time::Duration;
use tripword::{Backoff, Builder, LeaseExpiry, Mode, Ramp, State};

const MILLION: f64 = 1e6;

/// Settings that are not chosen keep the builder's default.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    consecutive_failures: Option<u32>,
    failures: Option<u32>,
    failure_rate: Option<f64>,
    slow_call_rate: Option<f64>,
    slow_call_duration: Option<Duration>,
    trip_when: bool,
    pub(crate) last_calls: Option<u32>,
    within: Option<Duration>,
    buckets: Option<u32>,
    stripes: Option<u32>,
    minimum_calls: Option<u32>,
    pub(crate) backoff: Option<Growth>,
    pub(crate) longest_open: Option<Duration>,
    jitter: Option<f64>,
    seed: Option<u64>,
    probes: Option<Judged>,
    probe_lease: Option<Option<Duration>>,
    lease_expiry: Option<LeaseExpiry>,
    ramp: Option<(f64, Duration)>,
    start: Option<State>,
    mode: Option<Mode>,
    count_panics: Option<bool>,
    pub(crate) live: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Growth {
    Fixed(Duration),
    Exponential { base: Duration, cap: Duration, factor: f64 },
    ByStreak,
}

#[derive(Debug, Clone, Copy)]
enum Judged {
    Counts { max: u32, successes: u32, failures: u32 },
    Sample { max: u32, size: u32, rate: f64 },
}

/// Choices from bytes.
impl Chosen {
    pub(crate) fn new(bytes: &mut Bytes<'_>) -> Self {
        let mut chosen = Self::default();
        for _ in 0..bytes.below(24) {
            chosen.choose(bytes);
        }
        chosen
    }

    fn choose(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.below(23) {
            0 => self.consecutive_failures = Some(number(bytes)),
            1 => self.failures = Some(number(bytes)),
            2 => self.failure_rate = Some(fraction(bytes)),
            3 => self.slow_call_rate = Some(fraction(bytes)),
            4 => self.slow_call_duration = Some(duration(bytes)),
            5 => self.trip_when = bytes.flag(),
            6 => self.last_calls = bytes.maybe(number),
            7 => self.within = bytes.maybe(span),
            8 => self.buckets = Some(number(bytes)),
            9 => self.stripes = Some(number(bytes)),
            10 => self.minimum_calls = Some(number(bytes)),
            11 => self.backoff = Some(growth(bytes)),
            12 => self.jitter = Some(fraction(bytes)),
            13 => self.seed = Some(bytes.u64()),
            14 => self.probes = Some(judged(bytes)),
            15 => self.probe_lease = Some(bytes.maybe(duration)),
            16 => self.lease_expiry = Some(bytes.pick(&EXPIRIES)),
            17 => self.ramp = Some((fraction(bytes), duration(bytes))),
            18 => self.start = Some(bytes.pick(&STATES)),
            19 => self.count_panics = Some(bytes.flag()),
            20 => self.live = bytes.flag(),
            21 => self.longest_open = Some(duration(bytes)),
            _ => self.mode = Some(bytes.pick(&MODES)),
        }
    }
}

const EXPIRIES: [LeaseExpiry; 2] = [LeaseExpiry::Reopen, LeaseExpiry::Reprobe];
const MODES: [Mode; 4] = [Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow];
const STATES: [State; 4] = [State::Closed, State::Open, State::HalfOpen, State::Recovering];

/// Small, near the end of some range, or any.
fn number(bytes: &mut Bytes<'_>) -> u32 {
    let ends = [0, 255, 256, 756, 1_024, 1_512, 65_535, u32::MAX];
    match bytes.below(4) {
        0 => bytes.byte().into(),
        1 => bytes.pick(&ends),
        2 => bytes.pick(&ends).wrapping_add_signed(bytes.signed().into()),
        _ => bytes.u32(),
    }
}

/// Near the end of some range, usual, or any.
fn fraction(bytes: &mut Bytes<'_>) -> f64 {
    let ends = [0.0, 0.000_001, 1.0, 65_535.0, f64::MAX, f64::INFINITY, f64::NAN];
    match bytes.below(4) {
        0 => f64::from(bytes.byte()) / 255.0,
        1 => bytes.pick(&ends),
        2 => bytes.pick(&ends) + f64::from(bytes.signed()) / MILLION / 10.0,
        _ => f64::from_bits(bytes.u64()),
    }
}

/// Usually a multiple of ten milliseconds.
fn span(bytes: &mut Bytes<'_>) -> Duration {
    if bytes.flag() { duration(bytes) } else { Duration::from_millis(10 * u64::from(bytes.u16())) }
}

fn growth(bytes: &mut Bytes<'_>) -> Growth {
    match bytes.below(3) {
        0 => Growth::Fixed(duration(bytes)),
        1 => Growth::Exponential {
            base: duration(bytes),
            cap: duration(bytes),
            factor: bytes.maybe(fraction).unwrap_or(2.0),
        },
        _ => Growth::ByStreak,
    }
}

fn judged(bytes: &mut Bytes<'_>) -> Judged {
    let max = number(bytes);
    if bytes.flag() {
        Judged::Sample { max, size: number(bytes), rate: fraction(bytes) }
    } else {
        Judged::Counts { max, successes: number(bytes), failures: number(bytes) }
    }
}

/// The choices as a builder.
impl Chosen {
    pub(crate) fn builder(&self) -> Builder {
        let all = self.with_recovery(self.with_policy(Builder::new()));
        let all = set(all, self.start, Builder::start);
        let all = set(all, self.mode, Builder::mode);
        let all = set(all, self.count_panics, Builder::count_panics);
        if self.live { all.live() } else { all }
    }

    fn with_policy(&self, all: Builder) -> Builder {
        let all = set(all, self.consecutive_failures, Builder::consecutive_failures);
        let all = set(all, self.failures, Builder::failures);
        let all = set(all, self.failure_rate, Builder::failure_rate);
        let all = set(all, self.slow_call_rate, Builder::slow_call_rate);
        let all = set(all, self.slow_call_duration, Builder::slow_call_duration);
        let all = set(all, self.last_calls, Builder::last_calls);
        let all = set(all, self.within, Builder::within);
        let all = set(all, self.buckets, Builder::buckets);
        let all = set(all, self.stripes, Builder::stripes);
        let all = set(all, self.minimum_calls, Builder::minimum_calls);
        if self.trip_when {
            all.trip_when(|counts| counts.failures > counts.successes())
        } else {
            all
        }
    }

    fn with_recovery(&self, all: Builder) -> Builder {
        let ramp = |(from, over)| Ramp::new(from, over);
        let all = set(all, self.backoff.map(backoff), Builder::backoff);
        let all = set(all, self.longest_open, Builder::longest_open);
        let all = set(all, self.jitter, Builder::jitter);
        let all = set(all, self.seed, Builder::seed);
        let all = set(all, self.probes.map(probes), Builder::probes);
        let all = set(all, self.probe_lease, Builder::probe_lease);
        let all = set(all, self.lease_expiry, Builder::lease_expiry);
        set(all, self.ramp.map(ramp), Builder::ramp)
    }

    /// Whether the settings can be serialized: they contain no function and no NaN or infinity.
    pub(crate) fn can_be_written(&self) -> bool {
        let mut fractions = vec![self.failure_rate, self.slow_call_rate, self.jitter];
        fractions.push(self.ramp.map(|(from, _)| from));
        if let Some(Judged::Sample { rate, .. }) = self.probes {
            fractions.push(Some(rate));
        }
        if let Some(Growth::Exponential { factor, .. }) = self.backoff {
            fractions.push(Some(factor));
        }
        let has_function = self.trip_when || matches!(self.backoff, Some(Growth::ByStreak));
        !has_function && fractions.into_iter().flatten().all(f64::is_finite)
    }
}

fn set<T>(builder: Builder, chosen: Option<T>, set: fn(Builder, T) -> Builder) -> Builder {
    match chosen {
        Some(value) => set(builder, value),
        None => builder,
    }
}

fn backoff(growth: Growth) -> Backoff {
    match growth {
        Growth::Fixed(duration) => Backoff::fixed(duration),
        Growth::Exponential { base, cap, factor } => Backoff::exponential(base, cap).factor(factor),
        Growth::ByStreak => Backoff::by_streak(by_streak),
    }
}

fn probes(judged: Judged) -> tripword::Probes {
    match judged {
        Judged::Counts { max, successes, failures } => tripword::Probes::new()
            .max_probes(max)
            .successes_to_close(successes)
            .failures_to_open(failures),
        Judged::Sample { max, size, rate } => tripword::Probes::sample(size, rate).max_probes(max),
    }
}

/// Which choices are valid, by the documentation.
impl Chosen {
    /// Whether the settings are valid.
    pub(crate) fn can_be(&self) -> bool {
        self.policy_can_be()
            && self.window_can_be()
            && self.backoff.is_none_or(backoff_can_be)
            && self.longest_open.is_none_or(|longest| !longest.is_zero() && longest <= LONGEST_OPEN)
            && self.jitter.is_none_or(|share| (0.0..=1.0).contains(&share))
            && self.probes.is_none_or(probes_can_be)
            && self.probe_lease.flatten().is_none_or(|lease| !lease.is_zero())
            && self.ramp.is_none_or(|(from, over)| is_rate(from) && !over.is_zero())
            && self.start != Some(State::Recovering)
    }

    fn policy_can_be(&self) -> bool {
        let (failures, calls) = self.most_counted();
        let is_limit = |limit: Duration| !limit.is_zero() && limit < Duration::from_nanos(u64::MAX);
        is_in(self.consecutive_failures, 1, 65_535)
            && is_in(self.failures, 1, failures)
            && is_in(self.minimum_calls, 1, calls)
            && self.failure_rate.is_none_or(is_rate)
            && self.slow_call_rate.is_none_or(is_rate)
            && self.slow_call_duration.is_none_or(is_limit)
    }

    /// The most failures and calls that the window can count: 16,777,215 failures a bucket, and as
    /// many successes in each of its stripes.
    fn most_counted(&self) -> (u32, u32) {
        let of_buckets = self.buckets.unwrap_or(10).saturating_mul(16_777_215);
        let kinds = self.stripes.unwrap_or(1).saturating_add(1);
        match (self.last_calls, self.within) {
            (Some(calls), _) => (calls, calls),
            (None, Some(_)) => (of_buckets, of_buckets.saturating_mul(kinds)),
            (None, None) => (u32::MAX, u32::MAX),
        }
    }

    fn window_can_be(&self) -> bool {
        let slow = self.slow_call_duration.is_some();
        let is_divided = self.buckets.is_some() || self.stripes.is_some();
        let has_window = self.last_calls.is_some() || self.within.is_some();
        has_window == self.judges_a_window()
            && !(self.last_calls.is_some() && self.within.is_some())
            && (self.within.is_some() || !is_divided)
            && (self.slow_call_rate.is_none() || slow)
            && (self.minimum_calls.is_none() || self.judges_a_rate())
            && is_in(self.last_calls, 1, if slow { 756 } else { 1_512 })
            && is_in(self.buckets, 1, 1_024)
            && is_in(self.stripes, 1, 128)
            && self.within.is_none_or(|time| self.comes_out_even(time))
    }

    fn judges_a_window(&self) -> bool {
        self.failures.is_some() || self.judges_a_rate() || self.trip_when
    }

    fn judges_a_rate(&self) -> bool {
        self.failure_rate.or(self.slow_call_rate).is_some()
    }

    /// Each bucket is a whole number of milliseconds, from one to 49 days.
    fn comes_out_even(&self, time: Duration) -> bool {
        let of_buckets = u128::from(self.buckets.unwrap_or(10)) * 1_000_000;
        let (millis, rest) = (time.as_nanos() / of_buckets, time.as_nanos() % of_buckets);
        rest == 0 && (1..=u128::from(u32::MAX)).contains(&millis)
    }

    pub(crate) fn failures_in_a_row(&self) -> u32 {
        let default = if self.judges_a_window() { 0 } else { 5 };
        self.consecutive_failures.unwrap_or(default)
    }

    /// The most probes at once, the successes that close and the failures that open.
    pub(crate) fn probe_limits(&self) -> (u32, u32, u32) {
        match self.probes {
            None => (1, 1, 1),
            Some(Judged::Counts { max, successes, failures }) => (max, successes, failures),
            Some(Judged::Sample { max, size, rate }) => {
                let failures = failures_of(size, rate);
                (max, size - failures + 1, failures)
            }
        }
    }
}

/// The least failures of `size` that reach `rate`: a whole number of millionths exactly, another
/// with half a millionth of tolerance.
fn failures_of(size: u32, rate: f64) -> u32 {
    let millionths = rate * MILLION;
    let nearest = millionths.round();
    let is_whole = (millionths - nearest).abs() < 1e-9;
    let (size, twice) = (u64::from(size), 2 * nearest as u64 * u64::from(size));
    let tolerance = if is_whole { 0 } else { size };
    (twice - tolerance).div_ceil(2_000_000) as u32
}

fn is_in(number: Option<u32>, least: u32, most: u32) -> bool {
    number.is_none_or(|number| (least..=most).contains(&number))
}

fn is_rate(rate: f64) -> bool {
    (0.000_001..=1.0).contains(&rate)
}

/// It must reach its cap in 15 steps.
fn backoff_can_be(growth: Growth) -> bool {
    let Growth::Exponential { base, cap, factor } = growth else {
        return true;
    };
    let all_time = Duration::from_nanos(u64::MAX);
    let (base, cap) = (base.min(all_time), cap.min(all_time));
    let reaches_its_cap = || {
        let factor = (factor * 65_536.0).round() as u32;
        OpenFor::Exponential { base, cap, factor }.at(15) == cap
    };
    (1.0..=65_535.0).contains(&factor) && base <= cap && reaches_its_cap()
}

fn probes_can_be(judged: Judged) -> bool {
    let is_number = |number| is_in(Some(number), 1, 255);
    match judged {
        Judged::Counts { max, successes, failures } => {
            let can_be = is_number(max) && is_number(successes) && is_number(failures);
            can_be && max < successes + failures
        }
        Judged::Sample { max, size, rate } => {
            is_number(max) && is_number(size) && is_rate(rate) && max <= size
        }
    }
}
