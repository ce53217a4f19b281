//! Round by round: each breaker has a short turn in each round, in an order that changes, so that
//! what else the machine does affects all of them.

use crate::bench::Timed;
use crate::question::{Absence, Prepared, Question};
use crate::stats::{Sample, Spread, is_quiet};
use crate::subject::Subject;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Effort {
    /// At least so many rounds, and at most.
    pub(crate) rounds: RangeInclusive<usize>,
    /// No new round is begun after this long.
    pub(crate) patience: Duration,
    /// About how long one turn takes: short compared with a time slice of the system.
    pub(crate) turn: Duration,
    /// How often a disturbed turn is tried again.
    pub(crate) tries: u32,
}

/// A question with what was measured.
pub(crate) struct Outcome {
    pub(crate) question: Question,
    pub(crate) lanes: Vec<Lane>,
    /// Which subjects were left out, by index, and why.
    pub(crate) absent: Vec<(usize, Absence)>,
}

impl Outcome {
    pub(crate) fn rounds(&self) -> usize {
        self.lanes.first().map_or(0, |lane| lane.turns.len())
    }

    pub(crate) fn subject(&self, lane: &Lane) -> &Subject {
        &self.question.subjects[lane.subject]
    }
}

/// The turns of one breaker.
pub(crate) struct Lane {
    /// Its place in the list of subjects.
    pub(crate) subject: usize,
    /// The calls after which it begins again.
    pub(crate) period: u32,
    /// Round by round.
    pub(crate) turns: Vec<Sample>,
}

impl Lane {
    pub(crate) fn spread(&self) -> Spread {
        Spread::of(&self.turns)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        is_quiet(&self.turns)
    }
}

struct Turn {
    prepared: Prepared,
    periods: u32,
    lane: Lane,
}

pub(crate) fn run(question: Question, effort: &Effort) -> Outcome {
    let mut turns = Vec::new();
    let mut absent = Vec::new();
    for (index, subject) in question.subjects.iter().enumerate() {
        match (question.prepare)(subject) {
            Ok(prepared) => turns.push(Turn::new(index, prepared, effort)),
            Err(why) => absent.push((index, why)),
        }
    }
    play(&mut turns, effort);
    let mut lanes = Vec::new();
    for mut turn in turns {
        let kind = question.subjects[turn.lane.subject].kind;
        if (question.holds)(&mut turn.prepared, kind) {
            lanes.push(turn.lane);
        } else {
            absent.push((turn.lane.subject, "did not keep its state"));
        }
    }
    Outcome { question, lanes, absent }
}

fn play(turns: &mut [Turn], effort: &Effort) {
    let started = Instant::now();
    let mut order: Vec<_> = (0..turns.len()).collect();
    // The same orders in every run.
    let mut random = fastrand::Rng::with_seed(7);
    for round in 0..*effort.rounds.end() {
        if round >= *effort.rounds.start() && started.elapsed() > effort.patience {
            break;
        }
        random.shuffle(&mut order);
        for &index in &order {
            turns[index].take(effort.tries);
        }
    }
}

impl Turn {
    /// Finds how many periods fill a turn, which is the warm-up too.
    fn new(subject: usize, prepared: Prepared, effort: &Effort) -> Self {
        let turn = prepared.task.share(effort.turn);
        let lane = Lane { subject, period: prepared.task.period(), turns: Vec::new() };
        let mut this = Self { prepared, periods: 1, lane };
        while this.quiet(effort.tries).time < turn / 2 {
            this.periods *= 2;
        }
        this
    }

    fn take(&mut self, tries: u32) {
        let timed = self.quiet(tries);
        let figures = f64::from(self.periods) * f64::from(self.prepared.task.figures());
        self.lane.turns.push(Sample {
            nanos: timed.time.as_secs_f64() * 1e9 / figures,
            disturbed: timed.disturbed,
        });
    }

    /// Tries until a turn is undisturbed; after too many attempts the shortest turn counts.
    fn quiet(&mut self, tries: u32) -> Timed {
        let mut best = self.prepared.time(self.periods);
        for _ in 1..tries {
            if !best.disturbed {
                break;
            }
            best = best.better(self.prepared.time(self.periods));
        }
        best
    }
}
