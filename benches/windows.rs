//! Does the cost of a call grow with the window: with its calls, its buckets, its stripes?
//!
//!     cargo bench -p tripword-benches --bench windows

mod beside;

use beside::{Group, WINDOW, bad, build, good, pinned, seasoned};
use criterion::Criterion;
use std::time::Duration;
use tripword::{Builder, CircuitBreaker};

fn calls(c: &mut Criterion) {
    let mut group = c.benchmark_group("calls");
    for calls in [1, 10, 24, 100, 500, 1_512] {
        measure(&mut group, calls, CircuitBreaker::builder().last_calls(calls));
    }
    group.finish();
}

fn buckets(c: &mut Criterion) {
    let mut group = c.benchmark_group("buckets");
    for buckets in [1, 10, 100, 1_000] {
        measure(&mut group, buckets, CircuitBreaker::builder().within(WINDOW).buckets(buckets));
    }
    group.finish();
}

fn stripes(c: &mut Criterion) {
    let mut group = c.benchmark_group("stripes");
    for stripes in [1, 2, 8, 64, 128] {
        measure(&mut group, stripes, CircuitBreaker::builder().within(WINDOW).stripes(stripes));
    }
    group.finish();
}

/// With a policy that asks for the sum of the window at each failure, and never opens.
fn measure(group: &mut Group<'_>, size: u32, window: Builder) {
    let settings = window.trip_when(|_| false);
    let healthy = seasoned(settings);
    pinned(group, format!("good/{size}"), &healthy, |breaker| breaker.call(good));
    let failing = build(settings);
    pinned(group, format!("bad/{size}"), &failing, |breaker| breaker.call(bad));
    let mixed = build(settings);
    pinned(group, format!("bad, then good/{size}"), &mixed, |breaker| {
        (breaker.call(bad), breaker.call(good))
    });
}

/// Buckets so short that a new one begins all the time.
fn turning(c: &mut Criterion) {
    let mut group = c.benchmark_group("a bucket's length");
    for millis in [1, 10, 1_000] {
        let window = Duration::from_millis(10 * millis);
        let breaker = build(CircuitBreaker::builder().within(window).failure_rate(0.5));
        let name = format!("{millis} ms");
        pinned(&mut group, name, &breaker, |breaker| breaker.call(good));
    }
    group.finish();
}

fn main() {
    beside::run(&[calls, buckets, stripes, turning]);
}
