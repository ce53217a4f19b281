//! What is remembered of an operation: when it was asked, when it was answered, and how.

use super::program::{Op, Step};
use crate::oracle::{Event, Finding, Refusal, Report, said};
use tripword::raw::{Admission, RawBreaker, Settled};
use tripword::{Mode, Nanos, State, Transition};

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
        moved: Option<Event>,
    },
    Settled {
        counted: bool,
        slow: bool,
        moved: Option<Event>,
    },
    Moved(Option<Event>),
    Mode(Mode),
    State(State),
    Report(Report),
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
            Op::Settle(which, _) if !self.permits.is_empty() => {
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
            Op::Settle(_, finding) => {
                let (_, permit) = held.expect("looked for one");
                settled(&settle(breaker, permit, finding, clock))
            }
            Op::Trip => moved(breaker.trip(clock)),
            Op::TripFor(wait) => moved(breaker.trip_for(wait, clock)),
            Op::HalfOpen => moved(breaker.half_open(clock)),
            Op::Close => moved(breaker.close(clock)),
            Op::Reset => moved(breaker.reset(clock)),
            Op::SetMode(mode) => Answer::Mode(breaker.set_mode(mode)),
            Op::Mode => Answer::Mode(breaker.mode()),
            Op::State => Answer::State(breaker.state(clock)),
            Op::Look => Answer::Report(said::report(&breaker.snapshot(clock))),
        }
    }
}

fn settle(
    breaker: &RawBreaker,
    permit: Admission,
    finding: Finding,
    clock: impl FnMut() -> Nanos,
) -> Settled {
    match finding {
        Finding::Outcome(outcome, None) => breaker.settle(permit, outcome, clock),
        Finding::Outcome(outcome, Some(elapsed)) => {
            breaker.settle_elapsed(permit, outcome, elapsed, clock)
        }
        Finding::FailureFor(wait) => breaker.settle_failure_for(permit, wait, clock),
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
        refusal: rejected.as_ref().map(said::refusal),
        moved: acquired.transition.as_ref().map(said::transition),
    }
}

fn settled(settled: &Settled) -> Answer {
    Answer::Settled {
        counted: settled.counted,
        slow: settled.slow,
        moved: settled.transition.as_ref().map(said::transition),
    }
}

fn moved(transition: Option<Transition>) -> Answer {
    Answer::Moved(transition.as_ref().map(said::transition))
}
