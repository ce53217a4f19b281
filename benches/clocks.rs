//! What does a clock cost, read alone and by a breaker that needs it?
//!
//!     cargo bench -p tripword-benches --bench clocks

mod beside;

use beside::{POLICIES, good};
use criterion::Criterion;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tripword::{Builder, Clock, CoarseClock, ManualClock, MonotonicClock};

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("read");
    let (coarse, manual) = (CoarseClock::new(), ManualClock::new());
    let shared: Arc<dyn Clock> = Arc::new(MonotonicClock);
    group.bench_function("monotonic", |b| b.iter(|| black_box(MonotonicClock).now()));
    group.bench_function("monotonic, behind an Arc", |b| {
        b.iter(|| black_box(&shared).now());
    });
    group.bench_function("coarse", |b| b.iter(|| black_box(&coarse).now()));
    group.bench_function("manual", |b| b.iter(|| black_box(&manual).now()));
    group.finish();
}

/// A coarse clock while a thread updates it.
fn ticking(c: &mut Criterion) {
    static CLOCK: CoarseClock = CoarseClock::new();
    let ticker = CLOCK.tick_every(Duration::from_millis(1));
    c.bench_function("read/coarse, ticking", |b| {
        b.iter(|| black_box(&CLOCK).now());
    });
    drop(ticker);
}

fn in_a_breaker(c: &mut Criterion) {
    let (_, within) = POLICIES[2];
    let slow = within.slow_call_duration(Duration::from_secs(1));
    let (coarse, manual) = (CoarseClock::new(), ManualClock::new());
    let mut group = c.benchmark_group("healthy call");
    for (what, settings) in [("within", within), ("within and slow calls", slow)] {
        call(&mut group, &format!("{what}, monotonic"), settings, MonotonicClock);
        call(&mut group, &format!("{what}, coarse"), settings, &coarse);
        call(&mut group, &format!("{what}, manual"), settings, &manual);
    }
    group.finish();
}

fn call<C: Clock>(
    group: &mut criterion::BenchmarkGroup<'_, criterion::measurement::WallTime>,
    name: &str,
    settings: Builder,
    clock: C,
) {
    let breaker = settings.build_with(clock).expect("valid settings");
    group.bench_function(name, |b| b.iter(|| breaker.call(good)));
}

fn main() {
    beside::run(&[read, ticking, in_a_breaker]);
}
