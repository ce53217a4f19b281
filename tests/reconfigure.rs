//! Settings that are replaced while the breaker is in use.
#![cfg(feature = "std")]

use crate::support::{MS, S, breaker, fail, succeed};
use std::cell::Cell;
use std::time::Duration;
use tripword::raw::{Engine, Word};
use tripword::{
    Backoff, Builder, Cause, CircuitBreaker, Config, ConfigError, Counts, LeaseExpiry, ManualClock,
    Nanos, Observer, Outcome, Probes, Ramp, ReconfigureError, State, Transition,
};

fn config(settings: impl FnOnce(Builder) -> Builder) -> Config {
    let builder = settings(Builder::new().jitter(0.0).live());
    builder.config().expect("valid settings")
}

fn words(config: &Config) -> Vec<Word> {
    (0..config.words()).map(|_| Word::new()).collect()
}

#[test]
fn new_limits_apply_from_the_next_failure_on_and_the_counts_stay() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.live().last_calls(100).failures(50));
    fail(&breaker, 10);
    let stricter = config(|b| b.last_calls(100).failures(11));
    breaker.reconfigure(stricter).unwrap();
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(breaker.snapshot().counts.failures, 10);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn policies_can_be_added_and_removed() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.live().last_calls(10).failures(10));
    let rate = config(|b| b.last_calls(10).failure_rate(0.5).minimum_calls(2));
    breaker.reconfigure(rate).unwrap();
    succeed(&breaker, 1);
    fail(&breaker, 1);
    assert_eq!(breaker.state(), State::Open);
    breaker.reset();
    let consecutive = config(|b| b.last_calls(10).failures(10).consecutive_failures(3));
    breaker.reconfigure(consecutive).unwrap();
    fail(&breaker, 3);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_window_of_calls_can_grow_into_the_room_that_it_was_built_with() {
    let sized = |calls, room| move |b: Builder| b.last_calls(calls).window_room(room).failures(1);
    let clock = ManualClock::new();
    for (room, max) in [(48, 48), (49, 72), (1_512, 1_512)] {
        let breaker = breaker(&clock, |b| sized(10, room)(b).live());
        succeed(&breaker, 100);
        assert_eq!(breaker.snapshot().counts.calls, 10);
        // The room of settings that come later does not matter.
        breaker.reconfigure(config(sized(max, 1_512))).unwrap();
        succeed(&breaker, max);
        assert_eq!(breaker.snapshot().counts.calls, max);
        if max < 1_512 {
            let given = max + 1;
            let too_many = breaker.reconfigure(config(sized(given, given))).unwrap_err();
            assert_eq!(too_many, ReconfigureError::TooManyCalls { given, max });
        }
        breaker.reconfigure(config(sized(10, 10))).unwrap();
        assert_eq!(breaker.snapshot().counts.calls, 10);
        fail(&breaker, 1);
        assert_eq!(breaker.state(), State::Open);
    }
}

#[test]
fn a_window_of_calls_can_shrink_and_grow_again_within_its_words() {
    let clock = ManualClock::new();
    // Named twice, a function may have two addresses, and so be two.
    static NEVER: fn(&Counts) -> bool = |_| false;
    let breaker = breaker(&clock, |b| b.live().last_calls(100).trip_when(NEVER));
    let resized = |calls| config(|b| b.last_calls(calls).trip_when(NEVER));
    fail(&breaker, 50);
    succeed(&breaker, 50);
    breaker.reconfigure(resized(60)).unwrap();
    assert_eq!(breaker.snapshot().counts.calls, 60);
    assert_eq!(breaker.snapshot().counts.failures, 10);
    breaker.reconfigure(resized(120)).unwrap();
    fail(&breaker, 1);
    assert_eq!(breaker.snapshot().counts.failures, 51, "nothing was forgotten");
    let too_many = breaker.reconfigure(resized(121)).unwrap_err();
    let (given, max) = (121, 120);
    assert_eq!(too_many, ReconfigureError::TooManyCalls { given, max });
}

/// Their number is chosen by the machine where it is not set.
#[test]
fn stripes_stay_whatever_the_new_settings_say() {
    let clock = ManualClock::new();
    let within = |b: Builder| b.live().within(10 * S).failures(5);
    for stripes in [None, Some(1), Some(4)] {
        let set = |b: Builder| stripes.map_or(b, |stripes| b.stripes(stripes));
        let breaker = breaker(&clock, |b| set(within(b)));
        succeed(&breaker, 7);
        for stripes in [1, 2, 8] {
            let words = breaker.config().words();
            breaker.reconfigure(config(|b| within(b).stripes(stripes))).unwrap();
            assert_eq!(breaker.config().words(), words);
            assert_eq!(breaker.snapshot().counts.calls, 7);
        }
    }
}

#[test]
fn the_current_deadline_stays_and_the_next_uses_the_new_backoff() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.live().open_duration(10 * S));
    breaker.trip();
    breaker.reconfigure(config(|b| b.backoff(Backoff::exponential(S, 8 * S)))).unwrap();
    let left = || breaker.try_acquire().unwrap_err().retry_after();
    assert_eq!(left(), Some(10 * S));
    clock.advance(10 * S);
    fail(&breaker, 1);
    assert_eq!(left(), Some(2 * S), "the second time in a row");
}

#[test]
fn half_open_begins_again_with_the_new_probes_and_notifies_the_observer() {
    #[derive(Default)]
    struct Last(Cell<Option<Transition>>);
    impl Observer for Last {
        fn on_transition(&self, transition: &Transition) {
            self.0.set(Some(*transition));
        }
    }
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(3).successes_to_close(3);
    let breaker = breaker(&clock, |b| b.live().probes(probes)).observed_by(Last::default());
    breaker.half_open();
    let old = breaker.try_acquire().unwrap();
    breaker.reconfigure(config(|b| b)).unwrap();
    let transition = breaker.observer().0.get().expect("notified");
    assert_eq!((transition.from, transition.to), (State::HalfOpen, State::HalfOpen));
    assert_eq!(transition.cause, Cause::Reconfigured);
    assert_eq!(breaker.snapshot().streak, 0, "nothing has failed");
    old.success();
    assert_eq!(breaker.state(), State::HalfOpen);
    succeed(&breaker, 1);
    assert_eq!(breaker.state(), State::Closed);
}

/// The settings are polled more often than a probe takes, and each poll finds another limit.
#[test]
fn half_open_goes_on_under_new_settings_that_probe_as_the_old_ones() {
    let clock = ManualClock::new();
    let probes = Probes::new().max_probes(2).successes_to_close(2);
    let settings = |b: Builder| b.live().probes(probes).probe_lease(Some(10 * S));
    let breaker = breaker(&clock, settings);
    breaker.half_open();
    let before = breaker.snapshot();
    for answered in 1..=2 {
        let probe = breaker.try_acquire().expect("a slot");
        for failures in 1..=3 {
            let polled = config(|b| {
                settings(b)
                    .consecutive_failures(failures)
                    .open_duration(failures * S)
                    .jitter(0.5)
                    .count_panics(false)
            });
            breaker.reconfigure(polled).unwrap();
            let probes = breaker.snapshot().probes;
            assert_eq!((probes.in_flight, probes.successes), (1, answered - 1));
        }
        probe.success();
    }
    let after = breaker.snapshot();
    assert_eq!(after.state, State::Closed);
    assert_eq!(after.generation, before.generation + 1);
}

#[test]
fn half_open_begins_again_where_the_lease_or_its_end_is_another() {
    let clock = ManualClock::new();
    let settings = |b: Builder| b.live().probe_lease(Some(10 * S));
    let others: [Setter; 4] = [
        |b| b.probe_lease(Some(20 * S)),
        |b| b.probe_lease(None),
        |b| b.lease_expiry(LeaseExpiry::Reprobe),
        |b| b.probes(Probes::new().failures_to_open(2)),
    ];
    for other in others {
        let breaker = breaker(&clock, settings);
        breaker.half_open();
        let before = breaker.snapshot().generation;
        // Also where settings that changed nothing came before.
        for (next, generation) in [(config(settings), 0), (config(|b| other(settings(b))), 1)] {
            breaker.reconfigure(next).unwrap();
            assert_eq!(breaker.snapshot().generation, before + generation);
        }
    }
}

#[test]
fn the_new_slow_call_duration_applies_to_calls_in_flight() {
    let clock = ManualClock::new();
    let settings = |limit| {
        move |b: Builder| {
            b.live().within(10 * S).slow_call_duration(limit).slow_call_rate(1.0).minimum_calls(1)
        }
    };
    let breaker = breaker(&clock, settings(S));
    let permit = breaker.try_acquire().unwrap();
    breaker.reconfigure(config(settings(10 * MS))).unwrap();
    clock.advance(11 * MS);
    permit.success();
    assert_eq!(breaker.state(), State::Open);
}

type Setter = fn(Builder) -> Builder;

#[test]
fn a_setting_that_cannot_change_is_refused_and_nothing_changes() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.live().within(10 * S).failures(3));
    let with = |set: Setter| config(|b| set(b.within(10 * S).failures(1)));
    let different: [(&str, Setter); 5] = [
        ("within", |b| b.buckets(5)),
        ("within", |b| b.within(20 * S)),
        ("slow_call_duration", |b| b.slow_call_duration(S)),
        ("trip_when", |b| b.trip_when(|_| true)),
        ("ramp", |b| b.ramp(Ramp::new(0.5, S))),
    ];
    for (setting, set) in different {
        let refused = breaker.reconfigure(with(set)).unwrap_err();
        assert_eq!(refused, ReconfigureError::Fixed { setting });
        assert!(refused.to_string().starts_with(setting), "{refused}");
    }
    let by_streak = with(|b| b.backoff(Backoff::by_streak(|_| Duration::ZERO)));
    let refused = breaker.reconfigure(by_streak).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "backoff can change its numbers while the breaker is in use, but not from or to a function"
    );
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Closed);
}

/// The note of the limit that was reached is stored beside the settings.
#[test]
fn a_trip_leaves_the_settings_as_they_are_however_often_they_were_replaced() {
    let clock = ManualClock::new();
    let settings = |b: Builder| b.live().within(10 * S).stripes(1).failures(1);
    let breaker = breaker(&clock, settings);
    for probes in 1..=4 {
        let next = config(|b| settings(b).probes(Probes::new().successes_to_close(probes)));
        breaker.reconfigure(next).unwrap();
        fail(&breaker, 1);
        let cause = breaker.snapshot().cause;
        assert!(matches!(cause, Some(Cause::Tripped(_))), "{cause:?}");
        let held = breaker.config();
        assert_eq!(format!("{held:?}"), format!("{next:?}"));
        breaker.reset();
    }
}

#[test]
fn a_breaker_that_is_not_live_refuses_new_settings() {
    let breaker = CircuitBreaker::builder().build().unwrap();
    let refused = breaker.reconfigure(Config::default()).unwrap_err();
    assert_eq!(refused, ReconfigureError::NotLive);
}

#[test]
fn live_words_are_counted() {
    let words = |builder: Builder| builder.config().map(|config| config.words());
    assert_eq!(words(Builder::new()), Ok::<_, ConfigError>(4));
    assert_eq!(words(Builder::new().live()), Ok(22));
}

/// Generation 0 comes again after 65,536; a cause without a limit must be noted in it, too.
#[test]
fn the_cause_is_known_when_the_generations_have_wrapped() {
    let clock = ManualClock::at(S.into());
    let breaker = breaker(&clock, |b| b.live());
    for _ in 0..65_536 {
        breaker.reset();
    }
    assert_eq!(breaker.snapshot().generation, 0);
    assert_eq!(breaker.snapshot().cause, Some(Cause::Manual));
}

/// The settings are replaced while a call is being settled, at the first reading of the clock.
#[test]
fn a_settlement_uses_one_whole_set_of_settings() {
    let builder = || Builder::new().last_calls(10).slow_call_rate(1.0).slow_call_duration(S).live();
    let lenient = builder().consecutive_failures(5).config().unwrap();
    let strict = builder().consecutive_failures(1).config().unwrap();
    let words = words(&lenient);
    let engine = Engine::new(&lenient, &words).unwrap();
    let now = || Nanos::from_millis(1);
    let admission = engine.admit(&now).0.admission().unwrap();
    let readings = Cell::new(0);
    let replacing = || {
        readings.set(readings.get() + 1);
        engine.reconfigure(strict, &now).unwrap();
        now()
    };
    let (_, transition) = engine.settle(admission, Outcome::Failure, &replacing);
    assert_eq!((readings.get(), transition), (1, None));
    let admission = engine.admit(&now).0.admission().unwrap();
    let (_, transition) = engine.settle(admission, Outcome::Failure, &now);
    assert!(transition.is_some(), "the next one uses the new settings");
}

/// The generation ends between the two times that a settlement compares it: where it reads the
/// clock.
#[test]
fn a_call_too_late_for_its_window_counts_only_where_failures_in_a_row_are_counted() {
    let builder = || Builder::new().within(10 * S).failure_rate(0.5);
    let both = builder().consecutive_failures(5).config().unwrap();
    let window_only = builder().config().unwrap();
    let now = || Nanos::from_millis(1);
    for (settings, counts) in [(both, true), (window_only, false)] {
        for outcome in [Outcome::Success, Outcome::Failure] {
            let words = words(&settings);
            let engine = Engine::new(&settings, &words).unwrap();
            let admission = engine.admit(&now).0.admission().unwrap();
            let readings = Cell::new(0);
            let resetting = || {
                readings.set(readings.get() + 1);
                let _ = engine.reset(&now);
                now()
            };
            let (settlement, _) = engine.settle(admission, outcome, &resetting);
            assert_eq!((settlement.counted, readings.get()), (counts, 1), "{outcome:?}");
            assert_eq!(engine.snapshot(&now).counts.calls, 0);
        }
    }
}

#[test]
fn every_setting_reads_as_it_was_replaced() {
    let clock = ManualClock::new();
    let given = |b: Builder| b.last_calls(100).slow_call_duration(S).live();
    let breaker = breaker(&clock, |b| given(b).failures(9));
    let others: [fn(Builder) -> Builder; 17] = [
        |b| b.consecutive_failures(65_535).failures(100),
        |b| b.failures(99),
        |b| b.failure_rate(0.999_999),
        |b| b.slow_call_rate(0.000_001),
        |b| b.failures(9).slow_call_duration(Duration::from_nanos(u64::MAX - 1)),
        |b| b.failure_rate(2.0 / 3.0).minimum_calls(99),
        |b| b.failures(9).open_duration(7 * S),
        |b| b.failures(9).backoff(Backoff::exponential(S, Duration::MAX).factor(65_535.0)),
        |b| b.failures(9).longest_open(7 * S),
        |b| b.failures(9).jitter(0.25),
        |b| b.failures(9).jitter(1.0).seed(u64::MAX),
        |b| {
            let probes = Probes::new().successes_to_close(255).max_probes(255);
            b.failures(9).probes(probes)
        },
        |b| b.failures(9).probes(Probes::new().failures_to_open(255)),
        |b| b.failures(9).probes(Probes::sample(200, 0.5)),
        |b| b.failures(9).probe_lease(None),
        |b| b.failures(9).lease_expiry(LeaseExpiry::Reprobe),
        |b| b.failures(9).count_panics(false),
    ];
    for other in others {
        let next = other(given(Builder::new().jitter(0.0))).config().unwrap();
        breaker.reconfigure(next).unwrap();
        assert_eq!(format!("{:?}", breaker.config()), format!("{next:?}"));
    }
}
