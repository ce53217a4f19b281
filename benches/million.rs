//! What does a call cost where there are a million breakers, of which the next one is rarely in a
//! cache?
//!
//!     cargo bench -p tripword-benches --bench million

mod beside;

use beside::{FOR_LONG, baseline, good};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use tripword::{CircuitBreaker, Config, config};

const MILLION: usize = 1_000_000;
const CONSECUTIVE: Config = config!(consecutive_failures(5));
const LAST_CALLS: Config = config!(last_calls(100), failure_rate(0.5));

fn keyed(c: &mut Criterion) {
    let mut group = c.benchmark_group("one of a million");
    group.bench_function("one cache miss", |b| {
        let words: Vec<u64> = (0..MILLION as u64 * 8).collect();
        let mut key = Key::default();
        b.iter(|| words[key.next() * 8]);
    });
    one_of(&mut group, "consecutive, inline", inline, |breaker| {
        let _ = breaker.call(good);
    });
    one_of(&mut group, "last 100 calls", boxed, |breaker| {
        let _ = breaker.call(good);
    });
    one_of(&mut group, "std mutex", mutex, |breaker| {
        let _ = breaker.call(good);
    });
    group.finish();
}

fn one_of<B>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    build: fn() -> B,
    call: impl Fn(&B),
) {
    // Made only if this benchmark is selected: it takes a quarter of a gigabyte.
    group.bench_function(name, |b| {
        let breakers: Vec<B> = (0..MILLION).map(|_| build()).collect();
        let mut key = Key::default();
        b.iter(|| call(&breakers[key.next()]));
    });
}

fn inline() -> CircuitBreaker {
    CircuitBreaker::from(CONSECUTIVE)
}

fn boxed() -> CircuitBreaker {
    CircuitBreaker::from(LAST_CALLS)
}

fn mutex() -> baseline::MutexBreaker {
    baseline::MutexBreaker::new(5, FOR_LONG)
}

/// Keys in an order that no cache predicts: a congruential generator.
#[derive(Default)]
struct Key(u64);

impl Key {
    fn next(&mut self) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) as usize % MILLION
    }
}

fn main() {
    beside::run(&[keyed]);
}
