//! What the models share: a breaker in a model, and threads that do one thing each.
//!
//! A model's main thread only spawns, joins and asserts: loom misses interleavings in which it is an actor itself.

#[cfg(not(any(loom, shuttle)))]
compile_error!(
    "the models say nothing without a scheduler: run them with RUSTFLAGS=\"--cfg loom\" or RUSTFLAGS=\"--cfg shuttle\""
);

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
use tripword::raw::{Admission, RawBreaker};
use tripword::{Builder, Nanos, Snapshot, Transition};

pub type Shared = Arc<RawBreaker>;

/// What one thread of a model does to the breaker; it returns the transitions that it was told of.
pub type Action = fn(&RawBreaker, Admission) -> Vec<Transition>;

/// A breaker without jitter.
pub fn breaker(settings: Builder) -> Shared {
    Arc::new(RawBreaker::boxed(
        settings.jitter(0.0).config().expect("settings that can be"),
    ))
}

pub fn at(millis: u64) -> impl Fn() -> Nanos {
    move || Nanos::from_millis(millis)
}

pub const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// An admission of the present moment, which must be one.
pub fn admitted(breaker: &RawBreaker, now: u64) -> Admission {
    breaker
        .try_acquire(at(now))
        .decision
        .admission()
        .expect("admitted")
}

/// Runs each of `actions` in a thread of its own, with `admission`, and returns the transitions that they were told of.
pub fn race(breaker: &Shared, admission: Admission, actions: &[Action]) -> Vec<Transition> {
    let threads: Vec<_> = actions
        .iter()
        .map(|&action| {
            let breaker = breaker.clone();
            thread::spawn(move || action(&breaker, admission))
        })
        .collect();
    threads
        .into_iter()
        .flat_map(|thread| thread.join().expect("no panic"))
        .collect()
}

/// Asserts that `told` is one chain of moves from generation `first` to what `end` shows: each move has one winner, none is missing
/// and none is told twice.
pub fn assert_chain(mut told: Vec<Transition>, first: u16, end: Snapshot) {
    told.sort_by_key(|transition| transition.generation.wrapping_sub(first));
    for (step, transition) in (first + 1..).zip(&told) {
        assert_eq!(transition.generation, step, "{told:?}");
    }
    for pair in told.windows(2) {
        assert_eq!(pair[0].to, pair[1].from, "{told:?}");
    }
    assert_eq!(end.generation, first + told.len() as u16, "{told:?}");
}
