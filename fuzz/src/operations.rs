//! A breaker does what the oracle does, after any operations at any times.

use crate::bytes::Bytes;
use crate::oracle::cases::{Case, Op, Settling, Step};
use crate::oracle::pair::as_the_oracle_says;
use crate::oracle::{Settings, Window};
use crate::oracle_settings::{other, settings};
use crate::times::{END, NANO, S, duration, moment};
use std::time::Duration;
use tripword::{Mode, Outcome};

/// Compares a breaker with the oracle over any settings, operations and times, after each operation.
pub fn operations(data: &[u8]) {
    if let Some(case) = case(&mut Bytes::new(data)) {
        as_the_oracle_says(&case);
    }
}

fn case(bytes: &mut Bytes<'_>) -> Option<Case> {
    let settings = settings(bytes)?;
    let others = (0..bytes.below(4)).filter_map(|_| other(bytes, &settings));
    let others = others.collect();
    let resets = resets(bytes);
    let goes_ahead = bytes.flag() || settings.window.stripes() > 1;
    let run = Run::new(moment(bytes), &settings, goes_ahead);
    let mut case = Case {
        others,
        resets,
        clock: run.start,
        earliest: run.earliest,
        longest: run.latest - run.start,
        ops: Choice::new(bytes, &settings).ops(),
        settings,
    };
    if goes_ahead || resets > 0 {
        case.ops.retain(|op| !leads_back(*op));
    }
    Some(case)
}

/// Rarely enough that the generations wrap: it takes as long as a hundred cases.
fn resets(bytes: &mut Bytes<'_>) -> u32 {
    match bytes.u16() {
        u16::MAX => 65_530 + bytes.below(6),
        _ => 0,
    }
}

/// The range of a clock: everything, except with a window of time.
///
/// Stamps of such a window are unambiguous within 2^24 buckets of a generation, and within half of
/// 2^40 buckets if the clock never steps back. With several stripes it never does, since the oracle
/// does not know which stripe a call is on.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) start: Duration,
    pub(crate) earliest: Duration,
    pub(crate) latest: Duration,
}

impl Run {
    pub(crate) fn new(start: u64, settings: &Settings, goes_ahead: bool) -> Self {
        // In generation 0, a move in the first millisecond of the clock is not known.
        let start = Duration::from_nanos(start).max(S);
        let (back, ahead) = match settings.window {
            Window::Time { .. } if goes_ahead => (0, 1 << 39),
            Window::Time { .. } => (1 << 22, 1 << 23),
            _ => return Self::between(start, END, END),
        };
        let bucket = settings.window.bucket().as_nanos() as u64;
        let buckets = |number: u64| Duration::from_nanos(bucket.saturating_mul(number));
        Self::between(start, buckets(back), buckets(ahead))
    }

    fn between(start: Duration, back: Duration, ahead: Duration) -> Self {
        Self {
            start,
            earliest: start.saturating_sub(back),
            latest: END.min(start + ahead),
        }
    }
}

fn leads_back(op: Op) -> bool {
    match op {
        Op::Time(Step::Back(_)) => true,
        Op::Time(Step::ToTheEnd(further)) => further < 0,
        Op::Time(Step::Bucket {
            windows,
            buckets,
            further,
        }) => windows < 0 || buckets < 1 || further < 0,
        _ => false,
    }
}

/// The choice of one operation.
pub(crate) struct Choice<'a, 'b> {
    pub(crate) bytes: &'a mut Bytes<'b>,
    limit: Duration,
    /// Whether permits may own the breaker; these are not forgotten, since that would leak it.
    owns: bool,
}

impl<'a, 'b> Choice<'a, 'b> {
    pub(crate) fn new(bytes: &'a mut Bytes<'b>, settings: &Settings) -> Self {
        Self {
            limit: settings.slow_call_duration.unwrap_or(S),
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
            0..=4 => Op::Acquire {
                owned: self.owns && self.bytes.flag(),
            },
            5 | 6 => Op::Call(self.outcome()),
            7 => Op::LongCall(self.outcome(), self.elapsed()),
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

    fn settling(&mut self) -> Settling {
        match self.bytes.below(16) {
            0..=4 => Settling::Success,
            5..=9 => Settling::Failure,
            10 => Settling::Ignore,
            11 => Settling::Record(self.outcome()),
            12 | 13 => Settling::RecordElapsed(self.outcome(), self.elapsed()),
            14 => Settling::FailureFor(duration(self.bytes)),
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
        self.bytes.pick(&[
            Mode::Normal,
            Mode::ForceOpen,
            Mode::ForceClosed,
            Mode::Shadow,
        ])
    }

    pub(crate) fn step(&mut self) -> Step {
        match self.bytes.below(8) {
            0 | 1 => Step::Ahead(duration(self.bytes)),
            2 => Step::Back(duration(self.bytes)),
            3 | 4 => Step::ToTheEnd(self.further()),
            5 => Step::Round(self.bytes.byte().into()),
            _ => Step::Bucket {
                windows: self.bytes.pick(&[0, 0, 0, 1, 2, 4, 5, -1, -4, -5]),
                buckets: self.bytes.pick(&[1, 0, 2, 3, -1]),
                further: self.further(),
            },
        }
    }

    /// Nanoseconds from a boundary.
    fn further(&mut self) -> i64 {
        let usual = [0, 0, 1, -1, 999_999, 1_000_000, -1_000_000, -1_000_001];
        self.bytes.pick(&usual)
    }
}
