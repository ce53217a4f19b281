//! What does a call cost where many threads share one breaker? The slowest thread's time from a
//! common start, and the time that one call in a thousand exceeds.
//!
//!     cargo bench -p tripword-benches --bench contention

mod beside;

use beside::{FOR_LONG, POLICIES, WINDOW, baseline, good, seasoned};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::Duration;
use tripword::{Clock, MonotonicClock, Nanos};

type Group<'a> = BenchmarkGroup<'a, WallTime>;
/// A healthy call through one of the breakers.
type Call<'a> = &'a (dyn Fn(u32) + Sync);

const THREADS: [usize; 5] = [2, 4, 8, 16, 64];
/// Calls that are timed one by one, in all threads together.
const SAMPLES: usize = 64_000;

/// Nanoseconds for a call of each thread, and calls a second of all of them.
fn throughput(c: &mut Criterion) {
    for threads in THREADS {
        let mut group = c.benchmark_group(format!("{threads} threads"));
        group.throughput(Throughput::Elements(threads as u64));
        each_breaker(&mut |name, call| {
            group.bench_function(BenchmarkId::from_parameter(name), |b| {
                b.iter_custom(|calls| slowest(threads, calls, call));
            });
        });
        group.finish();
    }
}

/// Here criterion shows the 99.9th percentile of single calls, each timed with two readings of the
/// clock.
fn tails(c: &mut Criterion) {
    for threads in THREADS {
        let mut group = c.benchmark_group(format!("{threads} threads, p99.9"));
        group.sample_size(10);
        each_breaker(&mut |name, call| tail(&mut group, name, threads, call));
        group.finish();
    }
}

fn tail(group: &mut Group<'_>, name: &str, threads: usize, call: Call<'_>) {
    group.bench_function(BenchmarkId::from_parameter(name), |b| {
        b.iter_custom(|calls| {
            let times = u32::try_from(calls).unwrap_or(u32::MAX);
            one_in_a_thousand(threads, call).saturating_mul(times)
        });
    });
}

/// Each breaker in turn, and the word that a breaker with a counter would write.
fn each_breaker(measure: &mut dyn FnMut(&str, Call<'_>)) {
    for (policy, settings) in POLICIES {
        let breaker = seasoned(settings);
        measure(policy, &|_| {
            let _ = black_box(breaker.call(good));
        });
    }
    let striped = seasoned(POLICIES[2].1.stripes(8));
    measure("within 10 s, 8 stripes", &|_| {
        let _ = black_box(striped.call(good));
    });
    let rmw = baseline::OneRmw::new();
    measure("one rmw", &|_| {
        let _ = black_box(rmw.call(good));
    });
    let mutex = baseline::MutexBreaker::new(5, FOR_LONG);
    measure("std mutex", &|_| {
        let _ = black_box(mutex.call(good));
    });
    let buckets = baseline::BucketBreaker::new(WINDOW, FOR_LONG);
    measure("parking_lot, 10 buckets", &|_| {
        let _ = black_box(buckets.call(good));
    });
}

/// From the moment that all threads are there to the end of the last one.
fn slowest(threads: usize, calls: u64, call: Call<'_>) -> Duration {
    let stretches = together(threads, || {
        let start = MonotonicClock.now();
        (0..calls).for_each(|value| call(value as u32));
        (start, MonotonicClock.now())
    });
    let first = stretches.iter().map(|stretch| stretch.0).min();
    let last = stretches.iter().map(|stretch| stretch.1).max();
    let both = last.zip(first);
    both.map_or(Duration::ZERO, |(last, first)| last.saturating_since(first))
}

fn one_in_a_thousand(threads: usize, call: Call<'_>) -> Duration {
    let times = together(threads, || {
        (0..SAMPLES / threads).map(|value| time(call, value)).collect::<Vec<_>>()
    });
    let mut times = times.concat();
    times.sort_unstable();
    times[times.len() - times.len() / 1_000 - 1]
}

fn time(call: Call<'_>, value: usize) -> Duration {
    let start: Nanos = MonotonicClock.now();
    call(value as u32);
    MonotonicClock.now().saturating_since(start)
}

/// Does `work` on so many threads that begin together.
fn together<T: Send>(threads: usize, work: impl Fn() -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(threads);
    let begin = || {
        barrier.wait();
        work()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(begin)).collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results.collect::<Result<_, _>>().expect("no call panics")
    })
}

fn main() {
    beside::run(&[throughput, tails]);
}
