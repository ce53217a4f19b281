//! What is remembered of an operation: when it was asked, when it was answered, and how.

use super::program::{Op, Step};
use oracle::{Outcome, Refusal};
use std::time::Duration;
use tripword::raw::{Admission, RawBreaker, Settled};
use tripword::{Finding, Mode, Nanos, Snapshot, State, Transition};

/// One operation of a history.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) op: Op,
    /// In nanoseconds.
    pub(crate) now: u128,
    /// The number of the permit that it gave, or settled.
    pub(crate) permit: usize,
    /// Numbers that all threads draw: one that is smaller was drawn earlier.
    pub(crate) asked: usize,
    pub(crate) answered: usize,
    /// Whether nobody else was at work.
    pub(crate) alone: bool,
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Acquired {
        /// Whether it is a probe, where there is a permit.
        probe: Option<bool>,
        refusal: Option<Refusal>,
        moved: Option<Transition>,
    },
    Settled {
        counted: bool,
        slow: bool,
        moved: Option<Transition>,
    },
    Moved(Option<Transition>),
    Mode(Mode),
    State(State),
    Report(Snapshot),
}

/// A permit and its number in the history.
pub(crate) type Numbered = (usize, Admission);

/// What a thread has to do its part with.
pub(crate) struct Player<'a> {
    pub(crate) breaker: &'a RawBreaker,
    pub(crate) permits: Vec<Numbered>,
    /// The number of its first permit.
    pub(crate) first: usize,
    pub(crate) alone: bool,
    /// Draws the next number of all threads.
    pub(crate) stamp: &'a dyn Fn() -> usize,
    /// Done whenever the breaker reads the clock: between its load and its compare-and-swap.
    pub(crate) pause: &'a dyn Fn(),
}

impl Player<'_> {
    pub(crate) fn play(&mut self, steps: &[Step]) -> Vec<Record> {
        let numbered = (self.first..).zip(steps);
        numbered
            .filter_map(|(number, &step)| self.step(number, step))
            .collect()
    }

    fn step(&mut self, number: usize, Step { op, now }: Step) -> Option<Record> {
        let held = self.held(op);
        if held.is_none() && matches!(op, Op::Settle(..)) {
            return None;
        }
        let asked = (self.stamp)();
        let answer = self.ask(op, Nanos::from_millis(now), number, held);
        Some(Record {
            op,
            now: u128::from(now) * 1_000_000,
            permit: held.map_or(number, |(number, _)| number),
            asked,
            answered: (self.stamp)(),
            alone: self.alone,
            answer,
        })
    }

    fn held(&mut self, op: Op) -> Option<Numbered> {
        match op {
            Op::Settle(which, ..) if !self.permits.is_empty() => {
                let which = which % self.permits.len();
                Some(self.permits.swap_remove(which))
            }
            _ => None,
        }
    }

    fn ask(&mut self, op: Op, now: Nanos, number: usize, held: Option<Numbered>) -> Answer {
        let breaker = self.breaker;
        let clock = || {
            (self.pause)();
            now
        };
        match op {
            Op::Acquire => {
                let acquired = breaker.try_acquire(clock);
                let permit = acquired.decision.admission().ok();
                self.permits.extend(permit.map(|permit| (number, permit)));
                said(&acquired)
            }
            Op::Settle(_, outcome, elapsed) => {
                let (_, permit) = held.expect("looked for one");
                settled(&settle(breaker, permit, outcome, elapsed, clock))
            }
            Op::Trip => Answer::Moved(breaker.trip(clock)),
            Op::TripFor(wait) => Answer::Moved(breaker.trip_for(wait, clock)),
            Op::HalfOpen => Answer::Moved(breaker.half_open(clock)),
            Op::Close => Answer::Moved(breaker.close(clock)),
            Op::Reset => Answer::Moved(breaker.reset(clock)),
            Op::SetMode(mode) => Answer::Mode(breaker.set_mode(mode)),
            Op::Mode => Answer::Mode(breaker.mode()),
            Op::State => Answer::State(breaker.state(clock)),
            Op::Look => Answer::Report(breaker.snapshot(clock)),
        }
    }
}

fn settle(
    breaker: &RawBreaker,
    permit: Admission,
    outcome: Outcome,
    elapsed: Option<Duration>,
    clock: impl FnMut() -> Nanos,
) -> Settled {
    match (outcome.into(), elapsed) {
        (Finding::FailureFor(wait), _) => breaker.settle_failure_for(permit, wait, clock),
        (Finding::Outcome(outcome), Some(elapsed)) => {
            breaker.settle_elapsed(permit, outcome, elapsed, clock)
        }
        (Finding::Outcome(outcome), None) => breaker.settle(permit, outcome, clock),
    }
}

fn said(acquired: &tripword::raw::Acquired) -> Answer {
    use tripword::raw::Decision::{Admitted, Rejected, Shadowed};
    let (permit, rejected) = match acquired.decision {
        Admitted(permit) => (Some(permit), None),
        Shadowed(permit, rejected) => (Some(permit), Some(rejected)),
        Rejected(rejected) => (None, Some(rejected)),
    };
    Answer::Acquired {
        probe: permit.map(Admission::is_probe),
        refusal: rejected.as_ref().map(Refusal::from),
        moved: acquired.transition,
    }
}

fn settled(settled: &Settled) -> Answer {
    Answer::Settled {
        counted: settled.counted,
        slow: settled.slow,
        moved: settled.transition,
    }
}
