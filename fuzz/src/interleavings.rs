//! Several virtual threads on one engine: whichever takes its turn, at whatever time its own clock
//! shows, the engine answers as the oracle does.

use crate::bytes::Bytes;
use crate::cases::{Op, Settling, Step, horizon};
use crate::operations::{Choice, range};
use crate::oracle_settings::{other, settings};
use crate::times::{duration, moment};
use oracle::{Event, Oracle, Outcome, Permit, Refusal, Settings};
use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::time::Duration;
use tripword::raw::{Acquired, Admission, Decision, RawBreaker};
use tripword::{Finding, Nanos, Transition};

const MOST_THREADS: u32 = 4;

/// Any turns of up to four threads, each with permits and a clock of its own: the engine, without
/// its skin, against the oracle, compared after each turn, as seen from each thread.
pub fn interleavings(data: &[u8]) {
    let bytes = &mut Bytes::new(data);
    if let Some(mut turns) = Turns::new(bytes) {
        turns.take(bytes);
    }
}

#[derive(Debug)]
struct Turns {
    raw: RawBreaker,
    oracle: Oracle,
    others: Vec<Settings>,
    threads: Vec<Thread>,
    range: RangeInclusive<Duration>,
    /// What was done so far, to be told when an answer is not as it should be.
    done: Vec<(usize, u64, Op)>,
}

#[derive(Debug)]
struct Thread {
    now: u64,
    permits: Vec<(Admission, Permit)>,
}

impl Thread {
    /// With a clock that is ahead of the others by as much as it likes.
    fn new(bytes: &mut Bytes<'_>, start: Duration, range: &RangeInclusive<Duration>) -> Self {
        let now = start.saturating_add(duration(bytes)).min(*range.end());
        Self {
            now: now.as_nanos() as u64,
            permits: Vec::new(),
        }
    }
}

impl Turns {
    fn new(bytes: &mut Bytes<'_>) -> Option<Self> {
        let settings = settings(bytes)?;
        let others = (0..bytes.below(4)).filter_map(|_| other(bytes, &settings));
        let others = others.collect();
        let start = Duration::from_nanos(moment(bytes));
        let range = range(start, &settings, false);
        let threads = (0..=bytes.below(MOST_THREADS)).map(|_| Thread::new(bytes, start, &range));
        Some(Self {
            threads: threads.collect(),
            raw: RawBreaker::boxed(settings.config()),
            oracle: Oracle::new(settings, 0),
            others,
            range,
            done: Vec::new(),
        })
    }

    fn take(&mut self, bytes: &mut Bytes<'_>) {
        let settings = self.oracle.settings;
        let mut choice = Choice::new(bytes, &settings);
        while !choice.bytes.is_empty() {
            let thread = choice.bytes.below(self.threads.len() as u32) as usize;
            let op = choice.op();
            self.turn(thread, op);
            if horizon(&self.oracle).is_empty() {
                return;
            }
        }
    }

    fn turn(&mut self, thread: usize, op: Op) {
        let now = self.threads[thread].now;
        self.done.push((thread, now, op));
        self.oracle.now = now.into();
        let told = self.act(thread, op);
        let horizon = horizon(&self.oracle);
        if horizon.is_empty() {
            return;
        }
        for thread in &mut self.threads {
            let now = u128::from(thread.now);
            thread.now = now.clamp(*horizon.start(), *horizon.end()) as u64;
        }
        let expected = std::mem::take(&mut self.oracle.events);
        self.same("events", &told, &expected);
        for thread in 0..self.threads.len() {
            self.compare_as_of(self.threads[thread].now);
        }
    }

    /// What the engine told, in the words of an observer.
    fn act(&mut self, thread: usize, op: Op) -> Vec<Event> {
        let now = self.threads[thread].now;
        let now = || Nanos::from_nanos(now);
        match op {
            Op::Acquire { .. } | Op::Deeper(_) => self.acquire(thread),
            Op::Call(outcome, _) => self.run(thread, 1, Settling::Record(outcome)),
            Op::Run(calls, how) => self.run(thread, calls, how),
            Op::Settle(which, how) => self.settle(thread, which, how),
            Op::Trip => moved((self.raw.trip(now), self.oracle.trip()).0),
            Op::TripFor(wait) => {
                moved((self.raw.trip_for(wait, now), self.oracle.trip_for(wait)).0)
            }
            Op::HalfOpen => moved((self.raw.half_open(now), self.oracle.half_open()).0),
            Op::Close => moved((self.raw.close(now), self.oracle.close()).0),
            Op::Reset => moved((self.raw.reset(now), self.oracle.reset()).0),
            Op::SetMode(mode) => {
                self.oracle.set_mode(mode);
                let before = self.raw.set_mode(mode);
                let told = (before != mode).then_some(Event::Mode(before, mode));
                told.into_iter().collect()
            }
            Op::Reconfigure(which) => self.reconfigure(thread, which),
            Op::Time(step) => {
                self.move_clock(thread, step);
                Vec::new()
            }
        }
    }

    fn move_clock(&mut self, thread: usize, step: Step) {
        let (earliest, latest) = (self.range.start(), self.range.end());
        let moment = step.from(&self.oracle);
        let moment = moment.clamp(earliest.as_nanos(), latest.as_nanos());
        self.threads[thread].now = moment as u64;
    }

    fn acquire(&mut self, thread: usize) -> Vec<Event> {
        let now = self.threads[thread].now;
        let real = self.raw.try_acquire(|| Nanos::from_nanos(now));
        let admission = real
            .decision
            .admission()
            .map_err(|real| Refusal::from(&real));
        let permit = self.oracle.try_acquire();
        self.same("refusal", &admission.err(), &permit.err());
        if let (Ok(admission), Ok(permit)) = (admission, permit) {
            self.same("is_probe", &admission.is_probe(), &permit.is_probe());
            self.threads[thread].permits.push((admission, permit));
        }
        acquired(&real)
    }

    fn run(&mut self, thread: usize, calls: u32, how: Settling) -> Vec<Event> {
        let mut told = Vec::new();
        for _ in 0..calls {
            let before = self.threads[thread].permits.len();
            told.extend(self.acquire(thread));
            if self.threads[thread].permits.len() > before {
                told.extend(self.settle(thread, before, how));
            }
            if horizon(&self.oracle).is_empty() {
                break;
            }
        }
        told
    }

    fn settle(&mut self, thread: usize, which: usize, how: Settling) -> Vec<Event> {
        let Thread { now, permits } = &mut self.threads[thread];
        let now = *now;
        if permits.is_empty() {
            return Vec::new();
        }
        let (admission, permit) = permits.swap_remove(which % permits.len());
        let Some((outcome, elapsed)) = how.outcome() else {
            return Vec::new();
        };
        self.oracle.settle(permit, outcome, elapsed);
        let now = || Nanos::from_nanos(now);
        settle(&self.raw, admission, outcome, elapsed, now)
    }

    fn reconfigure(&mut self, thread: usize, which: usize) -> Vec<Event> {
        let Some(&settings) = self.others.get(which) else {
            return Vec::new();
        };
        let now = self.threads[thread].now;
        let config = settings.config();
        let replaced = self.raw.reconfigure(config, || Nanos::from_nanos(now));
        let expected = self.oracle.reconfigure(settings);
        self.same("replaced", &replaced.is_ok(), &expected);
        moved(replaced.unwrap_or_default())
    }

    fn compare_as_of(&mut self, now: u64) {
        self.oracle.now = now.into();
        let now = || Nanos::from_nanos(now);
        let snapshot = self.raw.snapshot(now);
        self.same("snapshot", &snapshot, &self.oracle.snapshot());
        self.same("state", &self.raw.state(now), &self.oracle.state());
        self.same("mode", &self.raw.mode(), &self.oracle.mode());
    }

    fn same<T: PartialEq + Debug>(&self, what: &str, real: &T, expected: &T) {
        assert!(
            real == expected,
            "{what}: {real:?}, and not {expected:?}\n{:?}\nor {:?}\n{}",
            self.oracle.settings,
            self.others,
            self.story(),
        );
    }

    /// Short enough to read: a turn a line.
    fn story(&self) -> String {
        let turns = self.done.iter();
        let told = turns.map(|(thread, now, op)| format!("thread {thread} at {now} ns: {op:?}\n"));
        told.collect()
    }
}

fn moved(transition: Option<Transition>) -> Vec<Event> {
    transition.map(Event::Transition).into_iter().collect()
}

fn acquired(real: &Acquired) -> Vec<Event> {
    let mut told = moved(real.transition);
    if let Decision::Rejected(rejected) | Decision::Shadowed(_, rejected) = &real.decision {
        told.push(Event::Rejected(rejected.into()));
    }
    told
}

fn settle(
    raw: &RawBreaker,
    admission: Admission,
    outcome: Outcome,
    elapsed: Option<Duration>,
    now: impl FnMut() -> Nanos,
) -> Vec<Event> {
    let (settled, outcome) = match (outcome.into(), elapsed) {
        (Finding::FailureFor(wait), _) => {
            let settled = raw.settle_failure_for(admission, wait, now);
            (settled, Outcome::Failure)
        }
        (Finding::Outcome(real), Some(elapsed)) => {
            (raw.settle_elapsed(admission, real, elapsed, now), outcome)
        }
        (Finding::Outcome(real), None) => (raw.settle(admission, real, now), outcome),
    };
    let mut told = moved(settled.transition);
    told.push(Event::Outcome {
        outcome,
        counted: settled.counted,
        slow: settled.slow,
        elapsed,
    });
    told
}
