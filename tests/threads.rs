//! Many threads on one breaker, counted.
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "the tests count with atomics of their own")]

mod support;

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use support::{ManualBreaker, S, breaker, succeed};
use tripword::{ManualClock, Observer, Probes, State, Transition};

const THREADS: usize = 64;
/// PowerPC is emulated, and a tenth as long there.
const PARTS: usize = if cfg!(target_arch = "powerpc") { 10 } else { 1 };
const ROUNDS: usize = 10_000 / PARTS;
const OUTCOMES: u32 = 10_000_000 / PARTS as u32;
const ALLOWED: usize = 3;

/// Waits for all threads, lets one of them run `work` alone, and waits for all again.
fn alone(barrier: &Barrier, work: impl FnOnce()) {
    if barrier.wait().is_leader() {
        work();
    }
    barrier.wait();
}

#[test]
fn half_open_admits_exactly_the_allowed_probes_in_every_round() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(ALLOWED as u32).successes_to_close(ALLOWED as u32);
    let breaker = breaker(&clock, |b| b.open_duration(S).probes(probes));
    let (barrier, admitted) = (Barrier::new(THREADS), AtomicUsize::new(0));
    let right_rounds = AtomicUsize::new(0);
    let play = || {
        for _ in 0..ROUNDS {
            alone(&barrier, || {
                breaker.trip();
                clock.advance(S);
            });
            let probe = breaker.try_acquire().ok();
            admitted.fetch_add(usize::from(probe.is_some()), Relaxed);
            alone(&barrier, || {
                let right = admitted.swap(0, Relaxed) == ALLOWED;
                right_rounds.fetch_add(usize::from(right), Relaxed);
            });
            drop(probe);
        }
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(play);
        }
    });
    assert_eq!(right_rounds.into_inner(), ROUNDS);
}

/// Counts transitions.
#[derive(Default)]
struct Count(AtomicUsize);

impl Observer for Count {
    fn on_transition(&self, _: &Transition) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn every_transition_is_notified_once() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1)).observed_by(Count::default());
    let churn = || {
        for step in 0..20_000 {
            match breaker.try_acquire() {
                Ok(permit) if step % 3 == 0 => permit.failure(),
                Ok(permit) => permit.success(),
                Err(_) => clock.advance(10 * S),
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(churn);
        }
    });
    let transitions = breaker.observer().0.load(Relaxed);
    assert_eq!(
        usize::from(breaker.snapshot().generation),
        transitions % 65_536,
        "as many transitions as generations"
    );
}

#[test]
fn the_breaker_recovers_from_any_mix_of_operations_of_many_threads() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    thread::scope(|scope| {
        for seed in 0..8_u32 {
            let (breaker, clock) = (&breaker, &clock);
            scope.spawn(move || {
                for step in 0..5_000_u32 {
                    match (step.wrapping_mul(2_654_435_761) ^ seed) % 11 {
                        0 => breaker.trip(),
                        1 => breaker.half_open(),
                        2 => clock.advance(S),
                        3 => std::mem::forget(breaker.try_acquire()),
                        4 => breaker.reset(),
                        even if even % 2 == 0 => drop(breaker.try_acquire()),
                        _ => drop(breaker.call(|| Err::<(), _>(()))),
                    }
                }
            });
        }
    });
    for _ in 0..3 {
        clock.advance(62 * S);
        let _ = breaker.call(|| Ok::<_, ()>(()));
    }
    assert_eq!(breaker.state(), State::Closed);
}

/// Each of eight threads records its share of the outcomes, every tenth of them a failure.
fn record_millions(breaker: &ManualBreaker<'_>) {
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for call in 0..OUTCOMES / 8 {
                    let permit = breaker.try_acquire().expect("closed");
                    match call % 10 {
                        0 => permit.failure(),
                        _ => permit.success(),
                    }
                }
            });
        }
    });
}

#[test]
fn millions_of_outcomes_of_eight_threads_are_counted_to_the_unit_over_a_time() {
    for stripes in [1, 4] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b.within(10 * S).stripes(stripes).trip_when(|_| false));
        record_millions(&breaker);
        let counts = breaker.snapshot().counts;
        assert_eq!((counts.calls, counts.failures), (OUTCOMES, OUTCOMES / 10));
        assert_eq!(breaker.snapshot().generation, 0);
    }
}

#[test]
fn millions_of_outcomes_of_eight_threads_leave_the_newest_in_a_window_of_calls() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(1_512).trip_when(|_| false));
    record_millions(&breaker);
    let counts = breaker.snapshot().counts;
    assert_eq!(counts.calls, 1_512);
    for good in 0..1_512 {
        succeed(&breaker, 1);
        let left = breaker.snapshot().counts;
        assert_eq!(left.calls, 1_512);
        assert!(left.failures <= counts.failures && counts.failures - left.failures <= good + 1);
    }
    assert_eq!(breaker.snapshot().counts.failures, 0);
}

#[test]
fn threads_that_reach_the_limit_together_trip_the_breaker_once() {
    let policies: [fn(tripword::Builder) -> tripword::Builder; 4] = [
        |b| b.consecutive_failures(8),
        |b| b.last_calls(100).failures(8),
        |b| b.within(10 * S).failures(8),
        |b| b.within(10 * S).stripes(4).failure_rate(1.0).minimum_calls(8),
    ];
    for policy in policies {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, policy).observed_by(Count::default());
        let barrier = Barrier::new(8);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..500 {
                        let permit = breaker.try_acquire().expect("closed");
                        barrier.wait();
                        permit.failure();
                        alone(&barrier, || breaker.reset());
                    }
                });
            }
        });
        let transitions = breaker.observer().0.load(Relaxed);
        assert_eq!(transitions, 2 * 500, "one trip and one reset a round");
    }
}
