//! A breaker of any type, ready to be timed.

use crate::call::{Answer, Breaker, pinned};
use crate::crowd::{self, Crowd};
use crate::quiet::interruptions;
use crate::work::{Pattern, Task, repeat};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

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

/// A breaker, whatever its type. Its loops are compiled for itself.
pub(crate) trait Bench {
    /// Makes one call, and returns whether it was admitted.
    fn admits(&mut self, answer: Answer) -> bool;

    /// Makes the calls of `periods` of the task; with several threads, each makes as many.
    fn time(&mut self, task: Task, periods: u32) -> Timed;

    /// Lets so many threads call for a while.
    fn crowd(&self, threads: usize, span: Duration) -> Crowd;
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

    /// From the first start to the last end.
    fn together(&self, calls: u32) -> Timed {
        let (breaker, line) = (&self.breaker, &Line::new(2));
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

    /// The time of the caller, whose core and the other's both have to be undisturbed.
    fn disturbed(&mut self, calls: u32) -> Timed {
        let (breaker, line, done) = (&self.breaker, &Line::new(2), &AtomicBool::new(false));
        let disturb = || {
            while !done.load(SeqCst) {
                breaker.disturb();
            }
        };
        let caller = &mut self.caller;
        thread::scope(|scope| {
            let other = scope.spawn(move || Stretch::of(|| line.start_together(), disturb));
            let this =
                Stretch::of(|| line.start_together(), || repeat(caller, Pattern::Good, calls));
            done.store(true, SeqCst);
            let both = other.join().expect("no call panics").disturbed || this.disturbed;
            Timed { disturbed: both, ..this.timed() }
        })
    }

    fn first(&self, threads: u32) -> Timed {
        let breaker = &self.breaker;
        let one = || {
            let mut caller = breaker.caller();
            let call = pinned();
            Stretch::of(|| (), || _ = call(&mut caller, Ok(7))).timed()
        };
        let none = Timed { time: Duration::ZERO, disturbed: false };
        (0..threads).fold(none, |sum, _| {
            let timed = thread::scope(|scope| scope.spawn(one).join().expect("no call panics"));
            Timed { time: sum.time + timed.time, disturbed: sum.disturbed || timed.disturbed }
        })
    }
}

impl<B: Breaker> Bench for Built<B> {
    fn admits(&mut self, answer: Answer) -> bool {
        pinned()(&mut self.caller, answer)
    }

    fn time(&mut self, task: Task, periods: u32) -> Timed {
        match task {
            Task::Alone(pattern) => {
                Stretch::of(|| (), || repeat(&mut self.caller, pattern, periods)).timed()
            }
            Task::Together => self.together(periods),
            Task::Disturbed => self.disturbed(periods),
            Task::First => self.first(periods),
        }
    }

    fn crowd(&self, threads: usize, span: Duration) -> Crowd {
        crowd::measure(&self.breaker, threads, span)
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

    fn timed(&self) -> Timed {
        Timed { time: self.end - self.start, disturbed: self.disturbed }
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
