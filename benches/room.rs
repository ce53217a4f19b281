//! What does one more name cost under a full cap, and does that depend on how many there are?
//!
//!     cargo bench -p tripword-benches --bench room
//!
//! Criterion prints neither a median nor a percentile of single operations, so this prints its own
//! table. It says which of the targets were missed: from 1,000 to 1,000,000 breakers the median
//! grows by at most 2.5 times, the 99.9th percentile by at most 10 times.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use std::{env, iter};
use tripword::{CallError, CircuitBreaker, Clock, MonotonicClock, config};
use tripword_registry::{NamedBreaker, Registry};

const SIZES: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const SAMPLES: usize = 200_000;

type Move = fn(&NamedBreaker);

/// What the breakers are in that are there, and those that come.
const KINDS: [(&str, Move); 3] = [
    ("at rest", |_| ()),
    ("counting", |breaker| {
        let _: Result<(), CallError<_, _>> = breaker.call(|| Err("no answer"));
    }),
    ("open", |breaker| breaker.breaker().trip_for(Duration::MAX)),
];

fn main() {
    // `cargo bench -- --test` runs each benchmark once.
    let is_test = env::args().any(|argument| argument == "--test");
    let sizes = if is_test { &SIZES[..1] } else { &SIZES[..] };
    let samples = if is_test { 1_000 } else { SAMPLES };
    println!("one more name under a full cap, nanoseconds of {samples} names");
    println!("| breakers | median | 99.9 % |\n|---|---:|---:|");
    for &size in sizes {
        let (median, tail) = one_more(size, samples, std_map(size));
        println!("| {size} in a map and a queue of std | {median} | {tail} |");
    }
    for (kind, mv) in KINDS {
        let mut first = None;
        for &size in sizes {
            let registry = registry(size);
            let (median, tail) = one_more(size, samples, |name| {
                let before = MonotonicClock.now();
                let breaker = registry.get_or_create(name);
                let after = MonotonicClock.now();
                mv(&breaker);
                after.saturating_since(before)
            });
            assert_eq!((registry.len(), registry.unlisted()), (size, 0));
            println!("| {size} {kind} | {median} | {tail} |");
            let (least, least_tail) = *first.get_or_insert((median, tail));
            if 2 * median > 5 * least || tail > 10 * least_tail {
                println!("MISSED: at most {} and {}", 5 * least / 2, 10 * least_tail);
            }
        }
    }
}

fn registry(cap: usize) -> Registry {
    let builder = Registry::builder().config(config!(consecutive_failures(5)));
    builder.cap(cap).build()
}

/// For comparison: a map and a queue of the standard library, for one thread, that evict the oldest
/// whatever it counts.
fn std_map(cap: usize) -> impl FnMut(&str) -> Duration {
    let (mut breakers, mut oldest) =
        (HashMap::<Arc<str>, Box<CircuitBreaker>>::new(), VecDeque::new());
    move |name| {
        let before = MonotonicClock.now();
        if oldest.len() == cap {
            oldest.pop_front().map(|name| breakers.remove::<Arc<str>>(&name));
        }
        let name: Arc<str> = name.into();
        let breaker = CircuitBreaker::from(config!(consecutive_failures(5)));
        breakers.insert(name.clone(), Box::new(breaker));
        oldest.push_back(name);
        MonotonicClock.now().saturating_since(before)
    }
}

/// The median and the 99.9th percentile of the time that `bring` takes for one more name.
fn one_more(cap: usize, samples: usize, mut bring: impl FnMut(&str) -> Duration) -> (u64, u64) {
    let mut number = 0;
    let mut bring = || {
        number += 1;
        bring(&format!("tenant-{number:08}")).as_nanos() as u64
    };
    // Filled, and then as many again, so that tables and places are as they stay.
    (0..2 * cap).for_each(|_| _ = bring());
    let mut times: Vec<_> = iter::repeat_with(bring).take(samples).collect();
    times.sort_unstable();
    (times[samples / 2], times[samples - 1 - samples / 1_000])
}
