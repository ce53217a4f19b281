//! What does a snapshot cost, with and without a thread that writes?
//!
//!     cargo bench -p tripword-benches --bench snapshot

mod beside;

use beside::{FOR_LONG, Group, POLICIES, WINDOW, bad, baseline, build, good, pinned};
use criterion::Criterion;
use std::sync::mpsc::{TryRecvError, channel};
use std::thread;
use tripword::Builder;

fn quiet(c: &mut Criterion) {
    let mut group = c.benchmark_group("no thread writes");
    looks(&mut group, |work, _| work());
    group.finish();
}

fn written(c: &mut Criterion) {
    let mut group = c.benchmark_group("a thread writes");
    looks(&mut group, beside_a_writer);
    group.finish();
}

/// How a look is taken: beside whatever the second of these does meanwhile.
type Beside = fn(&mut dyn FnMut(), &(dyn Fn() + Sync));

fn looks(group: &mut Group<'_>, beside: Beside) {
    for (policy, settings) in POLICIES {
        of_a_breaker(group, policy, settings, beside);
    }
    let mutex = baseline::MutexBreaker::new(5, FOR_LONG);
    let write = || {
        let _ = (mutex.call(bad), mutex.call(good));
    };
    beside(&mut || pinned(group, "std mutex", &mutex, |breaker| breaker.snapshot()), &write);
    let buckets = baseline::BucketBreaker::new(WINDOW, FOR_LONG);
    let write = || {
        let _ = (buckets.call(good), buckets.call(good), buckets.call(bad));
    };
    let mut look =
        || pinned(group, "parking_lot, 10 buckets", &buckets, |breaker| breaker.snapshot());
    beside(&mut look, &write);
}

fn of_a_breaker(group: &mut Group<'_>, policy: &str, settings: Builder, beside: Beside) {
    let breaker = build(settings);
    let write = || {
        let _ = (breaker.call(good), breaker.call(good), breaker.call(bad));
    };
    let mut look = || {
        pinned(group, format!("snapshot, {policy}"), &breaker, |breaker| breaker.snapshot());
        pinned(group, format!("state, {policy}"), &breaker, |breaker| breaker.state());
    };
    beside(&mut look, &write);
}

/// Does `work` while another thread writes.
fn beside_a_writer(work: &mut dyn FnMut(), write: &(dyn Fn() + Sync)) {
    let (alive, ended) = channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            while ended.try_recv() == Err(TryRecvError::Empty) {
                (0..1_000).for_each(|_| write());
            }
        });
        work();
        drop(alive);
    });
}

fn main() {
    beside::run(&[quiet, written]);
}
