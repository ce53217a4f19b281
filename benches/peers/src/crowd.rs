//! Many threads on one breaker, also more than there are cores: how many calls they make together,
//! and what the slowest of them meets.

use crate::call::{Breaker, Caller, pinned};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Barrier};
use std::thread::{scope, sleep};
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Copy)]
pub(crate) struct Crowd {
    /// Of all threads.
    pub(crate) calls_per_second: f64,
    /// The 99.9th percentile of the thread with the largest, in nanoseconds. Each call is timed by
    /// itself, with two readings of the clock.
    pub(crate) tail: f64,
}

/// Throughput and tail one after the other: to time each call slows down all of them.
pub(crate) fn measure<B: Breaker>(breaker: &Arc<B>, threads: usize, span: Duration) -> Crowd {
    let (calls, time) = until_over(breaker, threads, span, count);
    let (tails, _) = until_over(breaker, threads, span, tail);
    Crowd {
        calls_per_second: calls.iter().sum::<u64>() as f64 / time.as_secs_f64(),
        tail: tails.into_iter().max().unwrap_or(0) as f64,
    }
}

/// What each thread returns, and how long they had.
fn until_over<B: Breaker, T: Send>(
    breaker: &Arc<B>,
    threads: usize,
    span: Duration,
    work: impl Fn(&mut B::Caller, &AtomicBool) -> T + Sync,
) -> (Vec<T>, Duration) {
    let (barrier, over) = (Barrier::new(threads + 1), AtomicBool::new(false));
    let begin = || {
        let mut caller = breaker.caller();
        barrier.wait();
        work(&mut caller, &over)
    };
    scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(begin)).collect();
        barrier.wait();
        let start = Instant::now();
        sleep(span);
        over.store(true, Relaxed);
        let time = start.elapsed();
        let results = threads.into_iter().map(|thread| thread.join().expect("no call panics"));
        (results.collect(), time)
    })
}

/// Whether it is over is one load of a line that nothing writes until then.
fn count<C: Caller>(caller: &mut C, over: &AtomicBool) -> u64 {
    let (call, mut calls) = (pinned(), 0);
    while !over.load(Relaxed) {
        call(caller, Ok(7));
        calls += 1;
    }
    calls
}

fn tail<C: Caller>(caller: &mut C, over: &AtomicBool) -> u64 {
    let (call, mut times) = (pinned(), Histogram::new());
    while !over.load(Relaxed) {
        let start = Instant::now();
        call(caller, Ok(7));
        times.add(start.elapsed());
    }
    times.one_in_a_thousand()
}

/// Times in buckets that are 3 % wide.
struct Histogram(Vec<u32>);

impl Histogram {
    const BUCKETS: usize = 1_920;

    fn new() -> Self {
        Self(vec![0; Self::BUCKETS])
    }

    fn add(&mut self, time: Duration) {
        self.0[Self::bucket(time.as_nanos() as u64)] += 1;
    }

    /// Up to 63 one for each nanosecond, then 32 for each power of two.
    fn bucket(nanos: u64) -> usize {
        let shift = (u64::BITS - nanos.leading_zeros()).saturating_sub(6);
        32 * shift as usize + (nanos >> shift) as usize
    }

    /// The least that is in a bucket.
    fn nanos(bucket: usize) -> u64 {
        let shift = (bucket / 32).saturating_sub(1);
        ((bucket - 32 * shift) as u64) << shift
    }

    fn one_in_a_thousand(&self) -> u64 {
        let all: u64 = self.0.iter().copied().map(u64::from).sum();
        let mut above = all / 1_000;
        for (bucket, &times) in self.0.iter().enumerate().rev() {
            let Some(left) = above.checked_sub(u64::from(times)) else {
                return Self::nanos(bucket);
            };
            above = left;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_time_has_a_bucket_that_is_3_percent_wide() {
        for nanos in (0..100_000).chain([1 << 40, u64::MAX]) {
            let bucket = Histogram::bucket(nanos);
            let least = Histogram::nanos(bucket);
            assert!(least <= nanos && nanos - least <= nanos / 32, "{nanos}");
            assert!(bucket < Histogram::BUCKETS);
        }
    }

    #[test]
    fn one_in_a_thousand_is_slower() {
        let mut times = Histogram::new();
        for nanos in 0..10_000 {
            times.add(Duration::from_nanos(if nanos % 1_000 == 7 { 1 << 20 } else { 40 }));
        }
        assert_eq!(times.one_in_a_thousand(), 40);
        times.add(Duration::from_nanos(1 << 20));
        assert_eq!(times.one_in_a_thousand(), 1 << 20);
    }
}
