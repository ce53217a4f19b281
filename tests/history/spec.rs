//! What may happen next: the instants of each operation, by the oracle.
//!
//! | operation | instants |
//! |---|---|
//! | all but those below | one |
//! | a call on the ramp | read the state; draw a ticket |
//! | settle, with a window | settle the result; record it; judge what the window held |
//! | look, with a window | read everything but counts; read the counts |
//!
//! Instants of other operations lie between. With a window, settling is not one instant: others
//! count the call before its verdict, and a verdict is on what the window held when its own call
//! was recorded, while later calls are settled. `src/docs/consistency.md` promises this and no
//! more; [`Sum`] is what a verdict can be on. Not checked, while other threads run: the counts of a
//! snapshot over a time, and whether a snapshot's cause is that of a ramp or of its end.

use super::program::Op;
use super::record::{Answer, Record};
use super::sum::Sum;
use oracle::{Call, Event, Log, Oracle, Permit};
use std::hash::{Hash, Hasher};
use std::time::Duration;
use tripword::{Counts, Mode, Outcome, Snapshot, State, Transition};

/// How far an operation has come.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Stage {
    NotBegun,
    /// A call on the ramp has seen this breaker, and has drawn no ticket.
    OnRamp(Box<Oracle>),
    /// The call is to be recorded in the window.
    Judged(Call),
    /// The call is recorded; the verdict is on this.
    Held(Call, Sum),
    /// The counts are to be read.
    Looked,
}

/// A moment of a history: the breaker, its permits, and the progress of each thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    oracle: Oracle,
    permits: Vec<Option<Permit>>,
    /// The number of finished operations of each thread.
    pub(super) done: Vec<usize>,
    stages: Vec<Stage>,
}

/// By progress only: moments with the same progress are then compared.
impl Hash for Moment {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.done.hash(state);
    }
}

impl Moment {
    pub(super) fn first(oracle: Oracle, permits: usize, threads: usize) -> Self {
        Self {
            oracle,
            permits: vec![None; permits],
            done: vec![0; threads],
            stages: vec![Stage::NotBegun; threads],
        }
    }

    /// The moments after the next instant of `record`, the current operation of `thread`; none if
    /// that cannot lead to the recorded answer.
    pub(super) fn after(&self, thread: usize, record: &Record) -> Vec<Self> {
        let mut moment = self.clone();
        moment.oracle.now = record.now;
        let mut next = Successors { moment, thread, record, found: Vec::new() };
        match self.stages[thread].clone() {
            Stage::NotBegun => next.begin(),
            Stage::OnRamp(seen) => next.draw_ticket(*seen),
            Stage::Judged(call) => next.record_call(call),
            Stage::Held(call, sum) => next.judge_sum(call, sum),
            Stage::Looked => next.read_counts(),
        }
        next.found
    }
}

/// The moments that the next instant of an operation leads to.
struct Successors<'a> {
    moment: Moment,
    thread: usize,
    record: &'a Record,
    found: Vec<Moment>,
}

impl Successors<'_> {
    fn oracle(&mut self) -> &mut Oracle {
        &mut self.moment.oracle
    }

    /// The operation has another instant, from `stage` on.
    fn continue_at(&mut self, stage: Stage) {
        let mut moment = self.moment.clone();
        moment.stages[self.thread] = stage;
        self.find(moment);
    }

    /// The operation ends, if `answer` is the recorded one.
    fn finish(&mut self, answer: Answer) {
        if answer != self.record.answer {
            return;
        }
        let mut moment = self.moment.clone();
        moment.stages[self.thread] = Stage::NotBegun;
        moment.done[self.thread] += 1;
        self.find(moment);
    }

    fn find(&mut self, mut moment: Moment) {
        moment.oracle.events.clear();
        // Each operation brings its own time.
        moment.oracle.now = 0;
        self.found.push(moment);
    }

    fn begin(&mut self) {
        match self.record.op {
            Op::Acquire if draws_a_ticket(&self.moment.oracle) => {
                let seen = Box::new(self.moment.oracle.clone());
                self.continue_at(Stage::OnRamp(seen));
            }
            Op::Acquire => {
                let (permit, answer) = acquire(self.oracle());
                self.finish_acquire(permit, answer);
            }
            Op::Settle(_, outcome, elapsed) => self.settle(outcome, elapsed),
            Op::Trip => self.move_manually(Oracle::trip),
            Op::TripFor(wait) => self.move_manually(|oracle| oracle.trip_for(wait)),
            Op::HalfOpen => self.move_manually(Oracle::half_open),
            Op::Close => self.move_manually(Oracle::close),
            Op::Reset => self.move_manually(Oracle::reset),
            Op::SetMode(mode) => {
                let before = self.oracle().mode;
                self.oracle().set_mode(mode);
                self.finish(Answer::Mode(before));
            }
            Op::Mode => {
                let mode = self.oracle().mode;
                self.finish(Answer::Mode(mode));
            }
            Op::State => {
                let state = self.oracle().state();
                self.finish(Answer::State(state));
            }
            Op::Look => self.look(),
        }
    }

    fn move_manually(&mut self, how: impl FnOnce(&mut Oracle)) {
        how(self.oracle());
        let moved = moved(self.oracle());
        self.finish(Answer::Moved(moved));
    }

    fn finish_acquire(&mut self, permit: Option<Permit>, answer: Answer) {
        self.moment.permits[self.record.permit] = permit;
        self.finish(answer);
    }

    /// Decides on the breaker that was `seen`, by the ticket that is next now.
    fn draw_ticket(&mut self, mut seen: Oracle) {
        seen.tickets = self.oracle().tickets;
        self.oracle().tickets += 1;
        let (permit, answer) = acquire(&mut seen);
        self.finish_acquire(permit, answer);
    }
}

/// Settling.
impl Successors<'_> {
    fn permit(&self) -> Permit {
        self.moment.permits[self.record.permit].expect("given before")
    }

    fn settle(&mut self, outcome: Outcome, elapsed: Option<Duration>) {
        let permit = self.permit();
        let settlement = self.oracle().settlement(permit, outcome, elapsed);
        match self.oracle().judge(permit, outcome, settlement.slow) {
            Some(call) if self.oracle().log != Log::None => {
                self.continue_at(Stage::Judged(call));
            }
            _ => self.finish_settle(settlement.counted),
        }
    }

    fn finish_settle(&mut self, counted: bool) {
        let Op::Settle(_, outcome, elapsed) = self.record.op else {
            return;
        };
        let permit = self.permit();
        let mut settlement = self.oracle().settlement(permit, outcome, elapsed);
        settlement.counted = counted;
        let moved = moved(self.oracle());
        self.finish(Answer::Settled(settlement, moved));
    }

    fn record_call(&mut self, call: Call) {
        let permit = self.permit();
        if !self.oracle().is_present(permit) {
            let in_a_row = self.oracle().settings.consecutive_failures();
            return self.finish_settle(in_a_row.is_some());
        }
        self.oracle().record(call);
        if call.is_adverse() {
            let sum = Sum::of(self.oracle());
            self.continue_at(Stage::Held(call, sum));
        } else {
            self.finish_settle(true);
        }
    }

    fn judge_sum(&mut self, call: Call, sum: Sum) {
        let permit = self.permit();
        if !self.oracle().is_present(permit) {
            return self.finish_settle(true);
        }
        if let Some(later) = sum.later(&self.moment.oracle) {
            self.continue_at(Stage::Held(call, later));
        }
        for verdict in sum.verdicts(call, &self.moment.oracle) {
            let before = self.moment.oracle.clone();
            if let Some(verdict) = verdict {
                self.oracle().trip_on(verdict);
            }
            self.finish_settle(true);
            self.moment.oracle = before;
        }
    }
}

/// Looking.
impl Successors<'_> {
    fn look(&mut self) {
        let Answer::Report(recorded) = self.record.answer else {
            return;
        };
        if self.but_for_counts(recorded) == recorded {
            if is_counting(&self.moment.oracle) {
                self.continue_at(Stage::Looked);
            } else if recorded.counts == Counts::default() {
                self.finish(self.record.answer);
            }
        }
    }

    /// The expected snapshot, with the recorded counts.
    fn but_for_counts(&self, recorded: Snapshot) -> Snapshot {
        let mut report = self.moment.oracle.snapshot();
        report.counts = recorded.counts;
        if !self.record.alone {
            let is_shared = self.moment.oracle.settings.ramp.is_some();
            report.since = noted(report.since, recorded.since, is_shared);
            report.cause = noted(report.cause, recorded.cause, is_shared);
        }
        report
    }

    /// The counts of that generation, or none if it is over. Over a time they are exact only when
    /// no other thread runs.
    fn read_counts(&mut self) {
        let Answer::Report(recorded) = self.record.answer else {
            return;
        };
        let report = self.moment.oracle.snapshot();
        let is_exact = self.record.alone || !matches!(self.oracle().log, Log::Time(_));
        let counts = if report.generation == recorded.generation {
            report.counts
        } else {
            Counts::default()
        };
        if !is_exact || counts == recorded.counts {
            self.finish(self.record.answer);
        }
    }
}

/// What a snapshot may show of the newest transition while other threads run: it may be missing,
/// and where a ramp and the state after it share a generation, it may be of either.
fn noted<T>(newest: Option<T>, recorded: Option<T>, is_shared: bool) -> Option<T> {
    if is_shared { recorded } else { newest.filter(|_| recorded.is_some()) }
}

fn is_counting(oracle: &Oracle) -> bool {
    matches!(oracle.entered(), State::Closed | State::Recovering)
}

fn moved(oracle: &Oracle) -> Option<Transition> {
    oracle.events.iter().find_map(|event| match event {
        Event::Transition(transition) => Some(*transition),
        _ => None,
    })
}

/// Whether the next call is one of a ramp.
fn draws_a_ticket(oracle: &Oracle) -> bool {
    let by_state = matches!(oracle.mode, Mode::Normal | Mode::Shadow);
    by_state && oracle.state() == State::Recovering
}

fn acquire(oracle: &mut Oracle) -> (Option<Permit>, Answer) {
    let permit = oracle.try_acquire().ok();
    let refusal = oracle.events.iter().find_map(|event| match event {
        Event::Rejected(refusal) => Some(*refusal),
        _ => None,
    });
    let answer = Answer::Acquired {
        probe: permit.map(|permit| permit.is_probe),
        refusal,
        moved: moved(oracle),
    };
    (permit, answer)
}
