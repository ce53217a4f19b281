//! Several virtual threads on one engine, which take turns in any order, each with a clock of its
//! own: the engine answers as the oracle does.

use crate::bytes::Bytes;
use crate::cases::{Op, Settling, Step, horizon};
use crate::operations::{Choice, range};
use crate::oracle_settings::{other, settings};
use crate::times::{duration, moment};
use oracle::{Event, Oracle, Permit, Refusal, Settings};
use std::fmt::Debug;
use std::ops::RangeInclusive;
use std::time::Duration;
use tripword::raw::{Admission, Decision, Engine};
use tripword::{CircuitBreaker, Nanos, Transition};

const MOST_THREADS: u32 = 4;

/// Compares the engine with the oracle over any turns of up to four threads, each with permits and
/// a clock of its own, after each turn and as of each thread's time.
pub fn interleavings(data: &[u8]) {
    let bytes = &mut Bytes::new(data);
    if let Some(mut turns) = Turns::new(bytes) {
        turns.take(bytes);
    }
}

struct Turns {
    /// The owner of the words; each operation brings its own time.
    breaker: CircuitBreaker<()>,
    oracle: Oracle,
    others: Vec<Settings>,
    threads: Vec<Thread>,
    range: RangeInclusive<Duration>,
    /// The turns so far, for the report of a difference.
    done: Vec<(usize, u64, Op)>,
}

#[derive(Debug)]
struct Thread {
    now: u64,
    permits: Vec<(Admission, Permit)>,
}

impl Thread {
    /// Makes a thread whose clock is ahead of the others by any time.
    fn new(bytes: &mut Bytes<'_>, start: Duration, range: &RangeInclusive<Duration>) -> Self {
        let now = start.saturating_add(duration(bytes)).min(*range.end());
        Self { now: now.as_nanos() as u64, permits: Vec::new() }
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
            breaker: settings.builder().build_with(()).expect("valid settings"),
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

    fn engine(&self) -> Engine<'_> {
        self.breaker.engine()
    }

    /// Applies `op` to both, and returns the engine's events as an observer would receive them.
    fn act(&mut self, thread: usize, op: Op) -> Vec<Event> {
        let now = self.threads[thread].now;
        let now = &|| Nanos::from_nanos(now);
        match op {
            Op::Acquire { .. } | Op::Deeper(_) => self.acquire(thread),
            Op::Call(outcome, _) => self.run(thread, 1, Settling::Settle(outcome)),
            Op::Run(calls, how) => self.run(thread, calls, how),
            Op::Settle(which, how) => self.settle(thread, which, how),
            Op::Trip => {
                self.oracle.trip();
                moved(self.engine().trip(now))
            }
            Op::TripFor(wait) => {
                self.oracle.trip_for(wait);
                moved(self.engine().trip_for(wait, now))
            }
            Op::HalfOpen => {
                self.oracle.half_open();
                moved(self.engine().half_open(now))
            }
            Op::Close => {
                self.oracle.close();
                moved(self.engine().close(now))
            }
            Op::Reset => {
                self.oracle.reset();
                moved(self.engine().reset(now))
            }
            Op::SetMode(mode) => {
                self.oracle.set_mode(mode);
                let before = self.engine().set_mode(mode);
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
        let (decision, transition) = self.engine().admit(&|| Nanos::from_nanos(now));
        let admission = decision.admission().map_err(|real| Refusal::from(&real));
        let permit = self.oracle.try_acquire();
        self.same("refusal", &admission.err(), &permit.err());
        if let (Ok(admission), Ok(permit)) = (admission, permit) {
            self.same("is_probe", &admission.is_probe(), &permit.is_probe);
            self.threads[thread].permits.push((admission, permit));
        }
        admitted(decision, transition)
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
        let now = &|| Nanos::from_nanos(now);
        let (settlement, transition) = match elapsed {
            Some(elapsed) => self.engine().settle_elapsed(admission, outcome, elapsed, now),
            None => self.engine().settle(admission, outcome, now),
        };
        let mut told = moved(transition);
        told.push(Event::Outcome(settlement));
        told
    }

    fn reconfigure(&mut self, thread: usize, which: usize) -> Vec<Event> {
        let Some(&settings) = self.others.get(which) else {
            return Vec::new();
        };
        let now = self.threads[thread].now;
        let now = || Nanos::from_nanos(now);
        let config = settings.builder().config().expect("valid settings");
        let replaced = self.engine().reconfigure(config, &now);
        let expected = self.oracle.reconfigure(settings);
        self.same("replaced", &replaced.is_ok(), &expected);
        moved(replaced.unwrap_or_default())
    }

    fn compare_as_of(&mut self, now: u64) {
        self.oracle.now = now.into();
        let now = || Nanos::from_nanos(now);
        let engine = self.engine();
        self.same("snapshot", &engine.snapshot(&now), &self.oracle.snapshot());
        self.same("state", &engine.state(&now), &self.oracle.state());
        self.same("mode", &engine.mode(), &self.oracle.mode);
    }

    fn same<T: PartialEq + Debug>(&self, what: &str, real: &T, expected: &T) {
        assert!(
            real == expected,
            "{what}: {real:?}, expected {expected:?}\n{:?}\nor {:?}\n{}",
            self.oracle.settings,
            self.others,
            self.story(),
        );
    }

    /// The turns so far, one a line.
    fn story(&self) -> String {
        let turns = self.done.iter();
        let told = turns.map(|(thread, now, op)| format!("thread {thread} at {now} ns: {op:?}\n"));
        told.collect()
    }
}

fn moved(transition: Option<Transition>) -> Vec<Event> {
    transition.map(Event::Transition).into_iter().collect()
}

fn admitted(decision: Decision, transition: Option<Transition>) -> Vec<Event> {
    let mut told = moved(transition);
    if let Decision::Rejected(rejected) | Decision::Shadowed(_, rejected) = &decision {
        told.push(Event::Rejected(rejected.into()));
    }
    told
}
