//! The record of an operation: when it began, when it ended, and its answer.

use super::program::{Op, Step};
use oracle::Refusal;
use tripword::raw::{Admission, Decision, Engine};
use tripword::{Mode, Nanos, Settlement, Snapshot, State, Transition};

/// One operation of a history.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) op: Op,
    /// In nanoseconds.
    pub(crate) now: u128,
    /// The number of the permit that it gave, or settled.
    pub(crate) permit: usize,
    /// Stamps in the order of real time, across all threads.
    pub(crate) begun: usize,
    pub(crate) ended: usize,
    /// Whether no other thread ran meanwhile.
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
    Settled(Settlement, Option<Transition>),
    Moved(Option<Transition>),
    Mode(Mode),
    State(State),
    Report(Snapshot),
}

/// A permit and its number in the history.
pub(crate) type Numbered = (usize, Admission);

/// Runs the operations of one thread.
pub(crate) struct Player<'a> {
    pub(crate) engine: Engine<'a>,
    pub(crate) permits: Vec<Numbered>,
    /// The number of its first permit.
    pub(crate) first: usize,
    pub(crate) alone: bool,
    /// Returns the next stamp of all threads.
    pub(crate) stamp: &'a dyn Fn() -> usize,
    /// Called whenever the breaker reads the clock: between its load and its compare-and-swap.
    pub(crate) pause: &'a dyn Fn(),
}

impl Player<'_> {
    pub(crate) fn play(&mut self, steps: &[Step]) -> Vec<Record> {
        let numbered = (self.first..).zip(steps);
        numbered.filter_map(|(number, &step)| self.step(number, step)).collect()
    }

    fn step(&mut self, number: usize, Step { op, now }: Step) -> Option<Record> {
        let held = self.held(op);
        if held.is_none() && matches!(op, Op::Settle(..)) {
            return None;
        }
        let begun = (self.stamp)();
        let answer = self.perform(op, Nanos::from_millis(now), number, held);
        Some(Record {
            op,
            now: u128::from(now) * 1_000_000,
            permit: held.map_or(number, |(number, _)| number),
            begun,
            ended: (self.stamp)(),
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

    fn perform(&mut self, op: Op, now: Nanos, number: usize, held: Option<Numbered>) -> Answer {
        let engine = self.engine;
        let now = &|| {
            (self.pause)();
            now
        };
        match op {
            Op::Acquire => {
                let (decision, moved) = engine.admit(now);
                let permit = decision.admission().ok();
                self.permits.extend(permit.map(|permit| (number, permit)));
                acquired(decision, moved)
            }
            Op::Settle(_, outcome, elapsed) => {
                let (_, permit) = held.expect("looked for one");
                let (settlement, moved) = match elapsed {
                    Some(elapsed) => engine.settle_elapsed(permit, outcome, elapsed, now),
                    None => engine.settle(permit, outcome, now),
                };
                Answer::Settled(settlement, moved)
            }
            Op::Trip => Answer::Moved(engine.trip(now)),
            Op::TripFor(wait) => Answer::Moved(engine.trip_for(wait, now)),
            Op::HalfOpen => Answer::Moved(engine.half_open(now)),
            Op::Close => Answer::Moved(engine.close(now)),
            Op::Reset => Answer::Moved(engine.reset(now)),
            Op::SetMode(mode) => Answer::Mode(engine.set_mode(mode)),
            Op::Mode => Answer::Mode(engine.mode()),
            Op::State => Answer::State(engine.state(now)),
            Op::Look => Answer::Report(engine.snapshot(now)),
        }
    }
}

fn acquired(decision: Decision, moved: Option<Transition>) -> Answer {
    let refusal = match &decision {
        Decision::Admitted(_) => None,
        Decision::Shadowed(_, rejected) | Decision::Rejected(rejected) => Some(rejected),
    };
    Answer::Acquired {
        probe: decision.admission().ok().map(Admission::is_probe),
        refusal: refusal.map(Refusal::from),
        moved,
    }
}
