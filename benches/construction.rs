//! What does it cost to build a breaker, and to drop it?
//!
//!     cargo bench -p tripword-benches --bench construction

mod beside;

use beside::{FOR_LONG, POLICIES, WINDOW, baseline};
use criterion::Criterion;
use std::hint::black_box;
use tripword::{CircuitBreaker, Config, config};

const CONFIG: Config = config!(last_calls(100), failure_rate(0.5));

fn settings(c: &mut Criterion) {
    let mut group = c.benchmark_group("check the settings");
    for (policy, settings) in POLICIES {
        group.bench_function(policy, |b| b.iter(|| black_box(settings).config()));
    }
    group.finish();
}

fn breakers(c: &mut Criterion) {
    let mut group = c.benchmark_group("build and drop");
    for (policy, settings) in POLICIES {
        group.bench_function(policy, |b| b.iter(|| black_box(settings).build()));
    }
    group.bench_function("consecutive, checked before", |b| {
        b.iter(|| CircuitBreaker::from(black_box(config!(consecutive_failures(5)))));
    });
    group.bench_function("last 100 calls, checked before", |b| {
        b.iter(|| CircuitBreaker::from(black_box(CONFIG)));
    });
    group.bench_function("std mutex", |b| {
        b.iter(|| baseline::MutexBreaker::new(5, FOR_LONG));
    });
    group.bench_function("parking_lot, 10 buckets", |b| {
        b.iter(|| baseline::BucketBreaker::new(WINDOW, FOR_LONG));
    });
    group.finish();
}

fn main() {
    beside::run(&[settings, breakers]);
}
