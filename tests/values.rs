//! The plain values of the API: moments, durations, outcomes, probes.

use crate::support::{MS, S};
use std::collections::HashSet;
use std::time::Duration;
use tripword::{Builder, Nanos, Outcome, Probes};

#[test]
fn a_moment_beyond_the_last_is_the_last() {
    let last = Duration::from_nanos(u64::MAX);
    let beyond = last + Duration::from_nanos(1);
    assert_eq!(Nanos::from_duration(last), Nanos::MAX);
    assert_eq!(Nanos::from_duration(beyond), Nanos::MAX);
    assert_eq!(Nanos::from_duration(beyond + S), Nanos::MAX);
    assert_eq!(Nanos::from_millis(u64::MAX), Nanos::MAX);
}

#[test]
fn a_moment_is_the_time_since_zero() {
    let moment = Nanos::from(1_500 * MS);
    assert_eq!(Duration::from(moment), 1_500 * MS);
    assert_eq!((moment.as_millis(), moment.as_nanos()), (1_500, 1_500_000_000));
    assert_eq!(moment.saturating_add(S).saturating_since(moment), S);
    assert_eq!(moment.saturating_since(moment.saturating_add(S)), Duration::ZERO);
}

#[test]
fn a_slow_call_duration_is_refused_where_no_call_could_be_slower() {
    let limit =
        |limit| Builder::new().within(S).slow_call_duration(limit).slow_call_rate(0.5).config();
    let longest = Duration::from_nanos(u64::MAX);
    assert!(limit(longest - Duration::from_nanos(1)).is_ok());
    let refused = limit(longest).unwrap_err().to_string();
    assert_eq!(
        refused,
        "slow_call_duration (18446744073.709551615 s) must be at most 18446744073.709551614 s"
    );
}

#[test]
fn a_failure_stays_one_when_it_names_a_time_to_stay_away() {
    let failures = [Outcome::Failure, Outcome::RetryAfter(S)];
    assert!(failures.into_iter().all(Outcome::is_failure));
    let others = [Outcome::Success, Outcome::Ignored];
    assert!(!others.into_iter().any(Outcome::is_failure));
}

#[test]
fn outcomes_are_plain_values_and_the_named_time_is_part_of_them() {
    let outcomes = [
        Outcome::Success,
        Outcome::Failure,
        Outcome::RetryAfter(S),
        Outcome::RetryAfter(MS),
        Outcome::Ignored,
    ];
    let distinct: HashSet<_> = outcomes.into_iter().chain(outcomes).collect();
    assert_eq!(distinct.len(), outcomes.len());
    assert_eq!(Outcome::of(&Ok::<_, ()>(7)), Outcome::Success);
    assert_eq!(Outcome::of(&Err::<(), _>(7)), Outcome::Failure);
}

#[test]
fn buckets_are_whole_milliseconds_up_to_49_days() {
    let within = |within, buckets| {
        let settings = Builder::new().within(within).buckets(buckets).failures(1);
        settings.config().map(|_| ())
    };
    let longest = Duration::from_millis(u32::MAX.into());
    for (time, buckets) in [(MS, 1), (10 * MS, 10), (longest, 1), (10 * longest, 10)] {
        assert_eq!(within(time, buckets), Ok(()), "{time:?} in {buckets}");
    }
    let refused = [
        (Duration::ZERO, 1, "within must be longer than zero"),
        (MS / 2, 1, "within (500 us) must divide evenly into 1 "),
        (9 * MS, 10, "within (9 ms) must divide evenly into 10 "),
        (15 * MS, 10, "within (15 ms) must divide evenly into 10 "),
        (longest + MS, 1, "within (4294967.296 s) must be at most 4294967.295 s"),
        (2 * longest, 1, "within (8589934.59 s) must be at most 4294967.295 s"),
    ];
    for (time, buckets, rule) in refused {
        let error = within(time, buckets).unwrap_err().to_string();
        assert!(error.starts_with(rule), "{time:?} in {buckets}: {error}");
    }
}

#[test]
fn settings_of_probes_can_be_made_in_any_order() {
    let held = |probes| Builder::new().probes(probes).config().map(|config| format!("{config:?}"));
    let one = Probes::new().failures_to_open(3).successes_to_close(2).max_probes(4);
    let other = Probes::new().max_probes(4).successes_to_close(2).failures_to_open(3);
    assert_eq!(held(one), held(other));
    for different in [one.failures_to_open(1), one.successes_to_close(1), one.max_probes(1)] {
        assert_ne!(held(one), held(different));
    }
}
