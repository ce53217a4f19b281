//! What does a call cost, in each state and with each policy?
//!
//!     cargo bench -p tripword-benches --bench states

mod beside;

use beside::{FOR_LONG, Group, POLICIES, bad, baseline, build, good, pinned, seasoned};
use criterion::Criterion;
use std::hint::black_box;
use std::mem::forget;
use std::time::Duration;
use tripword::{
    Builder, CircuitBreaker, Clock, CoarseClock, MonotonicClock, Nanos, Outcome, Ramp, State,
    breaker,
};

fn healthy(c: &mut Criterion) {
    for (policy, settings) in POLICIES {
        let mut group = c.benchmark_group(format!("healthy, {policy}"));
        let breaker = seasoned(settings);
        acquire(&mut group, &breaker);
        settle(&mut group, &breaker);
        both(&mut group, &breaker);
        group.finish();
    }
}

/// A permit of a closed circuit can be forgotten: nothing counts it.
fn acquire(group: &mut Group<'_>, breaker: &CircuitBreaker) {
    pinned(group, "acquire", breaker, |breaker| forget(black_box(breaker.try_acquire())));
}

/// The engine's admission can be settled again and again, a permit only once.
fn settle(group: &mut Group<'_>, breaker: &CircuitBreaker) {
    let (decision, _) = breaker.engine().admit(&|| MonotonicClock.now());
    let admitted = (breaker.engine(), decision.admission().expect("closed"));
    pinned(group, "settle", &admitted, |(engine, admission)| {
        engine.settle(*admission, Outcome::Success, &|| MonotonicClock.now())
    });
}

fn both(group: &mut Group<'_>, breaker: &CircuitBreaker) {
    pinned(group, "acquire and settle", breaker, |breaker| {
        breaker.try_acquire().map(|permit| permit.success()).is_ok()
    });
    pinned(group, "call", breaker, |breaker| breaker.call(good));
}

/// Each iteration is a hundred calls, the first of which fails.
fn one_percent(c: &mut Criterion) {
    let mut group = c.benchmark_group("1 % failures, a hundred calls");
    for (policy, settings) in POLICIES {
        let breaker = seasoned(settings);
        pinned(&mut group, policy, &breaker, hundred);
    }
    let mutex = baseline::MutexBreaker::new(5, FOR_LONG);
    pinned(&mut group, "std mutex", &mutex, |breaker| {
        let _ = breaker.call(bad);
        for _ in 1..100 {
            let _ = breaker.call(good);
        }
    });
    group.finish();
}

fn hundred(breaker: &CircuitBreaker) {
    let _ = breaker.call(bad);
    for _ in 1..100 {
        let _ = breaker.call(good);
    }
}

/// A failure that opens the circuit, and a manual close.
fn tripping(c: &mut Criterion) {
    let tripping: [(&str, Builder); 3] = [
        ("consecutive", CircuitBreaker::builder().consecutive_failures(1)),
        ("last 100 calls", CircuitBreaker::builder().last_calls(100).failures(1)),
        ("within 10 s", CircuitBreaker::builder().within(beside::WINDOW).failures(1)),
    ];
    let mut group = c.benchmark_group("a call that opens, and a manual close");
    for (policy, settings) in tripping {
        let breaker = build(settings);
        pinned(&mut group, policy, &breaker, |breaker| {
            let _ = breaker.call(bad);
            breaker.close();
        });
        assert_eq!(breaker.state(), State::Closed);
    }
    group.finish();
}

fn refused(c: &mut Criterion) {
    static CLOCK: CoarseClock = CoarseClock::new();
    breaker! {
        static COARSE: CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(5);
    }
    CLOCK.set(Nanos::from_millis(1));
    let mut group = c.benchmark_group("refused");
    for (policy, settings) in POLICIES {
        let breaker = build(settings);
        breaker.trip();
        pinned(&mut group, policy, &breaker, |breaker| breaker.call(good));
    }
    COARSE.trip();
    pinned(&mut group, "coarse clock", &COARSE, |breaker| breaker.call(good));
    refused_by_a_lock(&mut group);
    group.finish();
}

fn refused_by_a_lock(group: &mut Group<'_>) {
    let mutex = baseline::MutexBreaker::new(1, FOR_LONG);
    let buckets = baseline::BucketBreaker::new(beside::WINDOW, FOR_LONG);
    for _ in 0..10 {
        let _ = (mutex.call(bad), buckets.call(bad));
    }
    pinned(group, "std mutex", &mutex, |breaker| breaker.call(good));
    pinned(group, "parking_lot, 10 buckets", &buckets, |breaker| breaker.call(good));
}

fn half_open(c: &mut Criterion) {
    let mut group = c.benchmark_group("half-open");
    let breaker = build(POLICIES[0].1);
    pinned(&mut group, "moved manually, closed by a probe", &breaker, |breaker| {
        breaker.half_open();
        breaker.call(good)
    });
    breaker.half_open();
    let probe = breaker.try_acquire();
    pinned(&mut group, "refused, the probe is in flight", &breaker, |breaker| breaker.call(good));
    drop(probe);
    group.finish();
}

/// The ramp takes an hour, so the share of admitted calls stays about the same.
fn recovering(c: &mut Criterion) {
    let ramp = Ramp::new(0.5, Duration::from_secs(3_600));
    let breaker = build(POLICIES[0].1.ramp(ramp));
    breaker.half_open();
    let _ = breaker.call(good);
    assert_eq!(breaker.state(), State::Recovering);
    let mut group = c.benchmark_group("recovering");
    pinned(&mut group, "half of the calls", &breaker, |breaker| breaker.call(good));
    group.finish();
}

fn main() {
    beside::run(&[healthy, one_percent, tripping, refused, half_open, recovering]);
}
