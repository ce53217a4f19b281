//! Sequences for the engine: every state and move, counting failures in a row.

use super::{Case, LONGEST_RUN, MS, Op, ROUND, S, Settling, Step, YEAR};
use oracle::{
    FOREVER, LONGEST_LEASE, LONGEST_OPEN, Lease, OpenFor, Policy, Probes, Ramp, Settings, Window,
};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt;
use std::time::Duration;
use tripword::{Mode, Outcome, State};

fn any_of<T: Clone + fmt::Debug + 'static, const N: usize>(
    values: [T; N],
) -> impl Strategy<Value = T> {
    select(values.to_vec())
}

fn settings() -> impl Strategy<Value = Settings> {
    let policy = (consecutive_failures(), slow_call_duration(), open_for(), probes());
    let lease = (lease(), any::<bool>(), longest_open());
    (policy, lease, ramp(), start()).prop_map(|(policy, lease, ramp, start)| Settings {
        policy: Policy { consecutive_failures: policy.0, ..Policy::default() },
        window: Window::None,
        slow_call_duration: policy.1,
        open_for: policy.2,
        longest_open: lease.2,
        probes: policy.3,
        lease: lease.0,
        reprobe: lease.1,
        ramp,
        start: start.0,
        mode: start.1,
        live: false,
    })
}

fn consecutive_failures() -> impl Strategy<Value = Option<u32>> {
    prop_oneof![8 => (1..=4_u32).prop_map(Some), 1 => Just(None)]
}

fn slow_call_duration() -> impl Strategy<Value = Option<Duration>> {
    prop_oneof![3 => Just(None), 1 => any_of([Duration::from_nanos(1), MS, S]).prop_map(Some)]
}

fn wait() -> impl Strategy<Value = Duration> {
    prop_oneof![
        6 => any_of([Duration::ZERO, Duration::from_nanos(1), MS, 30 * MS, S, 60 * S]),
        2 => (0..5_000_000_u64).prop_map(Duration::from_nanos),
        1 => any_of([
            Duration::from_nanos(999_999),
            3_600 * S,
            9 * YEAR,
            FOREVER,
            Duration::MAX,
        ]),
    ]
}

fn open_for() -> impl Strategy<Value = OpenFor> {
    // Within reach of the factor in 15 steps.
    let caps = [
        (0x1_0000, 1),
        (0x1_8000, 3),
        (0x1_8000, 100),
        (0x2_0000, 4),
        (0x2_0000, 32_768),
        (0x54_8000, 1_000),
    ];
    let exponential = |(base, (factor, times)): (u64, (u32, u32))| {
        let base = Duration::from_micros(base);
        OpenFor::Exponential { base, cap: base * times, factor }
    };
    prop_oneof![
        4 => wait().prop_map(OpenFor::Fixed),
        2 => (1_000..2_000_000_u64, any_of(caps)).prop_map(exponential),
        1 => Just(OpenFor::ByStreak),
    ]
}

fn longest_open() -> impl Strategy<Value = Option<Duration>> {
    let longest = [Duration::from_nanos(1), S, S + MS, 60 * S, 9 * YEAR, LONGEST_OPEN];
    prop_oneof![3 => Just(None), 2 => any_of(longest).prop_map(Some)]
}

fn probes() -> impl Strategy<Value = Probes> {
    let few = (1..=4_u32, 1..=3_u32, 1..=3_u32);
    let some = (1..=4_u32, 1..=6_u32, 1..=6_u32);
    prop_oneof![3 => few, 1 => some].prop_map(|(max, close, open)| Probes::new(max, close, open))
}

fn lease() -> impl Strategy<Value = Lease> {
    let leases = [
        Duration::from_nanos(1),
        MS,
        64 * MS,
        65 * MS,
        100 * MS,
        S,
        Duration::from_secs(60),
        YEAR,
        LONGEST_LEASE,
        LONGEST_LEASE + Duration::from_nanos(1),
        Duration::MAX,
    ];
    prop_oneof![
        1 => Just(Lease::Forever),
        1 => Just(Lease::Default),
        4 => any_of(leases).prop_map(Lease::For),
    ]
}

fn ramp() -> impl Strategy<Value = Option<Ramp>> {
    let from = prop_oneof![any_of([1, 10_000, 300_000, 500_000, 1_000_000]), 1..=1_000_000_u32];
    let over = any_of([
        Duration::from_nanos(1),
        Duration::from_micros(7),
        MS,
        S,
        Duration::from_secs(60),
        YEAR,
    ]);
    prop_oneof![
        1 => Just(None),
        1 => (from, over).prop_map(|(from, over)| Some(Ramp { from, over })),
    ]
}

fn start() -> impl Strategy<Value = (State, Mode)> {
    let state =
        prop_oneof![8 => Just(State::Closed), 1 => Just(State::Open), 2 => Just(State::HalfOpen)];
    let other = any_of([Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow]);
    (state, prop_oneof![15 => Just(Mode::Normal), 1 => other])
}

fn clock() -> impl Strategy<Value = Duration> {
    let before_the_round = [1, 2, 31, 1_001, 1_002, 60_001].map(|millis| ROUND - millis * MS);
    prop_oneof![
        3 => Just(Duration::ZERO),
        // The year 2026 of the Unix epoch.
        3 => (0..1_000_000_000_u64)
            .prop_map(|nanos| Duration::from_nanos(1_770_000_000_000_000_000 + nanos)),
        1 => any_of(before_the_round),
        1 => (0..5_000_000_000_u64).prop_map(|nanos| ROUND - Duration::from_nanos(nanos)),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let ops = prop::collection::vec(ops(), 1..=45);
    (settings(), clock(), ops).prop_map(|(settings, clock, ops)| Case {
        settings,
        others: Vec::new(),
        clock,
        range: Duration::ZERO..=clock + LONGEST_RUN,
        ops: ops.into_iter().flatten().collect(),
    })
}

/// One operation, or a few that belong together.
fn ops() -> impl Strategy<Value = Vec<Op>> {
    let comes_back = |owned| vec![Op::Time(Step::ToTheEnd(0)), Op::Acquire { owned }];
    let recovers = |calls| {
        let calls = vec![Op::call(Outcome::Success); calls];
        [vec![Op::HalfOpen], calls, vec![Op::Acquire { owned: false }; 2]].concat()
    };
    prop_oneof![
        80 => op().prop_map(|op| vec![op]),
        16 => any::<bool>().prop_map(comes_back),
        6 => (1..=9_usize).prop_map(recovers),
        2 => (1..=20_usize, outcome()).prop_map(|(calls, outcome)| vec![Op::call(outcome); calls]),
        // To where the streak ends.
        1 => (1..=17_usize).prop_map(|times| [Op::HalfOpen, Op::Trip].repeat(times)),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        16 => any::<bool>().prop_map(|owned| Op::Acquire { owned }),
        4 => outcome().prop_map(Op::call),
        16 => (0..64_usize, settling()).prop_map(|(which, how)| Op::Settle(which, how)),
        1 => Just(Op::Trip),
        2 => wait().prop_map(Op::TripFor),
        2 => Just(Op::HalfOpen),
        1 => Just(Op::Close),
        1 => Just(Op::Reset),
        3 => mode().prop_map(Op::SetMode),
        12 => step().prop_map(Op::Time),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    use Outcome::{Failure, Ignored, Success};
    prop_oneof![3 => Just(Success), 3 => Just(Failure), 1 => Just(Ignored)]
}

fn settling() -> impl Strategy<Value = Settling> {
    prop_oneof![
        5 => Just(Settling::Success),
        5 => Just(Settling::Failure),
        1 => Just(Settling::Ignore),
        2 => outcome().prop_map(Settling::Settle),
        2 => (outcome(), wait()).prop_map(|(outcome, elapsed)| {
            Settling::SettleElapsed(outcome, elapsed)
        }),
        2 => wait().prop_map(Outcome::RetryAfter).prop_map(Settling::Settle),
        1 => (wait(), wait()).prop_map(|(retry_after, elapsed)| {
            Settling::SettleElapsed(Outcome::RetryAfter(retry_after), elapsed)
        }),
        1 => Just(Settling::Drop),
        2 => Just(Settling::Forget),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        3 => Just(Mode::Normal),
        1 => Just(Mode::ForceOpen),
        1 => Just(Mode::ForceClosed),
        2 => Just(Mode::Shadow),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let back = [Duration::from_nanos(1), MS, 40 * MS, S, 70 * S, Duration::from_secs(86_400)];
    let further = [-1_000_001, -1_000_000, -1, 0, 1, 999_999, 1_000_000];
    prop_oneof![
        4 => wait().prop_map(Step::Ahead),
        2 => (0..100_000_000_u64).prop_map(|nanos| Step::Ahead(Duration::from_nanos(nanos))),
        6 => any_of(further).prop_map(Step::ToTheEnd),
        2 => any_of(back).prop_map(Step::Back),
        1 => any_of([0, 1, 999_999, 1_000_000, 64_000_000]).prop_map(Step::ToTheHorizon),
    ]
}
