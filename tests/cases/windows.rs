//! Sequences for windows: runs of calls, the edges of buckets and windows, idle times, generations.

use super::dice::Dice;
use super::{Case, LONGEST_RUN, MS, Op, ROUND, S, Settling, Step, YEAR};
use oracle::{Lease, OpenFor, Own, Policy, Probes, Ramp, Rate, Settings, Window};
use proptest::prelude::*;
use std::time::Duration;
use tripword::{Mode, Outcome, State};

const NANO: Duration = Duration::from_nanos(1);

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Over {
    Calls,
    Time,
    /// A time, its successes spread over stripes.
    Stripes,
}

/// What opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    Failures,
    FailureRate,
    SlowCallRate,
    TripWhen,
    /// Some of them, with all that a breaker has besides.
    Mixed,
}

pub(crate) fn case(over: Over, limit: Limit) -> impl Strategy<Value = Case> {
    let numbers = prop::array::uniform4(any::<u64>());
    let ops = prop::collection::vec((0..KINDS, any::<u64>()), 1..=20);
    (numbers, ops).prop_map(move |([kind, rest, limits, clock], ops)| {
        let settings = settings(over, limit, [kind, rest, limits].map(Dice));
        let ops = ops.into_iter();
        let clock = start_of_clock(&mut Dice(clock));
        Case {
            ops: ops.flat_map(|(kind, number)| chosen(&settings, kind, number)).collect(),
            settings,
            others: Vec::new(),
            clock,
            range: Duration::ZERO..=clock + LONGEST_RUN,
        }
    })
}

/// Only the calls: long runs of good ones, between a few that are not.
pub(crate) fn good_runs() -> impl Strategy<Value = Case> {
    let numbers = prop::array::uniform3(any::<u64>());
    let ops = prop::collection::vec((0..8_u32, any::<u64>()), 1..=16);
    (numbers, ops).prop_map(|(numbers, ops)| {
        let settings = settings(Over::Calls, Limit::TripWhen, numbers.map(Dice));
        let runs =
            ops.into_iter().flat_map(|(kind, number)| good_run(&settings, kind, Dice(number)));
        let mut case = Case::new(runs.collect());
        case.settings = settings;
        case
    })
}

fn good_run(settings: &Settings, kind: u32, mut dice: Dice) -> Vec<Op> {
    let Window::Calls(calls) = settings.window else { unreachable!("a window of calls") };
    // About where the last bad call leaves the window, and where its word does.
    let good = match dice.below(4) {
        0 => 1 + dice.below(30),
        1 => (calls + dice.below(50)).saturating_sub(25).min(400),
        2 => calls.min(200) + dice.below(100),
        _ => 1 + dice.below(calls.min(300)),
    };
    match kind {
        0..=3 => vec![Op::Run(good, Settling::Success)],
        4..=6 => vec![Op::Run(dice.some(26), bad(settings, &mut dice))],
        _ => vec![Op::Reset],
    }
}

fn bad(settings: &Settings, dice: &mut Dice) -> Settling {
    let too_long = |limit| limit + NANO;
    match settings.slow_call_duration.map(too_long) {
        Some(elapsed) if dice.one_in(2) => {
            let outcomes = [Outcome::Success, Outcome::Failure];
            Settling::SettleElapsed(dice.pick(&outcomes), elapsed)
        }
        _ => Settling::Failure,
    }
}

fn start_of_clock(dice: &mut Dice) -> Duration {
    match dice.below(4) {
        0 | 1 => Duration::ZERO,
        2 => Duration::from_secs(1_770_000_000) + NANO * dice.below(1_000_000_000),
        _ => ROUND - MS * dice.below(100_000),
    }
}

pub(super) fn settings(
    over: Over,
    limit: Limit,
    [mut kind, mut rest, mut limits]: [Dice; 3],
) -> Settings {
    let mixed = limit == Limit::Mixed;
    let judges_slow_calls = kind.one_in(3) || limit == Limit::SlowCallRate;
    let window = match over {
        Over::Calls => Window::Calls(last_calls(judges_slow_calls, &mut kind)),
        Over::Time => time_window(None, &mut kind),
        Over::Stripes => time_window(Some(kind.pick(&[2, 3, 2, 5, 16])), &mut kind),
    };
    Settings {
        policy: policy(window, limit, judges_slow_calls, &mut limits),
        window,
        slow_call_duration: judges_slow_calls
            .then(|| kind.pick(&[MS, NANO, 5 * MS, S, 61 * S, YEAR])),
        open_for: rest.pick(&[
            OpenFor::Fixed(MS),
            OpenFor::Fixed(S),
            OpenFor::Fixed(Duration::ZERO),
            OpenFor::Fixed(Duration::MAX),
            OpenFor::ByStreak,
        ]),
        longest_open: rest.one_in(4).then_some(2 * S),
        probes: if mixed {
            Probes::new(1 + rest.below(3), 1 + rest.below(3), 1 + rest.below(3))
        } else {
            Probes::new(1, 1, 1)
        },
        lease: rest.pick(&[Lease::Default, Lease::For(MS), Lease::For(S), Lease::Forever]),
        reprobe: rest.one_in(2),
        ramp: rest.one_in(if mixed { 2 } else { 4 }).then(|| Ramp {
            from: rest.pick(&[1_000_000, 500_000, 10_000]),
            over: rest.pick(&[S, MS, NANO, 60 * S, YEAR]),
        }),
        start: State::Closed,
        mode: Mode::Normal,
        live: false,
    }
}

fn last_calls(judges_slow_calls: bool, dice: &mut Dice) -> u32 {
    let words = [12, 24, 36, 48, 60, 72, 120];
    let largest = [500, if judges_slow_calls { 756 } else { 1_512 }];
    match dice.below(40) {
        0..=29 => 1 + dice.below(60),
        30..=37 => dice.pick(&words) + dice.below(3) - 1,
        38 => 61 + dice.below(200),
        _ => dice.pick(&largest),
    }
}

fn time_window(stripes: Option<u32>, dice: &mut Dice) -> Window {
    Window::Time {
        bucket_millis: dice.pick(&[1, 1_000, 10, 7, 6_000, 86_400_000]),
        buckets: match dice.below(12) {
            0..=3 => 10,
            4..=10 => 1 + dice.below(12),
            _ => dice.pick(&[30, 64]),
        },
        stripes: stripes.unwrap_or(1),
    }
}

fn policy(window: Window, limit: Limit, judges_slow_calls: bool, dice: &mut Dice) -> Policy {
    let most = match window {
        Window::Calls(calls) => calls,
        _ => 60,
    };
    let rates = rates(dice);
    let minimum_calls = dice.one_in(2).then(|| dice.some(most));
    let mut policy = Policy::default();
    let owns = [
        Own::Never,
        Own::MoreFailuresThanSuccesses,
        Own::ThirdSlowCall,
        Own::EverySeventhCall,
        Own::Always,
    ];
    match limit {
        Limit::Failures => policy.failures = Some(dice.some(most)),
        Limit::FailureRate => policy.failure_rate = Some(dice.pick(&rates)),
        Limit::SlowCallRate => policy.slow_call_rate = Some(dice.pick(&rates)),
        Limit::TripWhen => policy.trip_when = Some(dice.pick(&[owns, [Own::Never; 5]].concat())),
        Limit::Mixed => {
            policy.consecutive_failures = dice.one_in(2).then(|| 2 + dice.below(8));
            policy.failures = dice.one_in(2).then(|| dice.some(most));
            policy.failure_rate = dice.one_in_some(2, &rates);
            policy.slow_call_rate = dice.one_in_some(2, &rates).filter(|_| judges_slow_calls);
            policy.trip_when = dice.one_in_some(2, &owns);
            let has_rate = policy.failure_rate.or(policy.slow_call_rate).is_some();
            if !has_rate && policy.failures.is_none() && policy.trip_when.is_none() {
                policy.trip_when = Some(Own::Never);
            }
        }
    }
    let has_rate = policy.failure_rate.or(policy.slow_call_rate).is_some();
    policy.minimum_calls = minimum_calls.filter(|_| has_rate);
    policy
}

/// Decimals, and fractions that are none: their denominators times the calls of any sequence are
/// less than a million, where both are judged exactly.
fn rates(dice: &mut Dice) -> [Rate; 12] {
    let decimals = [500_000, 1_000_000, 333_333, 333_334, 666_667, 70_000, 10_000, 1];
    let [a, b, c, d, e, f, g, h] = decimals.map(Rate::millionths);
    let [i, j, k] = [(1, 3), (2, 3), (5, 7)].map(|(part, of)| Rate { part, of });
    let of = 1 + dice.below(60);
    let l = Rate { part: dice.some(of), of };
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

const KINDS: u32 = 100;

fn chosen(settings: &Settings, kind: u32, number: u64) -> Vec<Op> {
    let dice = Dice(number);
    Choice { settings, dice }.ops(kind)
}

/// What is chosen of, for one operation.
struct Choice<'a> {
    settings: &'a Settings,
    dice: Dice,
}

impl Choice<'_> {
    /// One operation, or a few that belong together.
    fn ops(mut self, kind: u32) -> Vec<Op> {
        match kind {
            0..=31 => vec![self.run()],
            32..=37 => vec![self.long_call()],
            38..=45 => vec![Op::Acquire { owned: self.dice.one_in(2) }],
            46..=55 => vec![Op::Settle(self.dice.below(64) as usize, self.settling())],
            56..=75 => vec![Op::Time(self.step())],
            76..=82 => vec![Op::Close],
            83..=88 => self.comes_back(),
            89..=92 => self.recovers(),
            93 => vec![Op::Reset],
            94 => vec![self.dice.pick(&[Op::Trip, Op::TripFor(MS), Op::TripFor(Duration::ZERO)])],
            95..=96 => vec![Op::Deeper(self.dice.below(6))],
            _ => self.in_a_mode(),
        }
    }

    fn run(&mut self) -> Op {
        let calls = match self.dice.below(8) {
            0..=3 => 1 + self.dice.below(3),
            4 | 5 => 1 + self.dice.below(12),
            6 => 1 + self.dice.below(30),
            _ => 1 + self.dice.below(80),
        };
        Op::Run(calls, self.settling())
    }

    fn long_call(&mut self) -> Op {
        Op::Call(self.outcome(), self.elapsed())
    }

    fn comes_back(&mut self) -> Vec<Op> {
        let probes = self.settings.probes.successes_to_close;
        vec![Op::Time(Step::ToTheEnd(0)), Op::Run(probes, Settling::Success)]
    }

    /// Into the ramp, if there is one, and a few calls on it.
    fn recovers(&mut self) -> Vec<Op> {
        let probes = self.settings.probes.successes_to_close;
        let calls = [self.run(), self.run(), Op::Time(self.step()), self.run()];
        let probe = vec![
            Op::HalfOpen,
            Op::Run(probes, Settling::SettleElapsed(Outcome::Success, Duration::ZERO)),
        ];
        [probe, calls[..self.dice.below(5) as usize].to_vec()].concat()
    }

    fn in_a_mode(&mut self) -> Vec<Op> {
        let mode = self.dice.pick(&[Mode::Shadow, Mode::ForceClosed, Mode::ForceOpen]);
        let mut ops = vec![Op::SetMode(mode), self.run()];
        if !self.dice.one_in(4) {
            ops.push(Op::SetMode(Mode::Normal));
        }
        ops
    }

    fn outcome(&mut self) -> tripword::Outcome {
        use Outcome::{Failure, Ignored, Success};
        self.dice.pick(&[Success, Failure, Success, Failure, Ignored])
    }

    fn settling(&mut self) -> Settling {
        match self.dice.below(24) {
            0..=7 => Settling::Success,
            8..=14 => Settling::Failure,
            15 => Settling::Ignore,
            16 => Settling::Settle(self.outcome()),
            17..=21 => Settling::SettleElapsed(self.outcome(), self.elapsed()),
            22 => {
                let wait = self.dice.pick(&[MS, Duration::ZERO, S]);
                Settling::Settle(Outcome::RetryAfter(wait))
            }
            _ => self.dice.pick(&[Settling::Drop, Settling::Forget]),
        }
    }

    /// About as long as a call may take.
    fn elapsed(&mut self) -> Duration {
        let limit = self.settings.slow_call_duration.unwrap_or(S);
        let about = [limit + NANO, limit, limit - NANO, Duration::ZERO, 2 * limit];
        self.dice.pick(&about)
    }

    fn step(&mut self) -> Step {
        match self.dice.below(10) {
            0..=5 => self.bucket_edge(),
            6 => Step::Ahead(self.dice.pick(&[MS, NANO, S, 3_600 * S, YEAR])),
            7 => Step::ToTheEnd(self.dice.below(2).into()),
            8 => Step::Back(self.dice.pick(&[NANO, MS, S, 600 * S])),
            _ => Step::ToTheHorizon(self.dice.pick(&[0, 1, 999_999])),
        }
    }

    /// From 5 windows back to 5 ahead, at its beginning or just beside it.
    fn bucket_edge(&mut self) -> Step {
        let windows = self.dice.pick(&[0, 0, 0, 1, 1, 2, 4, 5, -1, -4, -5, 0]);
        let buckets = self.dice.pick(&[1, 0, 1, -1, 2, 3]);
        let further = self.dice.pick(&[0, -1, 1, 500_000]);
        let away = windows * i64::from(self.settings.window.buckets()) + buckets;
        Step::Bucket(away, further)
    }
}
