//! The operations of a history's threads: short random programs.

use super::cases::Case;
use fastrand::Rng;
use oracle::Settings;
use std::ops::RangeInclusive;
use std::time::Duration;
use tripword::{Mode, Outcome};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Op {
    Acquire,
    /// Settles the permit at this number modulo those that the thread holds; nothing without any.
    Settle(usize, Outcome, Option<Duration>),
    Trip,
    TripFor(Duration),
    HalfOpen,
    Close,
    Reset,
    SetMode(Mode),
    Mode,
    State,
    Look,
}

/// An operation and its time, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) now: u64,
}

pub(crate) struct Program {
    pub(crate) settings: Settings,
    /// Done before the threads start, to which the permits that it leaves are dealt.
    pub(crate) before: Vec<Step>,
    pub(crate) threads: Vec<Vec<Step>>,
    /// The time of the last look, in milliseconds.
    pub(crate) end: u64,
}

/// How many threads, and how many operations each.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) threads: RangeInclusive<usize>,
    pub(crate) steps: RangeInclusive<usize>,
}

impl Program {
    /// The program of `case` that `seed` stands for.
    pub(crate) fn drawn(case: Case, size: &Size, seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let settings = case.settings(&mut rng);
        let before = case.before(&mut rng);
        let threads = rng.usize(size.threads.clone());
        let threads = (0..threads).map(|_| steps(case, size, &mut rng)).collect();
        Self { settings, before, threads, end: case.end() }
    }
}

fn steps(case: Case, size: &Size, rng: &mut Rng) -> Vec<Step> {
    let steps = rng.usize(size.steps.clone());
    let step = |_| Step { op: op(case, rng), now: case.now(rng) };
    (0..steps).map(step).collect()
}

fn op(case: Case, rng: &mut Rng) -> Op {
    match rng.u32(..100) {
        0..28 => Op::Acquire,
        28..64 => settle(case, rng),
        64..67 => Op::Trip,
        67..70 => Op::TripFor(case.wait(rng)),
        70..75 => Op::HalfOpen,
        75..79 => Op::Close,
        79..83 => Op::Reset,
        83..89 => Op::SetMode(mode(rng)),
        89..91 => Op::Mode,
        91..95 => Op::State,
        _ => Op::Look,
    }
}

fn mode(rng: &mut Rng) -> Mode {
    match rng.u32(..8) {
        0..4 => Mode::Normal,
        4..6 => Mode::Shadow,
        6 => Mode::ForceOpen,
        _ => Mode::ForceClosed,
    }
}

fn settle(case: Case, rng: &mut Rng) -> Op {
    let which = rng.usize(..8);
    let outcome = match rng.u32(..20) {
        0..8 => Outcome::Success,
        8..17 => Outcome::Failure,
        17..19 => Outcome::Ignored,
        _ => return Op::Settle(which, Outcome::RetryAfter(case.wait(rng)), None),
    };
    Op::Settle(which, outcome, case.elapsed(rng))
}
