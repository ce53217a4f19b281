//! A breaker does what the oracle does, after any operations at any times.

use crate::bytes::Bytes;
use crate::cases::{Case, END, Op, Settling, Step};
use crate::oracle_settings::{other, settings};
use crate::times::{NANO, S, duration, moment};
use oracle::{Settings, Window};
use std::ops::RangeInclusive;
use std::time::Duration;
use tripword::{Mode, Outcome};

/// Compares a breaker with the oracle over any settings, operations and times, after each
/// operation.
pub fn operations(data: &[u8]) {
    if let Some(case) = case(&mut Bytes::new(data)) {
        case.check();
    }
}

fn case(bytes: &mut Bytes<'_>) -> Option<Case> {
    let settings = settings(bytes)?;
    let others = (0..bytes.below(4)).filter_map(|_| other(bytes, &settings));
    let others = others.collect();
    let goes_ahead = bytes.flag();
    let clock = Duration::from_nanos(moment(bytes));
    let mut case = Case {
        others,
        clock,
        range: range(clock, &settings, goes_ahead),
        ops: Choice::new(bytes, &settings).ops(),
        settings,
    };
    if goes_ahead {
        case.ops.retain(|op| !leads_back(*op));
    }
    Some(case)
}

/// The range of a clock: everything, except with a time window. The stamps of such a window are
/// unambiguous while all moments lie within 2^24 buckets or, if the clock never steps back, within
/// 2^39.
pub(crate) fn range(
    start: Duration,
    settings: &Settings,
    goes_ahead: bool,
) -> RangeInclusive<Duration> {
    let (back, ahead) = match settings.window {
        Window::Time { .. } if goes_ahead => (0, 1 << 39),
        Window::Time { .. } => (1 << 22, 1 << 23),
        _ => return Duration::ZERO..=END,
    };
    let bucket = settings.window.bucket().as_nanos() as u64;
    let buckets = |number: u64| Duration::from_nanos(bucket.saturating_mul(number));
    start.saturating_sub(buckets(back))..=END.min(start + buckets(ahead))
}

fn leads_back(op: Op) -> bool {
    match op {
        Op::Time(Step::Back(_)) => true,
        Op::Time(Step::ToTheEnd(further)) => further < 0,
        Op::Time(Step::Bucket(away, further)) => away < 1 || further < 0,
        _ => false,
    }
}

/// The choice of one operation.
pub(crate) struct Choice<'a, 'b> {
    pub(crate) bytes: &'a mut Bytes<'b>,
    limit: Duration,
    buckets: i64,
    /// Whether permits may own the breaker; these are not forgotten, since that would leak it.
    owns: bool,
}

impl<'a, 'b> Choice<'a, 'b> {
    pub(crate) fn new(bytes: &'a mut Bytes<'b>, settings: &Settings) -> Self {
        Self {
            limit: settings.slow_call_duration.unwrap_or(S),
            buckets: settings.window.buckets().into(),
            owns: bytes.flag(),
            bytes,
        }
    }

    fn ops(mut self) -> Vec<Op> {
        let mut ops = Vec::new();
        while !self.bytes.is_empty() {
            ops.push(self.op());
        }
        ops
    }

    pub(crate) fn op(&mut self) -> Op {
        match self.bytes.below(32) {
            0..=4 => Op::Acquire { owned: self.owns && self.bytes.flag() },
            5 | 6 => Op::call(self.outcome()),
            7 => Op::Call(self.outcome(), self.elapsed()),
            8..=10 => Op::Run(1 + self.bytes.below(80), self.settling()),
            11..=15 => Op::Settle(self.bytes.byte().into(), self.settling()),
            16 => Op::Trip,
            17 => Op::TripFor(duration(self.bytes)),
            18 => Op::HalfOpen,
            19 => Op::Close,
            20 => Op::Reset,
            21 => Op::SetMode(self.mode()),
            22 => Op::Reconfigure(self.bytes.below(3) as usize),
            23 => Op::Deeper(self.bytes.below(6)),
            _ => Op::Time(self.step()),
        }
    }

    fn outcome(&mut self) -> Outcome {
        let all = [Outcome::Success, Outcome::Failure, Outcome::Ignored];
        self.bytes.pick(&all)
    }

    fn retry_after(&mut self) -> Outcome {
        Outcome::RetryAfter(duration(self.bytes))
    }

    fn settling(&mut self) -> Settling {
        match self.bytes.below(16) {
            0..=4 => Settling::Success,
            5..=9 => Settling::Failure,
            10 => Settling::Ignore,
            11 => Settling::Settle(self.outcome()),
            12 => Settling::SettleElapsed(self.outcome(), self.elapsed()),
            13 => Settling::SettleElapsed(self.retry_after(), self.elapsed()),
            14 => Settling::Settle(self.retry_after()),
            _ if self.bytes.flag() && !self.owns => Settling::Forget,
            _ => Settling::Drop,
        }
    }

    /// A duration near the limit of slow calls, or any.
    fn elapsed(&mut self) -> Duration {
        match self.bytes.below(5) {
            0 => Duration::ZERO,
            1 => self.limit - NANO,
            2 => self.limit,
            3 => self.limit + NANO,
            _ => duration(self.bytes),
        }
    }

    fn mode(&mut self) -> Mode {
        self.bytes.pick(&[Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow])
    }

    pub(crate) fn step(&mut self) -> Step {
        match self.bytes.below(8) {
            0 | 1 => Step::Ahead(duration(self.bytes)),
            2 => Step::Back(duration(self.bytes)),
            3 | 4 => Step::ToTheEnd(self.further()),
            5 => Step::ToTheHorizon(self.bytes.pick(&[0, 0, 1, 999_999, 1_000_000])),
            _ => {
                let windows = self.bytes.pick(&[0, 0, 0, 1, 2, 4, 5, -1, -4, -5]);
                let buckets = self.bytes.pick(&[1, 0, 2, 3, -1]);
                Step::Bucket(windows * self.buckets + buckets, self.further())
            }
        }
    }

    /// Nanoseconds from a boundary.
    fn further(&mut self) -> i64 {
        let usual = [0, 0, 1, -1, 999_999, 1_000_000, -1_000_000, -1_000_001];
        self.bytes.pick(&usual)
    }
}
