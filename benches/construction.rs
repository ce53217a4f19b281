//! What does it cost to build a breaker, and to drop it?
//!
//!     cargo bench -p tripword-benches --bench construction

mod beside;

use beside::{FOR_LONG, POLICIES, WINDOW, baseline, pinned};
use criterion::Criterion;
use tripword::{CircuitBreaker, Config, config};

const CONSECUTIVE: Config = config!(consecutive_failures(5));
const LAST_CALLS: Config = config!(last_calls(100), failure_rate(0.5));

fn settings(c: &mut Criterion) {
    let mut group = c.benchmark_group("check the settings");
    for (policy, settings) in POLICIES {
        pinned(&mut group, policy, &settings, |settings| settings.config());
    }
    group.finish();
}

fn breakers(c: &mut Criterion) {
    let mut group = c.benchmark_group("build and drop");
    for (policy, settings) in POLICIES {
        pinned(&mut group, policy, &settings, |settings| settings.build());
    }
    let from = |config: &Config| CircuitBreaker::from(*config);
    pinned(&mut group, "consecutive, checked before", &CONSECUTIVE, from);
    pinned(&mut group, "last 100 calls, checked before", &LAST_CALLS, from);
    pinned(&mut group, "std mutex", &FOR_LONG, |open| baseline::MutexBreaker::new(5, *open));
    pinned(&mut group, "parking_lot, 10 buckets", &FOR_LONG, |open| {
        baseline::BucketBreaker::new(WINDOW, *open)
    });
    group.finish();
}

fn main() {
    beside::run(&[settings, breakers]);
}
