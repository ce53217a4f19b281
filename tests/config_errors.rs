//! Errors of settings: each names its setting, and shows exactly what was given.

use proptest::prelude::*;
use std::time::Duration;
use tripword::{Backoff, Builder, ConfigError, Probes, Ramp, State};

const S: Duration = Duration::from_secs(1);

fn error(builder: Builder) -> ConfigError {
    builder.config().expect_err("invalid settings")
}

#[test]
fn every_rule_has_a_message_with_its_numbers() {
    let window = Builder::new().last_calls(10).failures(3);
    let time = Builder::new().within(10 * S).failures(3);
    let exponential = |base, cap| Builder::new().backoff(Backoff::exponential(base, cap));
    let probes = |probes| Builder::new().probes(probes);
    for (builder, message) in [
        (
            Builder::new().consecutive_failures(65_536),
            "consecutive_failures must be from 1 to 65535, not 65536",
        ),
        (window.failures(11), "failures (11) must be at most the window's last_calls (10)"),
        (window.failures(0), "failures must be from 1 to 10, not 0"),
        (
            window.failure_rate(0.5).minimum_calls(20),
            "minimum_calls (20) must be at most the window's last_calls (10)",
        ),
        (
            time.failures(167_772_151),
            "failures (167772151) must be at most what the window's buckets can count (167772150)",
        ),
        (
            time.failure_rate(0.5).minimum_calls(335_544_301),
            "minimum_calls (335544301) must be at most what the window's buckets can count (335544300)",
        ),
        (
            Builder::new().last_calls(100).failure_rate(50.0),
            "failure_rate must be from 0.000001 to 1, not 50",
        ),
        (
            window.slow_call_duration(S).slow_call_rate(0.0),
            "slow_call_rate must be from 0.000001 to 1, not 0",
        ),
        (window.slow_call_rate(0.5), "slow_call_rate requires slow_call_duration"),
        (
            window.slow_call_duration(Duration::ZERO),
            "slow_call_duration must be longer than zero, not 0 s",
        ),
        (
            window.slow_call_duration(Duration::MAX),
            "slow_call_duration (18446744073709551615.999999999 s) must be at most 18446744073.709551614 s",
        ),
        (window.last_calls(1_513), "last_calls must be from 1 to 1512, not 1513"),
        (
            window.last_calls(757).slow_call_duration(S),
            "last_calls (757) must be at most what a window with slow_call_duration holds (756)",
        ),
        (window.window_room(9), "window_room must be from 10 to 1512, not 9"),
        (window.window_room(1_513), "window_room must be from 10 to 1512, not 1513"),
        (time.window_room(100), "window_room requires last_calls"),
        (time.buckets(1_025), "buckets must be from 1 to 1024, not 1025"),
        (time.stripes(0), "stripes must be from 1 to 128, not 0"),
        (
            time.within(S).buckets(7),
            "within (1 s) must divide evenly into 7 buckets of whole milliseconds, such as 1.001 s",
        ),
        (
            time.within(15 * S + Duration::from_micros(1)).buckets(1),
            "within (15.000001 s) must divide evenly into 1 buckets of whole milliseconds, such as 15.001 s",
        ),
        (time.within(Duration::ZERO), "within must be longer than zero, not 0 s"),
        (
            time.within(Duration::from_millis(42_949_672_951)),
            "within (42949672.951 s) must be at most 42949672.95 s",
        ),
        (window.within(S), "last_calls excludes within: set one of them, not both"),
        (window.minimum_calls(5), "minimum_calls requires failure_rate or slow_call_rate"),
        (
            time.consecutive_failures(5).minimum_calls(5),
            "minimum_calls requires failure_rate or slow_call_rate",
        ),
        (
            window.trip_when(|_| true).minimum_calls(5),
            "minimum_calls requires failure_rate or slow_call_rate",
        ),
        (Builder::new().minimum_calls(5), "minimum_calls requires failure_rate or slow_call_rate"),
        (window.buckets(3), "buckets requires within"),
        (window.stripes(3), "stripes requires within"),
        (
            Builder::new().abandoned_after(Duration::ZERO),
            "abandoned_after must be longer than zero, not 0 s",
        ),
        (
            Builder::new().abandoned_after(Duration::from_millis(1 << 32)),
            "abandoned_after (4294967.296 s) must be at most 4294967.295 s",
        ),
        (Builder::new().failure_rate(0.5), "failure_rate requires last_calls or within"),
        (Builder::new().trip_when(|_| true), "trip_when requires last_calls or within"),
        (
            Builder::new().within(S),
            "within requires failures, failure_rate, slow_call_rate or trip_when",
        ),
        (
            Builder::new().longest_open(Duration::ZERO),
            "longest_open must be longer than zero, not 0 s",
        ),
        (
            Builder::new().longest_open(Duration::from_millis(536_479_199_001)),
            "longest_open (536479199.001 s) must be at most 536479199 s",
        ),
        (Builder::new().jitter(-0.1), "jitter must be from 0 to 1, not -0.1"),
        (
            exponential(S, 2 * S).backoff(Backoff::exponential(S, 2 * S).factor(0.5)),
            "backoff.factor must be from 1 to 65535, not 0.5",
        ),
        (exponential(2 * S, S), "backoff.cap (1 s) must be at least its base (2 s)"),
        (
            exponential(S, 100_000 * S),
            "backoff.cap (100000 s) must be at most 32768 s, which its base and factor reach in 15 steps",
        ),
        (
            probes(Probes::new().max_probes(10)),
            "probes.max_probes (10) must be at most successes_to_close + failures_to_open - 1 (1)",
        ),
        (
            probes(Probes::new().successes_to_close(3).failures_to_open(2).max_probes(5)),
            "probes.max_probes (5) must be at most successes_to_close + failures_to_open - 1 (4)",
        ),
        (
            probes(Probes::sample(10, 0.5).max_probes(11)),
            "probes.max_probes (11) must be at most the size of the sample (10)",
        ),
        (probes(Probes::new().max_probes(256)), "probes.max_probes must be from 1 to 255, not 256"),
        (
            probes(Probes::new().successes_to_close(0)),
            "probes.successes_to_close must be from 1 to 255, not 0",
        ),
        (
            probes(Probes::new().failures_to_open(0)),
            "probes.failures_to_open must be from 1 to 255, not 0",
        ),
        (probes(Probes::sample(256, 0.5)), "probes.sample must be from 1 to 255, not 256"),
        (probes(Probes::sample(10, f64::NAN)), "probes.rate must be from 0.000001 to 1, not NaN"),
        (
            Builder::new().probe_lease(Some(Duration::ZERO)),
            "probe_lease must be longer than zero, not 0 s",
        ),
        (Builder::new().ramp(Ramp::new(1.5, S)), "ramp.from must be from 0.000001 to 1, not 1.5"),
        (
            Builder::new().ramp(Ramp::new(0.5, Duration::ZERO)),
            "ramp.over must be longer than zero, not 0 s",
        ),
        (
            Builder::new().start(State::Recovering),
            "start must be closed, open or half-open, not recovering",
        ),
    ] {
        let error = error(builder);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.message().as_str(), message);
        assert!(message.starts_with(error.setting()));
    }
}

#[test]
fn an_error_is_small() {
    assert!(size_of::<ConfigError>() <= 48);
}

/// What an error shows as given: in parentheses after the setting, or at the end.
fn shown(error: &str) -> &str {
    let in_front = error.split_once(" (").filter(|(setting, _)| !setting.contains(' '));
    match in_front {
        Some((_, rest)) => rest.split(')').next().expect("a value"),
        None => error.rsplit("not ").next().expect("a value"),
    }
}

/// The duration that `text` shows, to the nanosecond.
fn duration(text: &str) -> Duration {
    let (number, unit) = text.split_once(' ').expect("a number and a unit");
    let digits = match unit {
        "s" => 9,
        "ms" => 6,
        "us" => 3,
        "ns" => 0,
        _ => {
            let seconds = match unit {
                "min" => 60,
                "h" => 3_600,
                "d" => 86_400,
                other => panic!("{other} is no unit"),
            };
            return Duration::from_secs(number.parse::<u64>().expect(text) * seconds);
        }
    };
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let nanos: u128 = format!("{whole}{decimals:0<digits$}").parse().expect(text);
    Duration::new((nanos / 1_000_000_000) as u64, (nanos % 1_000_000_000) as u32)
}

type Set<T> = fn(T) -> Builder;

const COUNTS: [Set<u32>; 8] = [
    |n| Builder::new().consecutive_failures(n),
    |n| Builder::new().last_calls(n).failures(1),
    |n| Builder::new().last_calls(50).failures(n),
    |n| Builder::new().within(S).buckets(1).failures(n),
    |n| Builder::new().last_calls(50).failure_rate(0.5).minimum_calls(n),
    |n| Builder::new().last_calls(n).failures(1).slow_call_duration(S),
    |n| Builder::new().within(S).failures(1).stripes(n),
    |n| Builder::new().probes(Probes::new().successes_to_close(255).max_probes(n)),
];

const FRACTIONS: [Set<f64>; 6] = [
    |x| Builder::new().last_calls(9).failure_rate(x),
    |x| {
        let slow = Builder::new().last_calls(9).slow_call_duration(S);
        slow.slow_call_rate(x)
    },
    |x| Builder::new().jitter(x),
    |x| Builder::new().backoff(Backoff::exponential(S, S).factor(x)),
    |x| Builder::new().probes(Probes::sample(9, x)),
    |x| Builder::new().ramp(Ramp::new(x, S)),
];

const DURATIONS: [Set<Duration>; 5] = [
    |d| Builder::new().within(d).failures(1),
    |d| Builder::new().within(d).failures(1).buckets(7),
    |d| Builder::new().backoff(Backoff::exponential(S, d)),
    |d| Builder::new().probe_lease(Some(d)),
    |d| {
        let window = Builder::new().last_calls(9).failures(1);
        window.slow_call_duration(d)
    },
];

fn counts() -> impl Strategy<Value = u32> {
    let ends = [0, 1, 50, 255, 756, 1_512, 65_535, 16_777_215, u32::MAX];
    let ends = proptest::sample::select(ends.to_vec());
    let beside = (ends, -2..=2i32).prop_map(|(end, by)| end.wrapping_add_signed(by));
    prop_oneof![any::<u32>(), beside]
}

fn fractions() -> impl Strategy<Value = f64> {
    let ends = proptest::sample::select(vec![0.0, 0.000_001, 0.666_6, 1.0, 65_535.0]);
    let beside = (ends, -2..=2i64)
        .prop_map(|(end, by): (f64, i64)| f64::from_bits(end.to_bits().wrapping_add_signed(by)));
    prop_oneof![any::<f64>(), beside, proptest::num::f64::ANY]
}

fn durations() -> impl Strategy<Value = Duration> {
    let ends = [0, 1_000, 15_000, 32_768_000, 600_000, 86_400_000, 4_294_967_295];
    let ends = proptest::sample::select(ends.map(Duration::from_millis).to_vec());
    let beside = (ends, 0..3u64).prop_map(|(end, by)| end + Duration::from_nanos(by));
    let any_time = (any::<u64>(), 0..1_000_000_000u32).prop_map(|(s, ns)| Duration::new(s, ns));
    let short = any::<u32>().prop_map(|ns| Duration::from_nanos(ns.into()));
    let seconds = any::<u32>().prop_map(|s| Duration::from_secs(s.into()));
    prop_oneof![beside, any_time, short, seconds, any::<u64>().prop_map(Duration::from_nanos)]
}

/// The text of the error of `builder`, if it is invalid. Both texts are the same where the constant one shows the number.
fn refusal(builder: Builder) -> Option<String> {
    let error = builder.config().err()?;
    let (text, constant) = (error.to_string(), error.message());
    let leaves_out = constant.as_str().ends_with("not the one given");
    assert!(leaves_out || constant.as_str() == text, "{text}, and {constant}");
    Some(text)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_count_that_is_refused_is_shown_as_it_is(given in counts()) {
        for set in COUNTS {
            if let Some(text) = refusal(set(given)) {
                let read: u32 = shown(&text).parse().expect(&text);
                prop_assert_eq!(read, given, "{}", text);
                prop_assert!(set(read).config().is_err());
            }
        }
    }

    #[test]
    fn a_fraction_that_is_refused_is_shown_as_it_is(given in fractions()) {
        for set in FRACTIONS {
            if let Some(text) = refusal(set(given)) {
                let read: f64 = shown(&text).parse().expect(&text);
                prop_assert!(read.to_bits() == given.to_bits() || read.is_nan() && given.is_nan());
                prop_assert!(set(read).config().is_err());
            }
        }
    }

    #[test]
    fn a_duration_that_is_refused_is_shown_as_it_is(given in durations()) {
        for set in DURATIONS {
            if let Some(text) = refusal(set(given)) {
                let read = duration(shown(&text));
                prop_assert_eq!(read, given, "{}", text);
                prop_assert!(set(read).config().is_err());
            }
        }
    }

    /// What an error of an uneven window suggests is right.
    #[test]
    fn a_window_that_is_suggested_is_accepted(given in durations(), buckets in 1..=1_024u32) {
        let set = |within| Builder::new().within(within).failures(1).buckets(buckets);
        if let Err(error @ ConfigError::Uneven { .. }) = set(given).config() {
            let text = error.to_string();
            let suggested = duration(text.rsplit("such as ").next().expect(&text));
            prop_assert!(suggested > given && set(suggested).config().is_ok(), "{}", text);
        }
    }
}
