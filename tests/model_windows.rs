//! Windows and their limits against the oracle: random calls and random time on both, compared
//! after each.
//!
//! `PROPTEST_CASES` sets the number of sequences of each kind (default 10,000), `PROPTEST_RNG_SEED`
//! repeats those of a run that failed.
#![cfg(feature = "alloc")]

use crate::cases::live::live_case;
use crate::cases::windows::{Limit, Over, case, good_runs};
use crate::cases::{agree, check_visits};
use crate::support::S;
use oracle::{Event, Log, Oracle, Rate, Settings, Window};
use proptest::prelude::*;
use std::cell::Cell;
use std::sync::LazyLock;
use tripword::{
    Builder, Cause, CircuitBreaker, Clock, Counts, Nanos, Outcome, Settlement, State, TripCause,
};

const SEQUENCES: u32 = 10_000;

macro_rules! agree {
    ($($name:ident: $over:ident, $limit:ident;)*) => {$(
        #[test]
        fn $name() {
            agree(SEQUENCES, &case(Over::$over, Limit::$limit));
        }
    )*};
}

agree! {
    failures_of_the_last_calls: Calls, Failures;
    failure_rate_of_the_last_calls: Calls, FailureRate;
    slow_call_rate_of_the_last_calls: Calls, SlowCallRate;
    own_policy_on_the_last_calls: Calls, TripWhen;
    any_mix_on_the_last_calls: Calls, Mixed;
    failures_within_a_time: Time, Failures;
    failure_rate_within_a_time: Time, FailureRate;
    slow_call_rate_within_a_time: Time, SlowCallRate;
    own_policy_on_a_time: Time, TripWhen;
    any_mix_on_a_time: Time, Mixed;
    failures_within_a_time_in_stripes: Stripes, Failures;
    failure_rate_within_a_time_in_stripes: Stripes, FailureRate;
    slow_call_rate_within_a_time_in_stripes: Stripes, SlowCallRate;
    own_policy_on_a_time_in_stripes: Stripes, TripWhen;
    any_mix_on_a_time_in_stripes: Stripes, Mixed;
}

#[test]
fn settings_that_are_replaced_with_a_window_of_calls() {
    agree(SEQUENCES, &live_case(Over::Calls));
}

#[test]
fn settings_that_are_replaced_with_a_window_of_time() {
    agree(SEQUENCES, &live_case(Over::Time));
}

/// A breaker that skips good calls looks like an oracle that skips none.
#[test]
fn good_calls_that_are_not_written_are_not_missed() {
    agree(SEQUENCES, &good_runs());
}

thread_local! {
    /// After how many readings of the clock, or verdicts, the breaker is reset and a call succeeds;
    /// 0 for never.
    static MEDDLES_IN: Cell<u32> = const { Cell::new(0) };
}

static MEDDLED: LazyLock<CircuitBreaker<Meddler>> = LazyLock::new(|| {
    let builder = Builder::new().within(10 * S).trip_when(|_| {
        meddle();
        true
    });
    builder.build_with(Meddler).expect("valid settings")
});

#[derive(Debug)]
struct Meddler;

impl Clock for Meddler {
    fn now(&self) -> Nanos {
        meddle();
        Nanos::ZERO
    }
}

fn meddle() {
    let left = MEDDLES_IN.get();
    MEDDLES_IN.set(left.saturating_sub(1));
    if left == 1 {
        MEDDLED.reset();
        MEDDLED.try_acquire().expect("closed").success();
    }
}

/// First before the call is recorded, then between its record and the verdict.
#[test]
fn a_generation_that_ends_while_a_call_is_recorded_takes_it_along() {
    for (occasion, outcome) in [(1, Outcome::Success), (1, Outcome::Failure), (2, Outcome::Failure)]
    {
        let before = MEDDLED.snapshot().generation;
        let permit = MEDDLED.try_acquire().expect("closed");
        MEDDLES_IN.set(occasion);
        permit.settle(outcome);
        let after = MEDDLED.snapshot();
        assert_eq!((after.state, after.generation), (State::Closed, before + 1));
        assert_eq!(after.counts.successes(), 1, "{outcome:?}");
        assert_eq!(after.counts.failures, 0, "{outcome:?}");
    }
}

#[test]
fn the_model_reaches_everything() {
    let limits =
        [Limit::Failures, Limit::FailureRate, Limit::SlowCallRate, Limit::TripWhen, Limit::Mixed];
    for (over, places) in [(Over::Calls, ON_CALLS), (Over::Time, ON_TIME), (Over::Stripes, ON_TIME)]
    {
        let cases = limits.map(|limit| case(over, limit).boxed());
        check_visits(1_000, &cases, &[EVERYWHERE, places].concat(), visit);
    }
}

fn visit(oracle: &Oracle, visit: &mut dyn FnMut(String)) {
    for event in &oracle.events {
        if let Some(place) = place(event, oracle.counts()) {
            visit(place);
        }
        if let Some(what) = limit_reached_exactly(event, &oracle.settings) {
            visit(what.into());
        }
    }
    let settings = &oracle.settings;
    let mut places = vec![(has_too_few_calls(oracle), "too few calls")];
    if let (Log::Calls { calls, .. }, Window::Calls(most)) = (&oracle.log, settings.window) {
        let most = most as usize;
        let is_bad = |at: usize| calls.get(at).is_some_and(|call| call.is_adverse());
        let is_good = calls.iter().take(most - 1).all(|call| !call.is_adverse());
        let is_full = calls.len() >= most;
        let forgets = is_full && is_good && is_bad(most - 1);
        let full_of_good = is_full && is_good && !is_bad(most - 1);
        places.push((full_of_good, "full of good calls"));
        places.push((forgets, "about to forget the only bad call"));
        places.push((is_full && most > 60, "full, of many"));
        places.push((!is_full && calls.len() > 24, "more than a word, not full"));
    }
    if let Log::Time(buckets) = &oracle.log {
        let length = u64::from(settings.window.buckets());
        let present = settings.window.bucket_at(oracle.now);
        let newest = present.max(oracle.log.newest_bucket().unwrap_or(0));
        let has_age = |age| buckets.keys().any(|number| newest - number == age);
        let is_late = newest - present >= length && buckets.contains_key(&present);
        places.push((has_age(length - 1), "its oldest bucket"));
        places.push((has_age(length), "just outside"));
        places.push((newest > present, "ahead of the clock"));
        places.push((is_late, "late"));
    }
    for (_, place) in places.into_iter().filter(|place| place.0) {
        visit(place.into());
    }
}

/// Whether a rate is reached, by too few calls.
fn has_too_few_calls(oracle: &Oracle) -> bool {
    let Settings { policy, .. } = oracle.settings;
    let Counts { calls, failures, .. } = oracle.counts();
    let is_reached = |rate: Rate| failures > 0 && rate.is_reached(failures, calls);
    policy.failure_rate.is_some_and(is_reached) && calls < oracle.settings.minimum_calls()
}

fn place(event: &Event, counts: Counts) -> Option<String> {
    Some(match *event {
        Event::Transition(moved) => match (moved.cause, moved.from, moved.to) {
            (Cause::Tripped(verdict), from, _) => format!("{from}: {}", tripped(verdict)),
            (Cause::ProbesSlow, ..) => "half-open: ProbesSlow".into(),
            (_, State::Recovering, State::Closed) if counts.calls > 0 => {
                "closed with what the ramp counted".into()
            }
            _ => return None,
        },
        Event::Outcome(Settlement {
            outcome: outcome @ (Outcome::Success | Outcome::Failure),
            counted,
            slow: true,
            ..
        }) => format!("slow {outcome:?}{}", if counted { " counted" } else { "" }),
        _ => return None,
    })
}

fn tripped(verdict: TripCause) -> &'static str {
    match verdict {
        TripCause::ConsecutiveFailures(_) => "ConsecutiveFailures",
        TripCause::Failures { .. } => "Failures",
        TripCause::FailureRate { .. } => "FailureRate",
        TripCause::SlowCallRate { .. } => "SlowCallRate",
        _ => "TripWhen",
    }
}

/// What limit a verdict is on that is of just the rate: a decimal, or a fraction that is none.
fn limit_reached_exactly(event: &Event, settings: &Settings) -> Option<&'static str> {
    let Event::Transition(moved) = event else {
        return None;
    };
    let policy = settings.policy;
    let (part, calls, rate) = match moved.cause {
        Cause::Tripped(TripCause::FailureRate { failures, calls, .. }) => {
            (failures, calls, policy.failure_rate?)
        }
        Cause::Tripped(TripCause::SlowCallRate { slow_calls, calls, .. }) => {
            (slow_calls, calls, policy.slow_call_rate?)
        }
        _ => return None,
    };
    let is_exact = u64::from(part) * u64::from(rate.of) == u64::from(calls) * u64::from(rate.part);
    let is_decimal = 1_000_000 * u64::from(rate.part) % u64::from(rate.of) == 0;
    is_exact.then_some(if is_decimal { "at its limit" } else { "at a limit that is no decimal" })
}

const EVERYWHERE: &[&str] = &[
    "closed: ConsecutiveFailures",
    "closed: Failures",
    "closed: FailureRate",
    "closed: SlowCallRate",
    "at its limit",
    "at a limit that is no decimal",
    "closed: TripWhen",
    "half-open: ProbesSlow",
    "recovering: ConsecutiveFailures",
    "recovering: Failures",
    "recovering: FailureRate",
    "recovering: SlowCallRate",
    "recovering: TripWhen",
    "closed with what the ramp counted",
    "slow Success counted",
    "slow Success",
    "slow Failure counted",
    "slow Failure",
    "too few calls",
];

const ON_CALLS: &[&str] = &[
    "full of good calls",
    "about to forget the only bad call",
    "full, of many",
    "more than a word, not full",
];

const ON_TIME: &[&str] = &["its oldest bucket", "just outside", "late", "ahead of the clock"];
