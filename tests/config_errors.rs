//! The messages of invalid settings.
#![cfg(feature = "std")]

use crate::support::{MS, S};
use std::time::Duration;
use tripword::{Backoff, CircuitBreaker, Probes, Ramp, State};

#[test]
fn an_invalid_setting_is_refused_with_its_allowed_range() {
    let builder = CircuitBreaker::builder;
    let refusals = [
        (
            builder().consecutive_failures(70_000),
            "consecutive_failures must be from 1 to 65535, not 70000",
        ),
        (builder().jitter(1.5), "jitter must be from 0 to 1, not 1.5"),
        (
            builder().jitter(f64::NAN),
            "jitter must be from 0 to 1, not NaN",
        ),
        (
            builder().probe_lease(Some(Duration::ZERO)),
            "probe_lease must be longer than zero, not 0 ms",
        ),
        (
            builder().probes(Probes::new().max_probes(300)),
            "max_probes must be from 1 to 255, not 300",
        ),
        (
            builder().probes(Probes::sample(10, 0.0)),
            "a probe sample's rate must be from 0.000001 to 1, not 0",
        ),
        (
            builder().ramp(Ramp::new(0.0, S)),
            "a ramp must begin at a share from 0.000001 to 1, not 0",
        ),
        (
            builder().ramp(Ramp::new(0.5, Duration::ZERO)),
            "a ramp must take longer than zero, not 0 ms",
        ),
        (
            builder().backoff(Backoff::exponential(2 * S, S)),
            "a backoff's cap must be at least its base, not 1.0 s",
        ),
        (
            builder().backoff(Backoff::exponential(S, 10 * S).factor(1.1)),
            "backoff must reach its cap in 15 steps: it reaches 4.2 s of 10.0 s",
        ),
        (
            builder().backoff(Backoff::exponential(S, 10 * S).factor(0.5)),
            "a backoff's factor must be from 1 to 65535, not 0.5",
        ),
        (
            builder().start(State::Recovering),
            "a breaker must start closed, open or half-open, not recovering",
        ),
    ];
    for (settings, message) in refusals {
        assert_eq!(settings.build().unwrap_err().to_string(), message);
    }
}

#[test]
fn an_invalid_window_is_refused_with_its_allowed_range() {
    let builder = CircuitBreaker::builder;
    let refusals = [
        (
            builder().last_calls(0).failures(1),
            "last_calls must be from 1 to 1512, not 0",
        ),
        (
            builder().last_calls(1_513).failures(1),
            "last_calls must be from 1 to 1512, not 1513",
        ),
        (
            builder()
                .last_calls(757)
                .slow_call_duration(S)
                .slow_call_rate(0.5),
            "last_calls must be from 1 to 756 where slow calls are judged, not 757",
        ),
        (
            builder().last_calls(10).failure_rate(0.5).minimum_calls(11),
            "minimum_calls must be from 1 to the calls of the window, not 11",
        ),
        (
            builder().last_calls(10).failures(11),
            "failures must be from 1 to the calls of the window, not 11",
        ),
        (
            builder().within(S).failures(167_772_151),
            "failures must be from 1 to 16777215 for each bucket of a window of time, not 167772151",
        ),
        (
            builder()
                .within(S)
                .buckets(2)
                .stripes(3)
                .failure_rate(0.5)
                .minimum_calls(134_217_721),
            "minimum_calls must be from 1 to what the buckets of a window of time can count, 16777215 failures and in each stripe as many successes, not 134217721",
        ),
        (
            builder()
                .within(S)
                .buckets(u32::MAX)
                .stripes(u32::MAX)
                .failure_rate(0.5)
                .minimum_calls(1),
            "buckets must be from 1 to 1024, not 4294967295",
        ),
        (
            builder().last_calls(10).failure_rate(1.5),
            "failure_rate must be from 0.000001 to 1, not 1.5",
        ),
        (
            builder().within(S).failure_rate(f64::NAN),
            "failure_rate must be from 0.000001 to 1, not NaN",
        ),
        (
            builder().within(5 * MS).failures(1),
            "within must be a whole number of milliseconds for each of its buckets (10 unless set), at most 49 days for each, not 5 ms",
        ),
        (
            builder().within(S).buckets(0).failures(1),
            "buckets must be from 1 to 1024, not 0",
        ),
        (
            builder().within(S).stripes(0).failures(1),
            "stripes must be from 1 to 255, not 0",
        ),
        (
            builder().within(S).last_calls(5).failures(1),
            "a breaker has one window: set last_calls or within, not both",
        ),
        (
            builder().failure_rate(0.5),
            "failures, failure_rate, slow_call_rate and trip_when need a window: set last_calls or within, too",
        ),
        (
            builder().last_calls(10),
            "a window needs a limit: set failures, failure_rate, slow_call_rate or trip_when, too",
        ),
        (
            builder().last_calls(10).slow_call_rate(0.5),
            "slow_call_rate needs slow_call_duration, from which on a call is slow",
        ),
        (
            builder().last_calls(10).failures(1).buckets(3),
            "buckets and stripes divide a time: set within, too",
        ),
    ];
    for (settings, message) in refusals {
        assert_eq!(settings.build().unwrap_err().to_string(), message);
    }
}
