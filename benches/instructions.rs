//! How many instructions one call takes, by state and policy, and the most that it may: counts
//! repeat exactly, so a higher one fails the run.
//!
//!     cargo bench -p tripword-benches --no-default-features --features instructions
//!
//! Counted is one whole function, from entry to return, with a call in it that does nothing. The
//! clock is a load, so that its reading does not hide the rest. A limit is the count at the time it
//! was set, and a few more for what another compiler may make of the same code; lower it when a
//! call becomes shorter.
#![allow(missing_docs, reason = "the macros of gungraun write none")]

mod counted;

use counted::{Breaker, S, at_most, build, consecutive, last_calls, warm};
use gungraun::{library_benchmark, library_benchmark_group, main};
use std::hint::black_box;
use tripword::{Builder, State};

fn replaceable() -> Breaker {
    warm(Builder::new().last_calls(100).failure_rate(0.5).live())
}

/// Where a good call has to be written, since a bad one was.
fn last_calls_after_a_failure() -> Breaker {
    let breaker = last_calls();
    breaker.try_acquire().expect("closed").failure();
    breaker
}

fn timed() -> Breaker {
    warm(Builder::new().last_calls(100).slow_call_rate(0.5).slow_call_duration(S))
}

fn within() -> Breaker {
    warm(Builder::new().within(10 * S).failure_rate(0.5).stripes(1))
}

/// On a stripe of the thread's own.
fn within_on_its_own() -> Breaker {
    warm(Builder::new().within(10 * S).failure_rate(0.5).stripes(4))
}

fn open() -> Breaker {
    let breaker = consecutive();
    breaker.trip_for(S);
    breaker
}

fn open_no_longer() -> Breaker {
    let breaker = build(Builder::new().open_duration(S));
    breaker.trip();
    breaker.clock().advance(S);
    breaker
}

fn half_open() -> Breaker {
    let breaker = build(Builder::new());
    breaker.half_open();
    assert_eq!(breaker.state(), State::HalfOpen);
    breaker
}

#[library_benchmark]
#[bench::consecutive(args = (), setup = consecutive, config = at_most(27))]
#[bench::last_calls(args = (), setup = last_calls, config = at_most(40))]
#[bench::replaceable(args = (), setup = replaceable, config = at_most(40))]
#[bench::last_calls_after_a_failure(args = (), setup = last_calls_after_a_failure, config = at_most(74))]
#[bench::timed(args = (), setup = timed, config = at_most(130))]
#[bench::within(args = (), setup = within, config = at_most(124))]
#[bench::within_on_its_own(args = (), setup = within_on_its_own, config = at_most(132))]
#[bench::open(args = (), setup = open, config = at_most(50))]
#[bench::open_no_longer(args = (), setup = open_no_longer, config = at_most(556))]
#[bench::half_open(args = (), setup = half_open, config = at_most(431))]
fn good_call(breaker: Breaker) -> bool {
    breaker.call(|| Ok::<u32, ()>(black_box(1))).is_ok()
}

/// One failure short of its limit.
fn at_its_limit() -> Breaker {
    let breaker = consecutive();
    for _ in 0..4 {
        breaker.try_acquire().expect("closed").failure();
    }
    breaker
}

#[library_benchmark]
#[bench::opening(args = (), setup = at_its_limit, config = at_most(414))]
#[bench::consecutive(args = (), setup = consecutive, config = at_most(50))]
#[bench::last_calls(args = (), setup = last_calls, config = at_most(686))]
#[bench::within(args = (), setup = within, config = at_most(535))]
fn bad_call(breaker: Breaker) -> bool {
    breaker.call(|| Err::<(), u32>(black_box(1))).is_ok()
}

// Five failures, the wait, and a probe that closes the circuit.
#[library_benchmark]
#[bench::of_five_failures(args = (), setup = consecutive, config = at_most(1196))]
fn cycle(breaker: Breaker) -> bool {
    for _ in 0..5 {
        let _ = breaker.call(|| Err::<(), u32>(black_box(1)));
    }
    breaker.clock().advance(60 * S);
    breaker.call(|| Ok::<u32, ()>(black_box(1))).is_ok()
}

library_benchmark_group!(name = calls; benchmarks = good_call, bad_call, cycle);
main!(library_benchmark_groups = calls);
