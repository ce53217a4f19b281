//! Models of tripword's shared words. They exist only under a scheduler: run them with
//! `RUSTFLAGS="--cfg loom"` or `RUSTFLAGS="--cfg shuttle"`; without either this package is empty.
//!
//! The main thread of a model only spawns, joins and asserts: loom misses interleavings in which it
//! takes part itself.
#![cfg(any(loom, shuttle))]
#![allow(missing_docs, reason = "not published")]

#[cfg(all(loom, shuttle))]
compile_error!("one scheduler at a time: set `--cfg loom` or `--cfg shuttle`, not both");

#[cfg(loom)]
mod exhaustive;
#[cfg(loom)]
use exhaustive as scheduler;

#[cfg(shuttle)]
mod random;
#[cfg(shuttle)]
use random as scheduler;

pub use scheduler::{few_preemptions, model, numbers, seeded, thread};

use scheduler::Arc;
use std::time::Duration;
use tripword::raw::{Admission, Engine};
use tripword::{Builder, CircuitBreaker, Nanos, Snapshot, Transition};

/// A breaker that the threads of a model share. It needs no clock: times are arguments.
pub type Shared = Arc<CircuitBreaker<()>>;

/// What one thread of a model does to the breaker; returns the transitions that it made.
pub type Action = fn(Engine<'_>, Admission) -> Vec<Transition>;

/// Makes a breaker without jitter.
pub fn breaker(settings: Builder) -> Shared {
    let breaker = settings.jitter(0.0).build_with(());
    Arc::new(breaker.expect("valid settings"))
}

pub fn at(millis: u64) -> impl Fn() -> Nanos {
    move || Nanos::from_millis(millis)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Acquires an admission at `now`, if the circuit admits the call.
pub fn try_admit(engine: Engine<'_>, now: u64) -> Option<Admission> {
    let (decision, _) = engine.admit(&at(now));
    decision.admission().ok()
}

/// Acquires an admission at `now`, from a circuit that must admit the call.
pub fn admitted(engine: Engine<'_>, now: u64) -> Admission {
    try_admit(engine, now).expect("admitted")
}

/// Spawns a thread of the model that has the breaker's engine.
pub fn spawn<T: Send + 'static>(
    breaker: &Shared,
    work: impl FnOnce(Engine<'_>) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let breaker = breaker.clone();
    thread::spawn(move || work(breaker.engine()))
}

/// Joins threads that all run already, and returns their results.
pub fn join<T>(threads: impl Into<Vec<thread::JoinHandle<T>>>) -> Vec<T> {
    let join = |thread: thread::JoinHandle<T>| thread.join().expect("no panic");
    threads.into().into_iter().map(join).collect()
}

/// Runs each of `actions` in a thread of its own, with `admission`, and returns the transitions
/// that they made.
pub fn race(breaker: &Shared, admission: Admission, actions: &[Action]) -> Vec<Transition> {
    let start = |&action: &Action| spawn(breaker, move |engine| action(engine, admission));
    let threads: Vec<_> = actions.iter().map(start).collect();
    join(threads).concat()
}

/// Asserts that `made` is one chain of moves from generation `first` to what `end` shows: each move
/// has one winner, none is missing and none is returned twice.
pub fn assert_chain(mut made: Vec<Transition>, first: u16, end: Snapshot) {
    made.sort_by_key(|transition| transition.generation.wrapping_sub(first));
    for (step, transition) in (first + 1..).zip(&made) {
        assert_eq!(transition.generation, step, "{made:?}");
    }
    for pair in made.windows(2) {
        assert_eq!(pair[0].to, pair[1].from, "{made:?}");
    }
    assert_eq!(end.generation, first + made.len() as u16, "{made:?}");
}
