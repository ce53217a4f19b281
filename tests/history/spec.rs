//! What may happen next: the instants of each operation, as the oracle tells them.
//!
//! | operation | instants |
//! |---|---|
//! | all but those below | one |
//! | a call on the ramp | it looks; it draws its ticket |
//! | settling, with a window | the result by itself; the window holds the call; the verdict on what the window then held |
//! | looking, with a window | everything but counts; the counts |
//!
//! Between the instants of one operation lie instants of others. With a window, settling as one
//! instant does not hold: the call is counted by others before its verdict is given, and a verdict
//! tells what the window held at its own record while later calls are answered. It is this that
//! `src/docs/consistency.md` promises, no more; what a verdict is on, says [`Sum`]. Given up are
//! only, while others are at work: the counts of a snapshot over a time, and which of a ramp and
//! its end a snapshot's cause is of.

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
    Asked,
    /// The breaker that a call on the ramp saw, whose ticket it has not drawn.
    OnRamp(Box<Oracle>),
    /// The window is to hold this call.
    Judged(Call),
    /// It holds it, and this.
    Held(Call, Sum),
    /// The counts are to be read.
    Looked,
}

/// A moment of a history: the breaker, its permits, and where each thread is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moment {
    oracle: Oracle,
    permits: Vec<Option<Permit>>,
    /// How many operations of each thread are done.
    pub(super) done: Vec<usize>,
    stages: Vec<Stage>,
}

/// Moments that have come equally far meet; whether they are equal is seen then.
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
            stages: vec![Stage::Asked; threads],
        }
    }

    /// The moments after the next instant of `record`, which is what `thread` is doing: none if no
    /// answer like its own can come of it.
    pub(super) fn after(&self, thread: usize, record: &Record) -> Vec<Self> {
        let mut next = self.clone();
        next.oracle.now = record.now;
        let mut then = Then {
            moment: next,
            thread,
            record,
            found: Vec::new(),
        };
        match self.stages[thread].clone() {
            Stage::Asked => then.asked(),
            Stage::OnRamp(seen) => then.draws(*seen),
            Stage::Judged(call) => then.records(call),
            Stage::Held(call, sum) => then.sums(call, sum),
            Stage::Looked => then.counts(),
        }
        then.found
    }
}

/// The next instant of an operation, as it is worked out.
struct Then<'a> {
    moment: Moment,
    thread: usize,
    record: &'a Record,
    found: Vec<Moment>,
}

impl Then<'_> {
    fn oracle(&mut self) -> &mut Oracle {
        &mut self.moment.oracle
    }

    /// It goes on later.
    fn goes_on(&mut self, stage: Stage) {
        let mut moment = self.moment.clone();
        moment.stages[self.thread] = stage;
        self.find(moment);
    }

    /// It is done, if this is what it answered.
    fn answers(&mut self, answer: Answer) {
        if answer != self.record.answer {
            return;
        }
        let mut moment = self.moment.clone();
        moment.stages[self.thread] = Stage::Asked;
        moment.done[self.thread] += 1;
        self.find(moment);
    }

    fn find(&mut self, mut moment: Moment) {
        moment.oracle.events.clear();
        // Each operation brings its own time.
        moment.oracle.now = 0;
        self.found.push(moment);
    }

    fn asked(&mut self) {
        match self.record.op {
            Op::Acquire if draws_a_ticket(&self.moment.oracle) => {
                let seen = Box::new(self.moment.oracle.clone());
                self.goes_on(Stage::OnRamp(seen));
            }
            Op::Acquire => {
                let (permit, answer) = acquire(self.oracle());
                self.gives(permit, answer);
            }
            Op::Settle(_, outcome, elapsed) => self.judges(outcome, elapsed),
            Op::Trip => self.moves(Oracle::trip),
            Op::TripFor(wait) => self.moves(|oracle| oracle.trip_for(wait)),
            Op::HalfOpen => self.moves(Oracle::half_open),
            Op::Close => self.moves(Oracle::close),
            Op::Reset => self.moves(Oracle::reset),
            Op::SetMode(mode) => {
                let before = self.oracle().mode;
                self.oracle().set_mode(mode);
                self.answers(Answer::Mode(before));
            }
            Op::Mode => {
                let mode = self.oracle().mode;
                self.answers(Answer::Mode(mode));
            }
            Op::State => {
                let state = self.oracle().state();
                self.answers(Answer::State(state));
            }
            Op::Look => self.looks(),
        }
    }

    fn moves(&mut self, how: impl FnOnce(&mut Oracle)) {
        how(self.oracle());
        let moved = moved(self.oracle());
        self.answers(Answer::Moved(moved));
    }

    fn gives(&mut self, permit: Option<Permit>, answer: Answer) {
        self.moment.permits[self.record.permit] = permit;
        self.answers(answer);
    }

    /// It decides on what it saw, by the ticket that is now the next.
    fn draws(&mut self, mut seen: Oracle) {
        seen.tickets = self.oracle().tickets;
        self.oracle().tickets += 1;
        let (permit, answer) = acquire(&mut seen);
        self.gives(permit, answer);
    }
}

/// Settling.
impl Then<'_> {
    fn permit(&self) -> Permit {
        self.moment.permits[self.record.permit].expect("given before")
    }

    fn judges(&mut self, outcome: Outcome, elapsed: Option<Duration>) {
        let permit = self.permit();
        let settlement = self.oracle().settlement(permit, outcome, elapsed);
        match self.oracle().judge(permit, outcome, settlement.slow) {
            Some(call) if self.oracle().log != Log::None => {
                self.goes_on(Stage::Judged(call));
            }
            _ => self.settled(settlement.counted),
        }
    }

    fn settled(&mut self, counted: bool) {
        let Op::Settle(_, outcome, elapsed) = self.record.op else {
            return;
        };
        let permit = self.permit();
        let mut settlement = self.oracle().settlement(permit, outcome, elapsed);
        settlement.counted = counted;
        let moved = moved(self.oracle());
        self.answers(Answer::Settled(settlement, moved));
    }

    fn records(&mut self, call: Call) {
        let permit = self.permit();
        if !self.oracle().is_present(permit) {
            let in_a_row = self.oracle().settings.consecutive_failures();
            return self.settled(in_a_row.is_some());
        }
        self.oracle().record(call);
        if call.is_adverse() {
            let sum = Sum::of(self.oracle());
            self.goes_on(Stage::Held(call, sum));
        } else {
            self.settled(true);
        }
    }

    fn sums(&mut self, call: Call, sum: Sum) {
        let permit = self.permit();
        if !self.oracle().is_present(permit) {
            return self.settled(true);
        }
        if let Some(later) = sum.later(&self.moment.oracle) {
            self.goes_on(Stage::Held(call, later));
        }
        for verdict in sum.verdicts(call, &self.moment.oracle) {
            let before = self.moment.oracle.clone();
            if let Some(verdict) = verdict {
                self.oracle().trip_on(verdict);
            }
            self.settled(true);
            self.moment.oracle = before;
        }
    }
}

/// Looking.
impl Then<'_> {
    fn looks(&mut self) {
        let Answer::Report(told) = self.record.answer else {
            return;
        };
        if self.but_for_counts(told) == told {
            if is_counting(&self.moment.oracle) {
                self.goes_on(Stage::Looked);
            } else if told.counts == Counts::default() {
                self.answers(self.record.answer);
            }
        }
    }

    /// What it is to tell, its counts apart.
    fn but_for_counts(&self, told: Snapshot) -> Snapshot {
        let mut report = self.moment.oracle.snapshot();
        report.counts = told.counts;
        if !self.record.alone {
            let is_shared = self.moment.oracle.settings.ramp.is_some();
            report.since = noted(report.since, told.since, is_shared);
            report.cause = noted(report.cause, told.cause, is_shared);
        }
        report
    }

    /// The counts of that generation, or none if it is over. Of a time they are exact only when
    /// nobody else is at work.
    fn counts(&mut self) {
        let Answer::Report(told) = self.record.answer else {
            return;
        };
        let report = self.moment.oracle.snapshot();
        let is_exact = self.record.alone || !matches!(self.oracle().log, Log::Time(_));
        let counts = if report.generation == told.generation {
            report.counts
        } else {
            Counts::default()
        };
        if !is_exact || counts == told.counts {
            self.answers(self.record.answer);
        }
    }
}

/// What a report may tell of the newest transition while others are at work: it may be missing, and
/// where a ramp and what follows it share a generation, it may be of either.
fn noted<T>(newest: Option<T>, told: Option<T>, is_shared: bool) -> Option<T> {
    if is_shared {
        told
    } else {
        newest.filter(|_| told.is_some())
    }
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
        probe: permit.map(Permit::is_probe),
        refusal,
        moved: moved(oracle),
    };
    (permit, answer)
}
