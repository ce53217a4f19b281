//! The counts of both windows, the limits on them, and the text of a verdict.
#![cfg(feature = "std")]

use crate::support::{MS, ManualBreaker, S, breaker, fail, succeed};
use std::cell::RefCell;
use std::time::Duration;
use tripword::{
    Backoff, Builder, Cause, CircuitBreaker, Counts, ManualClock, Mode, Nanos, Outcome, Probes,
    Ramp, State, TripCause,
};

fn counts(breaker: &ManualBreaker<'_>) -> (u32, u32, u32) {
    let Counts { calls, failures, slow_calls, .. } = breaker.snapshot().counts;
    (calls, failures, slow_calls)
}

fn slow(breaker: &ManualBreaker<'_>, calls: u32) {
    for _ in 0..calls {
        let permit = breaker.try_acquire().expect("admitted");
        permit.settle_elapsed(Outcome::Success, S + Duration::from_nanos(1));
    }
}

/// Each rate is written as a division: 2 / 3 is met by 2 failures of 3.
#[test]
fn a_rate_of_k_divided_by_n_opens_at_the_kth_failure_of_n() {
    let clock = ManualClock::new();
    for n in 1..=60 {
        for k in 1..=n {
            let rate = f64::from(k) / f64::from(n);
            let breaker = breaker(&clock, |b| b.last_calls(n).minimum_calls(n).failure_rate(rate));
            succeed(&breaker, n - k);
            fail(&breaker, k - 1);
            assert_eq!(breaker.state(), State::Closed, "{} of {n}", k - 1);
            fail(&breaker, 1);
            assert_eq!(breaker.state(), State::Open, "{k} of {n}");
            let message = breaker.snapshot().to_string();
            assert!(message.contains(&format!("{k} of {n} calls failed")), "{message}");
        }
    }
}

#[test]
fn the_last_calls_are_counted_exactly() {
    for n in [1, 2, 23, 24, 25, 47, 48, 49, 100, 1_512] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b.last_calls(n).trip_when(|_| false));
        fail(&breaker, n);
        assert_eq!(counts(&breaker), (n, n, 0), "{n}");
        for good in 1..=n {
            succeed(&breaker, 1);
            assert_eq!(counts(&breaker), (n, n - good, 0), "{n}");
        }
        fail(&breaker, 1);
        assert_eq!(counts(&breaker), (n, 1, 0), "{n}");
    }
}

#[test]
fn a_window_of_calls_counts_up_to_its_size() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(100).trip_when(|_| false));
    for calls in 1..=100 {
        succeed(&breaker, 1);
        assert_eq!(counts(&breaker), (calls, 0, 0));
    }
    succeed(&breaker, 1_000);
    assert_eq!(counts(&breaker), (100, 0, 0));
}

#[test]
fn a_long_healthy_time_hides_no_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(100).failures(2));
    succeed(&breaker, 100_000);
    fail(&breaker, 1);
    succeed(&breaker, 99);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed, "the first is 100 calls ago");
    succeed(&breaker, 98);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_rate_trips_at_its_limit_and_its_cause_has_the_figures() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(20).failure_rate(0.5).minimum_calls(20));
    succeed(&breaker, 8);
    fail(&breaker, 11);
    assert_eq!(breaker.state(), State::Closed, "19 calls are too few");
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
    let cause =
        Cause::Tripped(TripCause::FailureRate { failures: 12, calls: 20, limit_ppm: 500_000 });
    assert_eq!(breaker.snapshot().cause, Some(cause));
    assert_eq!(
        breaker.snapshot().to_string(),
        "open for 30.0 s more; tripped by 12 of 20 calls failed (60 %, limit 50 %)"
    );
}

#[test]
fn a_success_never_opens_the_circuit() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).failure_rate(0.5).minimum_calls(10));
    fail(&breaker, 9);
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed, "nine of ten, but by a success");
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn failures_are_counted_from_the_first_call_on() {
    let clock = ManualClock::new();
    let breaker =
        breaker(&clock, |b| b.last_calls(100).failures(2).failure_rate(1.0).minimum_calls(100));
    fail(&breaker, 2);
    assert_eq!(
        breaker.snapshot().cause.map(|cause| cause.to_string()),
        Some("tripped by 2 of 2 calls failed (limit 2)".into())
    );
}

#[test]
fn a_call_is_slow_if_it_takes_longer_than_the_limit() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.last_calls(10).slow_call_duration(S).slow_call_rate(0.5).minimum_calls(4)
    });
    for _ in 0..2 {
        let permit = breaker.try_acquire().unwrap();
        clock.advance(S);
        permit.success();
    }
    assert_eq!(counts(&breaker), (2, 0, 0), "exactly as long is not slow");
    for slow_calls in 1..=2 {
        assert_eq!(breaker.state(), State::Closed);
        let permit = breaker.try_acquire().unwrap();
        clock.advance(S + Duration::from_nanos(1));
        permit.success();
        if slow_calls == 1 {
            assert_eq!(counts(&breaker), (3, 0, 1));
        }
    }
    assert_eq!(
        breaker.snapshot().cause.map(|cause| cause.to_string()),
        Some("tripped by 2 of 4 calls were slow (50 %, limit 50 %)".into())
    );
}

#[test]
fn a_call_that_is_slow_and_failed_counts_as_both() {
    let clock = ManualClock::new();
    for window in [(|b| b.last_calls(750)) as fn(Builder) -> Builder, |b| b.within(10 * S)] {
        let breaker = breaker(&clock, |b| window(b).slow_call_duration(S).trip_when(|_| false));
        let permit = breaker.try_acquire().unwrap();
        permit.settle_elapsed(Outcome::Failure, 2 * S);
        slow(&breaker, 1);
        fail(&breaker, 1);
        succeed(&breaker, 1);
        assert_eq!(counts(&breaker), (4, 2, 2));
    }
}

#[test]
fn a_slow_probe_is_a_failed_one() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(0.5));
    breaker.half_open();
    slow(&breaker, 1);
    let end = breaker.snapshot();
    assert_eq!((end.state, end.cause), (State::Open, Some(Cause::ProbesSlow)));
    assert!(end.to_string().ends_with("; a probe was too slow"), "{end}");
    assert_eq!(Cause::ProbesSlow.label(), "probes_slow");
}

/// The last of them decides what is said.
#[test]
fn of_slow_and_failed_probes_the_cause_is_that_of_the_last() {
    for (slow_last, cause) in [(true, Cause::ProbesSlow), (false, Cause::ProbesFailed)] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| {
            b.last_calls(10)
                .slow_call_duration(S)
                .trip_when(|counts| counts.slow_calls > 5)
                .probes(Probes::new().failures_to_open(2))
        });
        breaker.half_open();
        if slow_last {
            fail(&breaker, 1);
            slow(&breaker, 1);
        } else {
            slow(&breaker, 1);
            let permit = breaker.try_acquire().unwrap();
            permit.settle_elapsed(Outcome::Failure, 2 * S);
        }
        assert_eq!(breaker.snapshot().cause, Some(cause));
    }
}

/// Slow calls that no limit judges: the circuit would never close again.
#[test]
fn a_slow_probe_closes_a_circuit_that_no_slow_call_opens() {
    let settings: [fn(Builder) -> Builder; 3] = [
        |b| b.consecutive_failures(3),
        |b| b.last_calls(10).failures(3),
        |b| b.within(10 * S).failure_rate(0.5),
    ];
    for settings in settings {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| settings(b).slow_call_duration(S));
        slow(&breaker, 20);
        assert_eq!(breaker.state(), State::Closed);
        breaker.half_open();
        slow(&breaker, 1);
        assert_eq!(breaker.state(), State::Closed);
        breaker.half_open();
        fail(&breaker, 1);
        assert_eq!(breaker.snapshot().cause, Some(Cause::ProbesFailed));
    }
}

#[test]
fn an_outcome_as_old_as_the_window_does_not_count() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.within(10 * S).trip_when(|_| false));
    fail(&breaker, 1);
    clock.advance(10 * S - Duration::from_nanos(1));
    assert_eq!(counts(&breaker), (1, 1, 0));
    clock.advance(Duration::from_nanos(1));
    assert_eq!(counts(&breaker), (0, 0, 0));
}

#[test]
fn an_outcome_younger_than_the_window_less_a_bucket_counts() {
    let clock = ManualClock::at(Nanos::from_millis(999));
    let breaker = breaker(&clock, |b| b.within(10 * S).trip_when(|_| false));
    fail(&breaker, 1);
    clock.advance(9 * S);
    assert_eq!(counts(&breaker).1, 1);
    clock.advance(MS);
    assert_eq!(counts(&breaker).1, 0, "its bucket has left");
}

#[test]
fn after_an_idle_time_of_any_length_nothing_old_counts() {
    for idle in [10 * S, 11 * S, 20 * S, 60 * S, 3_600 * S, 86_400 * 365 * S] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| b.within(10 * S).failures(3));
        fail(&breaker, 2);
        clock.advance(idle);
        assert_eq!(counts(&breaker), (0, 0, 0), "{idle:?}");
        fail(&breaker, 2);
        assert_eq!(breaker.state(), State::Closed, "{idle:?}");
        fail(&breaker, 1);
        assert_eq!(breaker.state(), State::Open, "{idle:?}");
    }
}

#[test]
fn a_window_shorter_than_a_second_works() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.within(900 * MS).failure_rate(0.5).minimum_calls(10));
    succeed(&breaker, 1_000);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed);
}

#[test]
fn failures_of_a_generation_that_is_over_do_not_count_in_the_next() {
    for window in [(|b| b.last_calls(100)) as fn(Builder) -> Builder, |b| b.within(100 * S)] {
        let clock = ManualClock::new();
        let breaker = breaker(&clock, |b| window(b).failures(3));
        let stale = breaker.try_acquire().unwrap();
        fail(&breaker, 3);
        assert_eq!(breaker.state(), State::Open);
        assert_eq!(counts(&breaker), (0, 0, 0), "empty while open");
        breaker.close();
        stale.failure();
        fail(&breaker, 2);
        assert_eq!(counts(&breaker), (2, 2, 0));
        assert_eq!(breaker.state(), State::Closed);
    }
}

#[test]
fn the_window_counts_on_the_ramp_and_keeps_its_counts_when_the_ramp_is_complete() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).failures(2).ramp(Ramp::new(1.0, 60 * S)));
    breaker.half_open();
    succeed(&breaker, 1);
    fail(&breaker, 1);
    clock.advance(61 * S);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn several_policies_work_together_and_the_first_that_trips_is_the_cause() {
    let clock = ManualClock::new();
    let both =
        |b: Builder| b.consecutive_failures(3).last_calls(10).failure_rate(0.5).minimum_calls(10);
    let breaker = breaker(&clock, both);
    fail(&breaker, 3);
    let cause = Cause::Tripped(TripCause::ConsecutiveFailures(3));
    assert_eq!(breaker.snapshot().cause, Some(cause));
    breaker.close();
    for _ in 0..5 {
        succeed(&breaker, 1);
        fail(&breaker, 1);
    }
    let cause =
        Cause::Tripped(TripCause::FailureRate { failures: 5, calls: 10, limit_ppm: 500_000 });
    assert_eq!(breaker.snapshot().cause, Some(cause));
}

#[test]
fn consecutive_failures_are_off_where_only_a_window_is_judged() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(100).failures(100));
    fail(&breaker, 99);
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().consecutive_failure_limit, 0);
}

#[test]
fn trip_when_judges_the_counts() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.within(60 * S).trip_when(|counts| counts.failures > counts.successes())
    });
    succeed(&breaker, 2);
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker, 1);
    assert_eq!(
        breaker.snapshot().cause.map(|cause| cause.to_string()),
        Some("tripped by trip_when (5 calls, 3 failed)".into())
    );
}

#[test]
fn ignored_and_untracked_calls_are_not_counted() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).trip_when(|_| false));
    breaker.try_acquire().unwrap().ignore();
    drop(breaker.try_acquire());
    breaker.set_mode(Mode::ForceClosed);
    fail(&breaker, 3);
    assert_eq!(counts(&breaker), (0, 0, 0));
}

/// Four words that every breaker has; a hint; a row of failures and one of successes. With stripes,
/// each is two cache lines apart from the others and from the rest.
#[test]
fn the_words_of_a_window_of_time_are_counted() {
    let words = |settings: fn(Builder) -> Builder| {
        let builder = settings(Builder::new().within(10 * S).failures(1));
        builder.config().expect("valid settings").words()
    };
    assert_eq!(words(|b| b.buckets(10)), 4 + 1 + 10 + 10);
    let slow = words(|b| b.buckets(10).slow_call_duration(S).slow_call_rate(1.0));
    assert_eq!(slow, 4 + 1 + 10 + 10 + 10);
    let striped = words(|b| b.buckets(10).stripes(3));
    // Three threads, rounded up, have ten buckets and three words more each.
    assert_eq!(striped, 4 + 1 + 10 + 10 + 4 * (16 + 16));
}

#[test]
fn stripes_count_together() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.within(10 * S).stripes(16).trip_when(|_| false));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| succeed(&breaker, 1_000));
        }
    });
    fail(&breaker, 1);
    assert_eq!(counts(&breaker), (8_001, 1, 0));
}

#[test]
fn threads_by_the_hundred_that_come_and_go_are_counted() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.within(10 * S).stripes(4).trip_when(|_| false));
    for second in 0..10 {
        for _ in 0..30 {
            std::thread::scope(|scope| {
                for _ in 0..3 {
                    scope.spawn(|| succeed(&breaker, 7));
                }
            });
        }
        assert_eq!(counts(&breaker), (630 * (second + 1), 0, 0));
        clock.advance(S);
    }
    assert_eq!(counts(&breaker), (9 * 630, 0, 0));
}

/// Calls when its thread ends, after the other values of the thread are gone.
struct CallsAtTheEnd(std::sync::Arc<CircuitBreaker<()>>);

impl Drop for CallsAtTheEnd {
    fn drop(&mut self) {
        record_at_zero(&self.0);
    }
}

fn record_at_zero(breaker: &CircuitBreaker<()>) {
    let now = || Nanos::ZERO;
    let (decision, _) = breaker.engine().admit(&now);
    let admission = decision.admission().expect("closed");
    breaker.engine().settle(admission, Outcome::Success, &now);
}

#[test]
fn a_call_from_the_destructor_of_a_value_of_the_thread_is_counted() {
    thread_local! {
        static LAST: RefCell<Option<CallsAtTheEnd>> = const { RefCell::new(None) };
    }
    let settings = Builder::new().within(10 * S).stripes(2).trip_when(|_| false);
    let breaker = std::sync::Arc::new(settings.build_with(()).expect("valid settings"));
    let shared = breaker.clone();
    let thread = std::thread::spawn(move || {
        LAST.set(Some(CallsAtTheEnd(shared.clone())));
        record_at_zero(&shared);
    });
    thread.join().expect("no panic");
    assert_eq!(breaker.engine().snapshot(&|| Nanos::ZERO).counts.calls, 2);
}

#[test]
fn a_clock_that_steps_back_by_up_to_four_windows_keeps_the_newer_calls() {
    let clock = ManualClock::at(Nanos::from_millis(100_000));
    let breaker = breaker(&clock, |b| b.within(10 * S).buckets(10).trip_when(|_| false));
    fail(&breaker, 1);
    clock.set(Nanos::from_millis(60_000));
    fail(&breaker, 1);
    assert_eq!(counts(&breaker), (1, 1, 0), "the first, as of its time");
    // Further back is so far ahead that it must be old; the same bucket counts anew.
    clock.set(Nanos::from_millis(50_000));
    fail(&breaker, 2);
    assert_eq!(counts(&breaker), (2, 2, 0));
}

/// Stamps come round here; a word without a count stands at stamp zero, which is just ahead.
#[test]
fn a_bucket_that_was_never_written_is_not_a_newer_one() {
    let clock = ManualClock::at(Nanos::from_millis((1 << 40) - 2));
    let breaker = breaker(&clock, |b| b.within(2 * MS).buckets(2).trip_when(|_| false));
    fail(&breaker, 1);
    succeed(&breaker, 1);
    assert_eq!(counts(&breaker), (2, 1, 0));
}

#[test]
fn a_clock_that_steps_back_drops_calls_and_breaks_nothing() {
    let clock = ManualClock::at(Nanos::from_millis(100_000));
    let breaker = breaker(&clock, |b| b.within(10 * S).failures(3));
    fail(&breaker, 1);
    clock.set(Nanos::from_millis(99_000));
    fail(&breaker, 1);
    clock.set(Nanos::from_millis(90_000));
    fail(&breaker, 1);
    let _ = (counts(&breaker), breaker.state());
    clock.set(Nanos::from_millis(200_000));
    assert_eq!(counts(&breaker), (0, 0, 0));
}

#[test]
fn a_full_bucket_counts_no_further_and_still_expires() {
    // 2^24 - 1 calls fill a bucket; later ones are not counted in it, so the rate of a fuller bucket
    // is that of its first 16.7 million calls.
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.within(10 * S).trip_when(|_| false));
    succeed(&breaker, (1 << 24) + 5);
    assert_eq!(counts(&breaker), ((1 << 24) - 1, 0, 0));
    fail(&breaker, 1);
    assert_eq!(counts(&breaker), (1 << 24, 1, 0));
    clock.advance(10 * S);
    assert_eq!(counts(&breaker), (0, 0, 0));
}

#[test]
fn limits_may_be_as_large_as_the_window_of_time() {
    let builder = CircuitBreaker::builder;
    let failures = builder().within(S).failures(167_772_150);
    assert!(failures.config().is_ok());
    let striped = builder().within(S).buckets(2).stripes(3);
    let minimum = striped.failure_rate(0.5).minimum_calls(134_217_720);
    assert!(minimum.config().is_ok());
}

#[test]
fn backoff_probes_and_windows_work_together() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.within(10 * S)
            .failure_rate(0.5)
            .minimum_calls(2)
            .backoff(Backoff::exponential(S, 4 * S))
            .probes(Probes::sample(4, 0.5))
    });
    fail(&breaker, 2);
    clock.advance(S);
    succeed(&breaker, 2);
    fail(&breaker, 2);
    assert_eq!(breaker.try_acquire().unwrap_err().retry_after(), Some(2 * S));
}

#[test]
fn a_clock_that_steps_back_and_ahead_leaves_no_more_slow_calls_than_calls() {
    let clock = ManualClock::at(Nanos::from_millis(100_000));
    let breaker = breaker(&clock, |b| {
        b.within(10 * MS).slow_call_duration(MS).slow_call_rate(1.0).minimum_calls(100)
    });
    for _ in 0..3 {
        let permit = breaker.try_acquire().expect("closed");
        permit.settle_elapsed(Outcome::Success, S);
    }
    clock.set(Nanos::from_millis(99_000));
    let permit = breaker.try_acquire().expect("closed");
    permit.settle_elapsed(Outcome::Success, Duration::ZERO);
    clock.set(Nanos::from_millis(100_000));
    let counts = breaker.snapshot().counts;
    assert!(counts.slow_calls <= counts.calls, "{counts:?}");
}

#[test]
fn rates_are_shares_of_all_calls() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.last_calls(10).slow_call_duration(S).slow_call_rate(1.0));
    assert_eq!(breaker.snapshot().counts.slow_call_rate(), 0.0, "no calls");
    for took in [0, 0, 2, 0] {
        let permit = breaker.try_acquire().unwrap();
        clock.advance(took * S);
        permit.success();
    }
    breaker.try_acquire().unwrap().failure();
    let counts = breaker.snapshot().counts;
    assert_eq!((counts.calls, counts.successes()), (5, 4));
    assert_eq!((counts.failure_rate(), counts.slow_call_rate()), (0.2, 0.2));
}
