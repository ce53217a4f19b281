//! What every benchmark measures beside the breaker: the call alone, one load, one
//! read-modify-write, one reading of a clock; a breaker with a `std::sync::Mutex`, and one with a
//! `parking_lot` one and ten buckets.
#![allow(dead_code, reason = "each bench uses some of it")]

#[path = "../baseline/mod.rs"]
pub(crate) mod baseline;

use baseline::{
    Bare, BucketBreaker, LoadThenCas, MutexBreaker, OneLoad, OneReading, OneRmw, OsCoarseReading,
    OsReading,
};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion};
use std::hint::black_box;
use std::time::Duration;
use tripword::{Builder, CircuitBreaker};

pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// Longer than any benchmark runs.
pub(crate) const FOR_LONG: Duration = Duration::from_secs(3_600);

/// Settings by name, for each kind of policy; one failure in a hundred calls does not reach their
/// limits.
pub(crate) const POLICIES: [(&str, Builder); 3] = [
    ("consecutive", with().consecutive_failures(5)),
    ("last 100 calls", with().last_calls(100).failure_rate(0.5)),
    ("within 10 s", with().within(WINDOW).failure_rate(0.5)),
];

const fn with() -> Builder {
    CircuitBreaker::builder().open_duration(FOR_LONG)
}

/// Runs the limits and the baselines, then `benches`, as the command line selects.
pub(crate) fn run(benches: &[fn(&mut Criterion)]) {
    let mut c = criterion().configure_from_args();
    limits(&mut c);
    for bench in benches {
        bench(&mut c);
    }
    c.final_summary();
}

pub(crate) type Group<'a> = BenchmarkGroup<'a, WallTime>;

/// Measures `call` of `subject` as one function, called through a pointer that the optimizer cannot
/// follow: so neither the loop around it nor other benchmarks decide what is inlined into it. It
/// costs each of them, the call alone included, one more call and return.
pub(crate) fn pinned<S: ?Sized, R>(
    group: &mut Group<'_>,
    name: impl Into<String>,
    subject: &S,
    call: fn(&S) -> R,
) {
    let (subject, call) = (black_box(subject), black_box(call));
    group.bench_function(name.into(), |b| b.iter(|| call(subject)));
}

/// Short enough that all benchmarks take minutes, long enough to resolve a nanosecond.
fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(1_000))
}

pub(crate) fn build(settings: Builder) -> CircuitBreaker {
    settings.build().expect("valid settings")
}

/// A breaker after many good calls.
pub(crate) fn seasoned(settings: Builder) -> CircuitBreaker {
    let breaker = build(settings);
    for _ in 0..10_000 {
        let _ = breaker.call(good);
    }
    breaker
}

/// The guarded call: a success that the optimizer cannot predict.
#[inline]
pub(crate) fn good() -> Result<u32, ()> {
    black_box(Ok(7))
}

/// A failure that the optimizer cannot predict.
#[inline]
pub(crate) fn bad() -> Result<u32, ()> {
    black_box(Err(()))
}

/// The limits and the baselines, each as a healthy call on one thread.
fn limits(c: &mut Criterion) {
    let mut group = c.benchmark_group("beside");
    the_machine(&mut group);
    with_a_lock(&mut group);
    group.finish();
}

fn the_machine(group: &mut Group<'_>) {
    pinned(group, "the call alone", &Bare, |limit| limit.call(good));
    pinned(group, "one load", &OneLoad::new(), |limit| limit.call(good));
    pinned(group, "one load and a cas", &LoadThenCas::new(), |limit| limit.call(good));
    pinned(group, "one rmw", &OneRmw::new(), |limit| limit.call(good));
    pinned(group, "one clock reading", &OneReading, |limit| limit.call(good));
    pinned(group, "one std clock reading", &OsReading, |limit| limit.call(good));
    pinned(group, "one os coarse reading", &OsCoarseReading, |limit| limit.call(good));
}

fn with_a_lock(group: &mut Group<'_>) {
    let mutex = MutexBreaker::new(5, FOR_LONG);
    pinned(group, "std mutex", &mutex, |breaker| breaker.call(good));
    let buckets = BucketBreaker::new(WINDOW, FOR_LONG);
    pinned(group, "parking_lot, 10 buckets", &buckets, |breaker| breaker.call(good));
}
