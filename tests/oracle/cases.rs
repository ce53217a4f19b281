//! What is done to a breaker and its oracle, and how it is chosen.

mod dice;
pub(crate) mod engine;
pub(crate) mod live;
pub(crate) mod windows;

use super::{Lease, OpenFor, Oracle, Policy, Probes, Settings, Window};
use std::fmt;
use std::time::Duration;
use tripword::{Mode, Outcome, State};

const MS: Duration = Duration::from_millis(1);
const S: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// Deadlines are told apart for 17 years on either side of the clock: it runs for 8, and no wait that ends is longer than 9.
pub(crate) const LONGEST_RUN: Duration = Duration::from_secs(8 * 365 * 86_400);
/// The first wait that is for ever.
pub(crate) const FOREVER: Duration = Duration::from_millis(17 * 31_557_600_000);
/// Where the milliseconds of a deadline go round.
pub(crate) const ROUND: Duration = Duration::from_millis(1 << 40);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Acquire {
        owned: bool,
    },
    /// A whole call in one step.
    Call(Outcome),
    /// One that takes so long.
    LongCall(Outcome, Duration),
    /// So many, each settled at once.
    Run(u32, Settling),
    /// What follows is settled so much deeper in the stack, and so perhaps in another stripe.
    Deeper(u32),
    /// One of the permits that are out, whichever this number hits.
    Settle(usize, Settling),
    Trip,
    TripFor(Duration),
    HalfOpen,
    Close,
    Reset,
    SetMode(Mode),
    /// Goes on with other settings of the case.
    Reconfigure(usize),
    Time(Step),
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Settling {
    Success,
    Failure,
    Ignore,
    Record(Outcome),
    RecordElapsed(Outcome, Duration),
    FailureFor(Duration),
    Drop,
    Forget,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Ahead(Duration),
    Back(Duration),
    /// To the end of the present wait, and this many nanoseconds further.
    ToTheEnd(i64),
    /// This many units short of the time after which the stamp of a lease, a ramp or a bucket repeats.
    Round(u32),
    /// To the beginning of another bucket, and some nanoseconds further.
    Bucket {
        windows: i32,
        buckets: i32,
        further: i64,
    },
}

impl Step {
    /// Where it leads from the present moment.
    pub(crate) fn from(self, oracle: &Oracle) -> u128 {
        let now = oracle.now;
        match self {
            Self::Ahead(by) => now + by.as_nanos(),
            Self::Back(by) => now.saturating_sub(by.as_nanos()),
            Self::ToTheEnd(further) => {
                let end = now + oracle.rest().unwrap_or_default().as_nanos();
                end.saturating_add_signed(further.into())
            }
            Self::Round(units) => now + oracle.goes_round(units),
            Self::Bucket {
                windows,
                buckets,
                further,
            } => {
                let edge = oracle.bucket_edge(windows, buckets);
                edge.map_or(now, |edge| edge.saturating_add_signed(further.into()))
            }
        }
    }
}

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) settings: Settings,
    /// What can take their place.
    pub(crate) others: Vec<Settings>,
    /// Resets before all else, to bring the generation close to its end.
    pub(crate) resets: u32,
    pub(crate) clock: Duration,
    /// How far back the clock may step.
    pub(crate) earliest: Duration,
    /// How far it may go.
    pub(crate) longest: Duration,
    pub(crate) ops: Vec<Op>,
}

impl Case {
    /// On a breaker that a failure opens for a second and a success closes, without a lease, from zero.
    pub(crate) fn new(ops: Vec<Op>) -> Self {
        Self {
            settings: Settings {
                policy: Policy {
                    consecutive_failures: Some(1),
                    ..Policy::default()
                },
                window: Window::None,
                slow_call_duration: None,
                open_for: OpenFor::Fixed(S),
                probes: Probes::new(1, 1, 1),
                lease: Lease::Forever,
                reprobe: false,
                ramp: None,
                start: State::Closed,
                mode: Mode::Normal,
                live: false,
            },
            others: Vec::new(),
            resets: 0,
            clock: Duration::ZERO,
            earliest: Duration::ZERO,
            longest: LONGEST_RUN,
            ops,
        }
    }
}

/// Short enough to read: an operation a line.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.settings)?;
        for (which, other) in self.others.iter().enumerate() {
            writeln!(f, "or {which}: {other:?}")?;
        }
        writeln!(
            f,
            "the clock begins at {:?}; {} resets",
            self.clock, self.resets
        )?;
        let mut ops = self.ops.iter().enumerate();
        ops.try_for_each(|(number, op)| writeln!(f, "{number:3}. {op:?}"))
    }
}
