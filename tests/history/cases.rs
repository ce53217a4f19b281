//! The breakers and the times of histories. The open period is short, so that a few operations
//! reach every state.

use super::program::{Op, Step};
use fastrand::Rng;
use oracle::{Lease, OpenFor, Own, Policy, Probes, Ramp, Rate, Settings, Window};
use std::time::Duration;
use tripword::{Mode, Outcome, State};

const MS: Duration = Duration::from_millis(1);
/// The open period, in milliseconds.
const OPEN: u64 = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    /// Failures in a row.
    InARow,
    /// Several probes at once, whose lease may be over.
    Probes,
    /// A ramp after half-open.
    Ramp,
    /// A few calls, in one word.
    Calls,
    /// More calls than a word holds: full words are archived while they are counted.
    ManyCalls,
    /// A time, in which no bucket grows too old.
    Time,
    /// A time whose buckets are turned over, counted in the end only.
    Turning,
    /// Failures in a row, and of the last few calls, and slow ones.
    Mixed,
}

impl Case {
    pub(crate) const ALL: [Self; 8] = [
        Self::InARow,
        Self::Probes,
        Self::Ramp,
        Self::Calls,
        Self::ManyCalls,
        Self::Time,
        Self::Turning,
        Self::Mixed,
    ];

    pub(crate) fn settings(self, rng: &mut Rng) -> Settings {
        Settings {
            policy: self.policy(rng),
            window: self.window(rng),
            slow_call_duration: self.judges_slow_calls().then_some(MS),
            open_for: OpenFor::Fixed(Duration::from_millis(OPEN)),
            longest_open: None,
            probes: match self {
                Self::Probes => Probes::new(rng.u32(1..=3), rng.u32(1..=3), rng.u32(1..=2)),
                _ => Probes::new(1, 1, 1),
            },
            lease: match self {
                Self::Probes => Lease::For(64 * MS),
                _ => Lease::Forever,
            },
            reprobe: rng.bool(),
            ramp: (self == Self::Ramp)
                .then_some(Ramp { from: 400_000, over: Duration::from_millis(1_024) }),
            mode: Mode::Normal,
            start: match self {
                Self::Probes | Self::Ramp => State::HalfOpen,
                _ => State::Closed,
            },
            live: false,
        }
    }

    fn policy(self, rng: &mut Rng) -> Policy {
        let none = Policy::default();
        let limit = Some(rng.u32(1..=3));
        match self {
            Self::InARow | Self::Probes | Self::Ramp => {
                Policy { consecutive_failures: limit, ..none }
            }
            Self::ManyCalls => Policy { failures: Some(rng.u32(1..=4)), ..none },
            Self::Turning => Policy { trip_when: Some(Own::Never), ..none },
            Self::Calls | Self::Time if rng.bool() => Policy { failures: limit, ..none },
            Self::Calls | Self::Time => Policy {
                failure_rate: Some(Rate::millionths(rng.u32(300_000..=800_000))),
                minimum_calls: Some(rng.u32(1..=4)),
                ..none
            },
            Self::Mixed => Policy {
                consecutive_failures: limit,
                failures: Some(rng.u32(2..=4)),
                slow_call_rate: Some(Rate { part: 1, of: 2 }),
                minimum_calls: Some(2),
                ..none
            },
        }
    }

    fn window(self, rng: &mut Rng) -> Window {
        match self {
            Self::InARow | Self::Probes | Self::Ramp => Window::None,
            Self::Calls | Self::Mixed => Window::Calls(rng.u32(4..=6)),
            Self::ManyCalls => Window::Calls(*rng.choice(&[20, 24, 30, 48]).expect("some")),
            Self::Time | Self::Turning => Window::Time {
                bucket_millis: 10,
                buckets: if self == Self::Time { 3 } else { 2 },
                stripes: 1,
            },
        }
    }

    fn judges_slow_calls(self) -> bool {
        self == Self::Mixed
    }

    /// What is done before the threads start: nothing, some permits, or calls that fill an archive.
    pub(crate) fn before(self, rng: &mut Rng) -> Vec<Step> {
        let step = |op| Step { op, now: 0 };
        let calls = match self {
            Self::ManyCalls => rng.usize(18..=50),
            _ => 0,
        };
        let mut steps = Vec::new();
        for _ in 0..calls {
            let outcome = match rng.u32(..20) {
                0 => Outcome::Failure,
                _ => Outcome::Success,
            };
            let settle = Op::Settle(0, outcome, None);
            steps.extend([Op::Acquire, settle].map(step));
        }
        steps.extend((0..rng.usize(..=4)).map(|_| step(Op::Acquire)));
        steps
    }

    /// The time of one operation, in milliseconds. The threads' clocks differ.
    pub(crate) fn now(self, rng: &mut Rng) -> u64 {
        let times: &[u64] = match self {
            // No clock is behind another by more than the lease, the ramp or four windows: what is
            // further ahead reads as long over.
            Self::Probes => &[0, OPEN - 1, OPEN, 40, 63, 64],
            Self::Ramp => &[0, 1, OPEN, 300, 700, 1_023, 1_024],
            Self::Time => &[0, 5, 10, 15, 20, 25],
            Self::Turning => &[5, 15, 25, 35, 45, 85],
            _ => &[0, 1, OPEN - 1, OPEN, 2 * OPEN],
        };
        *rng.choice(times).expect("a time")
    }

    pub(crate) fn end(self) -> u64 {
        match self {
            Self::Time => 25,
            Self::Turning => 105,
            _ => 3_000,
        }
    }

    pub(crate) fn wait(self, rng: &mut Rng) -> Duration {
        Duration::from_millis(*rng.choice(&[0, 1, OPEN, 100]).expect("a wait"))
    }

    /// How long a call took, where that is measured by the caller.
    pub(crate) fn elapsed(self, rng: &mut Rng) -> Option<Duration> {
        (self.judges_slow_calls() && rng.bool()).then(|| rng.u32(..=2) * MS)
    }
}

/// Defines a test of each case, which calls `$check`.
macro_rules! check_cases {
    ($check:ident) => {
        #[test]
        fn failures_in_a_row() {
            $check(Case::InARow);
        }

        #[test]
        fn probes_at_once() {
            $check(Case::Probes);
        }

        #[test]
        fn a_ramp() {
            $check(Case::Ramp);
        }

        #[test]
        fn the_last_few_calls() {
            $check(Case::Calls);
        }

        #[test]
        fn more_calls_than_a_word_holds() {
            $check(Case::ManyCalls);
        }

        #[test]
        fn a_time() {
            $check(Case::Time);
        }

        #[test]
        fn buckets_that_are_turned_over() {
            $check(Case::Turning);
        }

        #[test]
        fn whatever_counts_at_once() {
            $check(Case::Mixed);
        }
    };
}
pub(crate) use check_cases;
