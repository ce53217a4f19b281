//! Timed batches of calls. Each breaker's loop is compiled for itself; only the batch is called
//! through a table.

use crate::call::{Answer, Breaker, Caller, Failed};
use crate::quiet::interruptions;
use std::hint::{black_box, spin_loop};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

/// How many threads share a breaker.
pub(crate) const THREADS: u32 = 2;

/// What the dependency answers, over and over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pattern {
    Good,
    /// 99 good answers, then a bad one.
    OnePercent,
    /// What opens a circuit, and the probes that close it.
    Cycle {
        failures: u32,
        probes: u32,
    },
}

impl Pattern {
    /// The calls after which it begins again.
    pub(crate) fn period(self) -> u32 {
        match self {
            Self::Good => 1,
            Self::OnePercent => 100,
            Self::Cycle { failures, probes } => failures + probes,
        }
    }
}

/// How long a batch took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timed {
    pub(crate) time: Duration,
    /// The system took a core away meanwhile, or did not give it in time.
    pub(crate) disturbed: bool,
}

impl Timed {
    /// The one that was not disturbed, or the shorter one.
    pub(crate) fn better(self, other: Self) -> Self {
        let key = |timed: &Self| (timed.disturbed, timed.time);
        if key(&other) < key(&self) { other } else { self }
    }
}

/// A breaker, whichever it is.
pub(crate) trait Bench {
    fn call(&mut self, answer: Answer) -> Option<Answer>;

    /// Makes the calls of `periods` of the pattern.
    fn time(&mut self, pattern: Pattern, periods: u32) -> Timed;

    /// Lets two threads make `calls` good calls each on this breaker; the time is from the first
    /// start to the last end.
    fn time_shared(&self, calls: u32) -> Timed;
}

pub(crate) struct Built<B: Breaker> {
    breaker: Arc<B>,
    caller: B::Caller,
}

impl<B: Breaker> Built<B> {
    pub(crate) fn new(breaker: B) -> Self {
        let breaker = Arc::new(breaker);
        let caller = breaker.caller();
        Self { breaker, caller }
    }
}

impl<B: Breaker> Bench for Built<B> {
    fn call(&mut self, answer: Answer) -> Option<Answer> {
        self.caller.call(answer)
    }

    fn time(&mut self, pattern: Pattern, periods: u32) -> Timed {
        let caller = &mut self.caller;
        let stretch = Stretch::of(|| (), || repeat(caller, pattern, periods));
        Timed { time: stretch.end - stretch.start, disturbed: stretch.disturbed }
    }

    fn time_shared(&self, calls: u32) -> Timed {
        let (breaker, line) = (&self.breaker, &Line::new(THREADS));
        let work = || {
            let mut caller = breaker.caller();
            Stretch::of(|| line.start_together(), || repeat(&mut caller, Pattern::Good, calls))
        };
        thread::scope(|scope| {
            let other = scope.spawn(work);
            let this = work();
            this.beside(other.join().expect("no call panics"))
        })
    }
}

/// What one thread did.
struct Stretch {
    start: Instant,
    end: Instant,
    disturbed: bool,
}

impl Stretch {
    fn of(ready: impl FnOnce(), work: impl FnOnce()) -> Self {
        let before = interruptions();
        ready();
        let start = Instant::now();
        work();
        let end = Instant::now();
        Self { start, end, disturbed: interruptions() != before }
    }

    /// Two threads that should have worked at the same time.
    fn beside(self, other: Self) -> Timed {
        let time = self.end.max(other.end) - self.start.min(other.start);
        let late = self.start.max(other.start) - self.start.min(other.start);
        Timed { time, disturbed: self.disturbed || other.disturbed || late > time / 20 }
    }
}

/// Where threads wait for each other; spinning, because to be woken takes as long as many calls.
struct Line(AtomicU32);

impl Line {
    fn new(threads: u32) -> Self {
        Self(AtomicU32::new(threads))
    }

    fn start_together(&self) {
        self.0.fetch_sub(1, SeqCst);
        while self.0.load(SeqCst) != 0 {
            spin_loop();
        }
    }
}

fn repeat(caller: &mut impl Caller, pattern: Pattern, periods: u32) {
    match pattern {
        Pattern::Good => good(caller, periods),
        Pattern::OnePercent => mixed(caller, periods, (99, Ok(0)), (1, Err(Failed))),
        Pattern::Cycle { failures, probes } => {
            mixed(caller, periods, (failures, Err(Failed)), (probes, Ok(0)));
        }
    }
}

#[inline(never)]
fn good(caller: &mut impl Caller, calls: u32) {
    let mut admitted = 0;
    for value in 0..calls {
        admitted += one(caller, Ok(value));
    }
    black_box(admitted);
}

/// So many of one answer and so many of another, by turns.
#[inline(never)]
fn mixed(caller: &mut impl Caller, periods: u32, first: (u32, Answer), then: (u32, Answer)) {
    let mut admitted = 0;
    for _ in 0..periods {
        for (times, answer) in [first, then] {
            for _ in 0..times {
                admitted += one(caller, answer);
            }
        }
    }
    black_box(admitted);
}

/// Only the answer is in a black box: each box is a store, and an atomic operation waits for the
/// stores before it.
#[inline(always)]
fn one(caller: &mut impl Caller, answer: Answer) -> u32 {
    u32::from(caller.call(answer).is_some())
}
