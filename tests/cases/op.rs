//! What is done to a breaker and its oracle: operations, one after another, after each of which
//! both are compared.

use super::pair::{Checked, Pair, Settling, same};
use oracle::{
    Circuit, Event, LEASE_UNITS, LONGEST_OPEN, Lease, MILLI, OpenFor, Oracle, Policy, Probes,
    RAMP_UNITS, Settings, Window,
};
use std::fmt;
use std::hint::black_box;
use std::ops::RangeInclusive;
use std::time::Duration;
use tripword::{Mode, Outcome, State};

/// The last moment of a clock.
pub(crate) const END: Duration = Duration::from_nanos(u64::MAX);
/// The milliseconds of a deadline wrap here.
pub(crate) const ROUND: Duration = Duration::from_millis(1 << 40);

#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Acquire {
        owned: bool,
    },
    /// A whole call, which takes so long.
    Call(Outcome, Duration),
    /// So many calls, each settled at once.
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
    /// Replaces the settings by others of the case.
    Reconfigure(usize),
    Time(Step),
}

impl Op {
    /// A call that takes no time.
    pub(crate) const fn call(outcome: Outcome) -> Self {
        Self::Call(outcome, Duration::ZERO)
    }
}

/// A move of the clock.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Ahead(Duration),
    Back(Duration),
    /// To the end of the present wait, and this many nanoseconds further.
    ToTheEnd(i64),
    /// To the last moment within the [`horizon`], less so many nanoseconds.
    ToTheHorizon(u64),
    /// To the beginning of the bucket so many from here, and some nanoseconds further.
    Bucket(i64, i64),
}

impl Step {
    /// Returns the moment to which it leads from the present one.
    pub(crate) fn from(self, oracle: &Oracle) -> u128 {
        let now = oracle.now;
        match self {
            Self::Ahead(by) => now + by.as_nanos(),
            Self::Back(by) => now.saturating_sub(by.as_nanos()),
            Self::ToTheEnd(further) => {
                let end = end_of_wait(oracle).unwrap_or(now).max(now);
                end.saturating_add_signed(further.into())
            }
            Self::ToTheHorizon(less) => match *horizon(oracle).end() {
                u128::MAX => now,
                end => end.saturating_sub(less.into()),
            },
            Self::Bucket(away, further) => {
                let window = oracle.settings.window;
                if window.buckets() == 0 {
                    return now;
                }
                let bucket = window.bucket_at(now).saturating_add_signed(away);
                let edge = u128::from(bucket) * window.bucket().as_nanos();
                edge.saturating_add_signed(further.into())
            }
        }
    }
}

fn end_of_wait(oracle: &Oracle) -> Option<u128> {
    match oracle.circuit {
        Circuit::Open(end) => end,
        Circuit::HalfOpen(probing) => probing.lease_end,
        Circuit::Recovering { end, .. } => Some(end),
        Circuit::Closed => None,
    }
}

/// The moments at which a breaker tells the times of its present state apart. It keeps them in few
/// bits, which wrap; the oracle does not, and `tests/wraps.rs` is about what lies beyond. Empty if
/// the deadline is on the last millisecond of 2^40, which means "never".
pub(crate) fn horizon(oracle: &Oracle) -> RangeInclusive<u128> {
    let round = ROUND.as_nanos();
    let always = 0..=u128::MAX;
    match oracle.circuit {
        Circuit::Open(Some(end)) if (end + MILLI).next_multiple_of(round) == end + MILLI => {
            RangeInclusive::new(1, 0)
        }
        Circuit::Open(Some(end)) => {
            let furthest = if oracle.settings.live {
                // Settings that replace these may have any longest opening.
                LONGEST_OPEN.as_nanos() / 1_000 * 1_024
            } else {
                oracle.settings.furthest_deadline()
            };
            end.saturating_sub(round)..=end + round - furthest - 1
        }
        Circuit::HalfOpen(probing) if probing.in_flight > 0 => {
            let Some((end, unit)) = probing.lease_end.zip(oracle.settings.lease_unit()) else {
                return always;
            };
            let lease = LEASE_UNITS * unit;
            end.saturating_sub(2 * lease)..=end + (unit << 16) - 2 * lease - 1
        }
        Circuit::Recovering { start, end } => {
            let (ramp, unit) = (end - start, (end - start) / RAMP_UNITS);
            let first = start.saturating_sub(ramp).max(newest_bucket_in_sight(oracle));
            first..=start + (unit << 24) - ramp - 1
        }
        _ => newest_bucket_in_sight(oracle)..=u128::MAX,
    }
}

/// The first moment from which the newest bucket is known to be newer: a clock that has stepped
/// back by more than four windows starts anew.
fn newest_bucket_in_sight(oracle: &Oracle) -> u128 {
    let (window, newest) = (oracle.settings.window, oracle.log.newest_bucket());
    let first = newest.unwrap_or(0).saturating_sub(4 * u64::from(window.buckets()));
    u128::from(first) * window.bucket().as_nanos()
}

#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) settings: Settings,
    /// What can take their place.
    pub(crate) others: Vec<Settings>,
    /// Where the clock begins.
    pub(crate) clock: Duration,
    /// Where it may go.
    pub(crate) range: RangeInclusive<Duration>,
    pub(crate) ops: Vec<Op>,
}

impl Case {
    /// On a breaker that a failure opens for a second and a success closes, without a lease, from
    /// zero.
    pub(crate) fn new(ops: Vec<Op>) -> Self {
        Self {
            settings: Settings {
                policy: Policy { consecutive_failures: Some(1), ..Policy::default() },
                window: Window::None,
                slow_call_duration: None,
                open_for: OpenFor::Fixed(Duration::from_secs(1)),
                longest_open: None,
                probes: Probes::new(1, 1, 1),
                lease: Lease::Forever,
                reprobe: false,
                ramp: None,
                start: State::Closed,
                mode: Mode::Normal,
                live: false,
            },
            others: Vec::new(),
            clock: Duration::ZERO,
            range: Duration::ZERO..=END,
            ops,
        }
    }

    /// Does all of it to a breaker and its oracle, compares them after each operation, and shows
    /// the oracle. Ends early where the horizon is empty.
    pub(crate) fn run(&self, mut show: impl FnMut(&Oracle)) -> Checked {
        Pair::built(self.settings, self.clock.as_nanos(), |pair| {
            let mut depth = 0;
            let drops = [Op::Settle(0, Settling::Drop); 8];
            for (number, &op) in self.ops.iter().chain(&drops).enumerate() {
                let done = self.step(pair, op, &mut depth);
                done.map_err(|error| format!("{number}. {op:?}: {error}"))?;
                if !horizon(&pair.oracle).contains(&pair.oracle.now) {
                    break;
                }
                show(&pair.oracle);
                pair.oracle.events.clear();
            }
            Ok(())
        })
    }

    /// Asserts that a breaker does all of it as its oracle says.
    pub(crate) fn check(&self) {
        self.run(|_| ()).unwrap_or_else(|error| panic!("{error}\n{self:?}"));
    }

    fn step(&self, pair: &mut Pair<'_>, op: Op, depth: &mut u32) -> Checked {
        let needs_no_clock = needs_no_clock(&pair.oracle, op);
        let breaker = pair.breaker;
        match op {
            Op::Acquire { owned } => pair.acquire(owned).map(drop)?,
            Op::Call(outcome, takes) => {
                let end = self.clamped(pair.oracle.now + takes.as_nanos(), &pair.oracle);
                pair.call(outcome, end)?;
            }
            Op::Run(calls, how) => {
                for _ in 0..calls {
                    if let Some(permit) = pair.acquire(false)? {
                        deeper(*depth, || pair.settle(permit, how));
                    }
                    if horizon(&pair.oracle).is_empty() {
                        return Ok(());
                    }
                }
            }
            Op::Deeper(levels) => *depth = levels,
            Op::Settle(which, how) => deeper(*depth, || pair.settle(which, how)),
            Op::Trip => (breaker.trip(), pair.oracle.trip()).1,
            Op::TripFor(wait) => (breaker.trip_for(wait), pair.oracle.trip_for(wait)).1,
            Op::HalfOpen => (breaker.half_open(), pair.oracle.half_open()).1,
            Op::Close => (breaker.close(), pair.oracle.close()).1,
            Op::Reset => (breaker.reset(), pair.oracle.reset()).1,
            Op::SetMode(mode) => (breaker.set_mode(mode), pair.oracle.set_mode(mode)).1,
            Op::Reconfigure(which) => {
                if let Some(&other) = self.others.get(which) {
                    pair.reconfigure(other)?;
                }
            }
            Op::Time(step) => {
                let moment = self.clamped(step.from(&pair.oracle), &pair.oracle);
                pair.set_clock(moment);
            }
        }
        if horizon(&pair.oracle).is_empty() {
            return Ok(());
        }
        let moved = pair.oracle.events.iter().any(is_transition);
        let reads = pair.compare()?;
        same("readings of the clock", &(needs_no_clock && !moved && reads > 0), &false)
    }

    fn clamped(&self, moment: u128, oracle: &Oracle) -> u128 {
        let moment = moment.clamp(self.range.start().as_nanos(), self.range.end().as_nanos());
        let horizon = horizon(oracle);
        moment.clamp(*horizon.start(), *horizon.end())
    }
}

pub(crate) fn is_transition(event: &Event) -> bool {
    matches!(event, Event::Transition(_))
}

/// Admission and settlement while closed, and what a mode alone decides, read no clock: the healthy
/// path. Unless slow calls are judged, and measured, or the window is one of time.
fn needs_no_clock(oracle: &Oracle, op: Op) -> bool {
    let settings = &oracle.settings;
    let is_closed = oracle.entered() == State::Closed;
    let is_measured = settings.slow_call_duration.is_some();
    let admits = is_closed || matches!(oracle.mode, Mode::ForceOpen | Mode::ForceClosed);
    let settles = is_closed && !matches!(settings.window, Window::Time { .. });
    match op {
        Op::Acquire { .. } => admits && !is_measured,
        Op::Settle(_, Settling::SettleElapsed(..)) => settles,
        Op::Settle(..) | Op::Call(..) | Op::Run(..) => settles && !is_measured,
        _ => false,
    }
}

/// Does `work` so many times 64 KiB further down the stack, by which threads are spread over
/// stripes.
#[inline(never)]
fn deeper<T>(levels: u32, work: impl FnOnce() -> T) -> T {
    if levels == 0 {
        return work();
    }
    let filler = black_box([0_u8; 1 << 16]);
    let done = deeper(levels - 1, work);
    black_box(&filler);
    done
}

/// Short enough to read: an operation a line.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.settings)?;
        for (which, other) in self.others.iter().enumerate() {
            writeln!(f, "or {which}: {other:?}")?;
        }
        writeln!(f, "the clock begins at {:?}, within {:?}", self.clock, self.range)?;
        let mut ops = self.ops.iter().enumerate();
        ops.try_for_each(|(number, op)| writeln!(f, "{number:3}. {op:?}"))
    }
}
