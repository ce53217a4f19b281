//! The accesses of each kind of call to shared words, in order, and how often it reads the clock.

use super::{Access, AccessKind, Accesses, counted, traced};
use crate::raw::{Engine, Word};
use crate::window::time::thread::thread_number;
use crate::{Builder, CircuitBreaker, Clock, Mode, Nanos, Outcome};
use core::cell::Cell;
use core::ops::Deref;
use core::time::Duration;
use std::format;
use std::string::{String, ToString};
use std::thread;
use std::vec::Vec;

const S: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// A clock that counts its readings, and is no shared word.
#[derive(Default)]
struct Counted {
    now: Cell<Duration>,
    readings: Cell<u32>,
}

impl Clock for Counted {
    fn now(&self) -> Nanos {
        self.readings.set(self.readings.get() + 1);
        Nanos::from_duration(self.now.get())
    }
}

type Breaker = CircuitBreaker<Counted>;

/// A breaker that begins with a cache line, as in a table of them.
#[repr(align(64))]
struct Aligned(Breaker);

impl Deref for Aligned {
    type Target = Breaker;

    fn deref(&self) -> &Breaker {
        &self.0
    }
}

/// Closed, after as many good calls as fill any window here.
fn warm(builder: Builder) -> Aligned {
    let clock = Counted::default();
    clock.now.set(100 * S + MS);
    let breaker = builder.jitter(0.0).build_with(clock).expect("valid settings");
    for _ in 0..500 {
        breaker.try_acquire().expect("closed").success();
    }
    Aligned(breaker)
}

/// Loads, stores, swaps, and readings of the clock.
fn cost(breaker: &Breaker, work: impl FnOnce(&Breaker)) -> [u32; 4] {
    breaker.clock().readings.set(0);
    let ((), done) = counted(|| work(breaker));
    let Accesses { loads, stores, swaps } = done;
    [loads, stores, swaps, breaker.clock().readings.get()]
}

/// The accesses in order: `load 0` is a load of the line that was used first.
fn trace(breaker: &Breaker, work: impl FnOnce(&Breaker)) -> Vec<String> {
    let ((), done) = traced(|| work(breaker));
    done.into_iter().map(shown).collect()
}

fn shown(Access { kind, line }: Access) -> String {
    let kind = match kind {
        AccessKind::Load => "load",
        AccessKind::Store => "store",
        AccessKind::Swap => "swap",
    };
    format!("{kind} {line}")
}

fn good(breaker: &Breaker) {
    assert!(breaker.call(|| Ok::<_, ()>(())).is_ok());
}

fn bad(breaker: &Breaker) {
    assert!(breaker.call(|| Err::<(), _>(())).is_err());
}

fn refused(breaker: &Breaker) {
    assert!(breaker.try_acquire().is_err());
}

fn consecutive() -> Builder {
    Builder::new().consecutive_failures(5)
}

fn last_calls() -> Builder {
    Builder::new().last_calls(100).failure_rate(0.5)
}

fn within() -> Builder {
    Builder::new().within(10 * S).stripes(1).failure_rate(0.5)
}

#[test]
fn a_healthy_call_writes_nothing_and_reads_no_clock() {
    assert_eq!(cost(&warm(consecutive()), good), [2, 0, 0, 0]);
    assert_eq!(cost(&warm(last_calls()), good), [3, 0, 0, 0]);
    assert_eq!(cost(&warm(consecutive().live()), good), [2, 0, 0, 0]);
    assert_eq!(cost(&warm(last_calls().live()), good), [3, 0, 0, 0]);
    assert_eq!(cost(&warm(last_calls().consecutive_failures(5)), good), [3, 0, 0, 0]);
}

#[test]
fn a_healthy_call_whose_time_is_judged_reads_the_clock_at_each_end() {
    let builder = last_calls().slow_call_duration(S).slow_call_rate(0.5);
    assert_eq!(cost(&warm(builder), good), [4, 0, 0, 2]);
}

#[test]
fn a_good_call_that_has_to_be_written_takes_one_swap() {
    let breaker = warm(last_calls());
    bad(&breaker);
    assert_eq!(cost(&breaker, good), [4, 0, 1, 0]);
    assert_eq!(cost(&warm(within()), good), [5, 0, 1, 1]);
}

#[test]
fn a_healthy_call_loads_one_line() {
    assert_eq!(trace(&warm(consecutive()), good), ["load 0", "load 0"]);
    assert_eq!(trace(&warm(last_calls()), good), ["load 0", "load 0", "load 0"]);
}

#[test]
fn what_is_loaded_on_the_way_to_a_swap_is_on_its_line_or_on_one_that_is_only_read() {
    let breaker = warm(last_calls());
    bad(&breaker);
    assert_eq!(trace(&breaker, good), ["load 0", "load 0", "load 0", "load 0", "swap 0"]);
    assert_eq!(
        trace(&warm(within()), good),
        ["load 0", "load 0", "load 0", "load 0", "load 1", "swap 1"]
    );
}

#[test]
fn a_thread_with_a_stripe_of_its_own_stores_once_and_swaps_nothing() {
    let breaker = warm(within().stripes(4));
    assert_eq!(cost(&breaker, good), [7, 1, 0, 1]);
    let trace = trace(&breaker, good);
    let (last, loads) = trace.split_last().expect("not empty");
    assert!(last.starts_with("store") && loads.iter().all(|access| access.starts_with("load")));
}

/// Swaps of a good call that ends at `now`.
fn swaps(breaker: &CircuitBreaker<()>, now: Duration) -> u32 {
    let now = || Nanos::from_duration(now);
    let _ = thread_number();
    let (decision, _) = breaker.engine().admit(&now);
    let admission = decision.admission().expect("closed");
    let (_, done) = counted(|| breaker.engine().settle(admission, Outcome::Success, &now));
    done.swaps
}

#[test]
fn owners_that_count_no_more_keep_no_thread_from_a_stripe() {
    let breaker = within().stripes(2).build_with(()).expect("valid settings");
    // A stripe is taken by a swap, and renewed by one in each bucket; so is a count for all.
    let on_a_thread = |now, expected: [u32; 2]| {
        let count = || [swaps(&breaker, now), swaps(&breaker, now)];
        let found = thread::scope(|scope| scope.spawn(count).join());
        assert_eq!(found.expect("no panic"), expected, "{now:?}");
    };
    // Threads are numbered in turn, other tests draw numbers as well: enough for both stripes.
    for _ in 0..100 {
        let _ = thread::scope(|scope| scope.spawn(|| swaps(&breaker, 100 * S)).join());
    }
    on_a_thread(100 * S, [1, 1]);
    on_a_thread(110 * S, [1, 1]);
    on_a_thread(112 * S, [1, 0]);
    assert_eq!(breaker.engine().snapshot(&|| Nanos::from_duration(112 * S)).counts.calls, 4);
}

#[test]
fn a_trace_within_a_trace_is_its_own() {
    let breaker = warm(consecutive());
    let (inner, outer) = traced(|| trace(&breaker, good));
    assert_eq!(inner, ["load 0", "load 0"]);
    assert_eq!(outer, []);
}

#[test]
fn a_bad_call_takes_one_swap_a_word() {
    assert_eq!(cost(&warm(consecutive()), bad), [2, 0, 1, 0]);
    assert_eq!(cost(&warm(last_calls()), bad), [9, 0, 1, 0]);
    assert_eq!(cost(&warm(within()), bad), [24, 0, 1, 1]);
}

#[test]
fn a_refusal_writes_nothing_and_reads_the_clock_once_at_most() {
    let breaker = warm(consecutive());
    breaker.trip_for(S);
    assert_eq!(cost(&breaker, refused), [2, 0, 0, 1]);
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(cost(&breaker, refused), [3, 0, 0, 0]);
}

#[test]
fn a_transition_takes_one_swap_and_one_for_each_note() {
    let breaker = warm(consecutive());
    assert_eq!(cost(&breaker, |b| b.trip()), [5, 0, 3, 1]);
    assert_eq!(cost(&breaker, |b| b.reset()), [5, 0, 3, 1]);
}

#[test]
fn reading_writes_nothing() {
    for builder in [consecutive(), last_calls(), within()] {
        let breaker = warm(builder);
        let [loads, writes @ .., readings] = cost(&breaker, |b| drop(b.snapshot().to_string()));
        assert!(loads > 0 && writes == [0, 0] && readings == 1);
        assert_eq!(cost(&breaker, |b| assert_eq!(b.mode(), Mode::Normal)), [1, 0, 0, 0]);
    }
}

/// Each word is a bucket newer than the one before it.
#[test]
fn a_sum_over_damaged_buckets_reads_each_of_them_a_few_times() {
    let window = Builder::new().within(1_024 * MS).buckets(1_024).stripes(16);
    let config = window.trip_when(|_| false).config().expect("valid settings");
    let words: Vec<_> = (0..config.words()).map(|_| Word::new()).collect();
    for (bucket, word) in (1_u64..).zip(&words[5..]) {
        word.damage(|_| bucket << 24 | 1);
    }
    let engine = Engine::new(&config, &words).expect("enough words");
    let (snapshot, done) = counted(|| engine.snapshot(&|| Nanos::ZERO));
    assert!(snapshot.counts.calls > 0);
    let most = 20 * words.len();
    assert!((done.loads as usize) < most, "{} of {most}", done.loads);
}
