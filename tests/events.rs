//! What observers hear, what snapshots explain, and what errors say.

use crate::support::{Ear, Heard, OnManual, S, breaker, fail, succeed};
use std::time::Duration;
use tripword::{
    Backoff, Cause, CircuitBreaker, ManualClock, Mode, Nanos, Observer, Outcome, Probes, Ramp,
    Reason, State, Transition, TripCause,
};

fn observed(clock: &ManualClock) -> OnManual<'_, Ear> {
    breaker(clock, |b| b.consecutive_failures(2).open_duration(S)).observed_by(Ear::default())
}

fn transitions(breaker: &OnManual<'_, Ear>) -> Vec<Transition> {
    let heard = breaker.observer().take().into_iter();
    heard
        .filter_map(|heard| match heard {
            Heard::Transition(transition) => Some(transition),
            _ => None,
        })
        .collect()
}

#[test]
fn every_move_is_told_once_with_its_cause() {
    let clock = ManualClock::new();
    let breaker = observed(&clock);
    fail(&breaker, 2);
    clock.advance(S);
    succeed(&breaker, 1);
    let told = transitions(&breaker);
    let story: Vec<_> = told.iter().map(ToString::to_string).collect();
    assert_eq!(
        story,
        [
            "closed -> open: tripped by 2 consecutive failures",
            "open -> half-open: the open period is over",
            "half-open -> closed: probing succeeded",
        ]
    );
    assert_eq!(
        told.iter().map(|t| t.generation).collect::<Vec<_>>(),
        [1, 2, 3]
    );
    assert_eq!(told[1].at, Nanos::from_millis(1_000));
    assert_eq!(
        told[0].cause,
        Cause::Tripped(TripCause::ConsecutiveFailures(2))
    );
}

#[test]
fn going_where_it_already_is_is_no_event() {
    let clock = ManualClock::new();
    let breaker = observed(&clock);
    breaker.close();
    breaker.reset();
    breaker.set_mode(Mode::Normal);
    assert_eq!(breaker.observer().take(), []);
    breaker.trip();
    breaker.trip();
    breaker.trip_for(7 * S);
    breaker.half_open();
    breaker.half_open();
    assert_eq!(transitions(&breaker).len(), 2);
}

#[test]
fn refusals_and_outcomes_are_told_and_refusals_are_no_outcomes() {
    let clock = ManualClock::new();
    let breaker = observed(&clock);
    let late = breaker.try_acquire().unwrap();
    breaker.trip();
    let _ = breaker.observer().take();
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(breaker.observer().take(), [Heard::Rejected(rejected)]);
    late.record_elapsed(Outcome::Failure, 3 * S);
    let [Heard::Outcome(settlement)] = breaker.observer().take()[..] else {
        panic!("one outcome")
    };
    assert_eq!(settlement.outcome, Outcome::Failure);
    assert_eq!(settlement.elapsed, Some(3 * S));
    assert!(!settlement.counted, "it is of another generation");
}

#[test]
fn modes_are_told_and_so_is_what_shadow_lets_pass() {
    let clock = ManualClock::new();
    let breaker = observed(&clock);
    breaker.set_mode(Mode::Shadow);
    assert_eq!(
        breaker.observer().take(),
        [Heard::Mode(Mode::Normal, Mode::Shadow)]
    );
    breaker.trip();
    let _ = breaker.observer().take();
    drop(breaker.try_acquire().expect("passes"));
    let heard = breaker.observer().take();
    assert!(
        matches!(heard[0], Heard::Rejected(r) if r.is_shadowed() && r.reason() == Reason::Open)
    );
    assert!(matches!(heard[1], Heard::Outcome(s) if !s.counted));
}

/// One event of each kind.
fn one_of_each(observer: impl Observer) {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b).observed_by(observer);
    succeed(&breaker, 1);
    breaker.trip();
    assert!(breaker.try_acquire().is_err());
    breaker.set_mode(Mode::ForceClosed);
}

#[test]
#[cfg_attr(
    feature = "alloc",
    expect(
        clippy::arc_with_non_send_sync,
        reason = "what matters is that it leads there; the ear stays on this thread"
    )
)]
fn two_observers_are_one_and_so_is_what_leads_to_one() {
    let ear = Ear::default();
    one_of_each(&ear);
    let heard = ear.take();
    assert_eq!(heard.len(), 4);
    let heard_by = |listen: &dyn Fn()| {
        listen();
        ear.take()
    };
    assert_eq!(heard_by(&|| one_of_each(Some(&ear))), heard);
    assert_eq!(heard_by(&|| one_of_each(None::<&Ear>)), []);
    assert_eq!(heard_by(&|| one_of_each(&&ear as &dyn Observer)), heard);
    #[cfg(feature = "alloc")]
    {
        assert_eq!(heard_by(&|| one_of_each(std::sync::Arc::new(&ear))), heard);
        assert_eq!(heard_by(&|| one_of_each(Box::new(&ear))), heard);
    }
    let twice: Vec<_> = heard.iter().flat_map(|&heard| [heard, heard]).collect();
    assert_eq!(heard_by(&|| one_of_each((&ear, (&ear, ())))), twice);
}

/// Asks and moves the breaker that it observes.
struct Meddler<'a>(&'a OnManual<'a>);

impl Observer for Meddler<'_> {
    fn on_transition(&self, transition: &Transition) {
        assert_eq!(self.0.state(), transition.to);
        let _ = (self.0.snapshot(), self.0.try_acquire());
    }
}

#[test]
fn an_observer_can_read_the_breaker_it_observes() {
    static CLOCK: ManualClock = ManualClock::new();
    static WORDS: [tripword::raw::Word; 4] = [const { tripword::raw::Word::new() }; 4];
    let raw = || tripword::raw::RawBreaker::on(tripword::config!(), &WORDS).expect("four words");
    let reader = CircuitBreaker::from_raw(raw(), &CLOCK);
    let breaker = CircuitBreaker::from_raw(raw(), &CLOCK).observed_by(Meddler(&reader));
    breaker.trip();
    breaker.half_open();
    breaker.close();
}

fn explained(breaker: &OnManual<'_>) -> String {
    breaker.snapshot().to_string()
}

#[test]
fn a_snapshot_explains_itself() {
    let clock = ManualClock::new();
    let probes = Probes::new().successes_to_close(2);
    let settings = |b: tripword::Builder| {
        b.backoff(Backoff::exponential(4 * S, 60 * S))
            .probes(probes)
            .ramp(Ramp::new(0.1, 1024 * S))
    };
    let breaker = breaker(&clock, settings);
    assert_eq!(explained(&breaker), "closed; 0 of 5 consecutive failures");
    fail(&breaker, 5);
    clock.advance(Duration::from_millis(900));
    assert_eq!(
        explained(&breaker),
        "open for 3.1 s more; tripped by 5 consecutive failures"
    );
    clock.advance(4 * S);
    breaker.try_acquire().unwrap().failure();
    assert_eq!(
        explained(&breaker),
        "open for 8.0 s more (2nd time in a row); probing failed"
    );
    clock.advance(8 * S);
    assert_eq!(
        explained(&breaker),
        "half-open: 0 probes out, 0 of 2 successes to close, 0 of 1 failures to open; probing failed"
    );
    let _probe = breaker.try_acquire().unwrap();
    assert_eq!(
        explained(&breaker),
        "half-open: 1 probe out, 0 of 2 successes to close, 0 of 1 failures to open; the open period is over"
    );
    breaker.close();
    clock.advance(3 * S);
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(
        explained(&breaker),
        "force-open; below it: closed for 3.0 s; 0 of 5 consecutive failures; moved by hand"
    );
    breaker.set_mode(Mode::Normal);
    breaker.trip_for(Duration::MAX);
    assert_eq!(
        explained(&breaker),
        "open until moved by hand; moved by hand"
    );
    breaker.half_open();
    succeed(&breaker, 2);
    assert_eq!(
        explained(&breaker),
        "recovering, all calls admitted in 17.1 min; 0 of 5 consecutive failures; probing succeeded"
    );
}

/// Its figures are public: whoever holds one can set them to anything.
#[test]
fn a_snapshot_of_impossible_figures_explains_itself() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.trip_for(Duration::MAX);
    let mut snapshot = breaker.snapshot();
    snapshot.streak = u8::MAX;
    snapshot.counts.failures = 1;
    assert_eq!(snapshot.counts.successes(), 0);
    assert_eq!(
        snapshot.to_string(),
        "open until moved by hand (at least 16th time in a row); moved by hand"
    );
}

#[cfg(feature = "alloc")]
#[test]
fn a_snapshot_tells_what_its_window_holds_and_nothing_that_is_not_counted() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.last_calls(8)
            .failure_rate(0.9)
            .slow_call_duration(S)
            .slow_call_rate(0.9)
    });
    assert_eq!(explained(&breaker), "closed");
    succeed(&breaker, 3);
    fail(&breaker, 1);
    assert_eq!(explained(&breaker), "closed; 1 of 4 calls failed (25 %)");
    let slow = breaker.try_acquire().unwrap();
    clock.advance(2 * S);
    slow.success();
    assert_eq!(
        explained(&breaker),
        "closed; 1 of 5 calls failed (20 %), 1 slow (20 %)"
    );
}

#[test]
fn a_snapshot_counts_how_often_in_a_row_it_opened() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip_for(S);
    let mut snapshot = breaker.snapshot();
    let mut told = |streak| {
        snapshot.streak = streak;
        snapshot.to_string()
    };
    assert_eq!(told(0), "open for 1.0 s more; moved by hand");
    for (streak, time) in [
        (1, "2nd"),
        (2, "3rd"),
        (3, "4th"),
        (11, "12th"),
        (14, "15th"),
        (15, "at least 16th"),
    ] {
        assert_eq!(
            told(streak),
            format!("open for 1.0 s more ({time} time in a row); moved by hand")
        );
    }
}

#[test]
fn a_snapshot_is_as_of_now_and_changes_nothing() {
    let clock = ManualClock::new();
    let breaker = observed(&clock);
    breaker.trip();
    clock.advance(S);
    let _ = breaker.observer().take();
    for _ in 0..3 {
        assert_eq!(breaker.snapshot().state, State::HalfOpen);
        assert_eq!(breaker.snapshot().generation, 1);
    }
    assert_eq!(breaker.observer().take(), []);
}

#[test]
fn a_refusal_reads_well_for_every_reason() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.000_001, 1024 * S)));
    let refused = || {
        (0..3)
            .find_map(|_| breaker.try_acquire().err())
            .unwrap()
            .to_string()
    };
    breaker.half_open();
    let probe = breaker.try_acquire().unwrap();
    assert_eq!(
        refused(),
        "circuit half-open, all probes are out, retry within 60.0 s"
    );
    probe.success();
    assert_eq!(
        refused(),
        "circuit recovering, call not in its share, all admitted in 17.1 min"
    );
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(refused(), "circuit forced open");
    breaker.set_mode(Mode::Normal);
    breaker.trip_for(Duration::from_millis(350));
    assert_eq!(refused(), "circuit open, retry in 350 ms");
}

#[test]
fn impossible_settings_say_what_would_be_right() {
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
            "probe_lease must be longer than zero, not 0 s",
        ),
        (
            builder().probes(Probes::new().max_probes(300)),
            "probes.max_probes must be from 1 to 255, not 300",
        ),
        (
            builder().probes(Probes::sample(10, 0.0)),
            "probes.rate must be from 0.000001 to 1, not 0",
        ),
        (
            builder().ramp(Ramp::new(0.0, S)),
            "ramp.from must be from 0.000001 to 1, not 0",
        ),
        (
            builder().ramp(Ramp::new(0.5, Duration::ZERO)),
            "ramp.over must be longer than zero, not 0 s",
        ),
        (
            builder().backoff(Backoff::exponential(2 * S, S)),
            "backoff.cap (1 s) must be at least its base (2 s)",
        ),
        (
            builder().backoff(Backoff::exponential(S, 10 * S).factor(1.1)),
            "backoff.cap (10 s) must be at most 4.177595839 s, which its base and factor reach in 15 steps",
        ),
        (
            builder().backoff(Backoff::exponential(S, 10 * S).factor(0.5)),
            "backoff.factor must be from 1 to 65535, not 0.5",
        ),
        (
            builder().start(State::Recovering),
            "start must be closed, open or half-open, not recovering",
        ),
    ];
    for (settings, message) in refusals {
        assert_eq!(settings.build().unwrap_err().to_string(), message);
    }
}

#[test]
fn words_that_are_too_few_are_refused() {
    let by = match cfg!(feature = "alloc") {
        true => "Builder::build or breaker!",
        false => "breaker!",
    };
    static WORDS: [tripword::raw::Word; 3] = [const { tripword::raw::Word::new() }; 3];
    let error = tripword::raw::RawBreaker::on(tripword::config!(), &WORDS).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("words (3) must be at least 4, which these settings take: build with {by}")
    );
    let error = CircuitBreaker::new(tripword::config!(last_calls(10), failures(3))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("words (4) must be at least 6, which these settings take: build with {by}")
    );
}

#[test]
fn words_that_hold_a_state_are_begun_in_no_other() {
    use tripword::raw::{RawBreaker, Word};
    static WORDS: [Word; 4] = [const { Word::new() }; 4];
    for config in [
        tripword::config!(start(State::Open)),
        tripword::config!(mode(Mode::Shadow)),
    ] {
        let error = RawBreaker::on(config, &WORDS).unwrap_err().to_string();
        assert_eq!(
            error,
            "start must be closed, and mode normal, on given words: they hold a state and a mode"
        );
    }
}

#[test]
fn an_error_shows_what_lies_behind_it() {
    use std::error::Error;
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let inner = breaker.call(|| "x".parse::<u32>()).unwrap_err();
    assert_eq!(inner.to_string(), "invalid digit found in string");
    assert!(inner.clone().into_inner().is_some() && inner.rejected().is_none());
    breaker.trip();
    let refused = breaker.call(|| "1".parse::<u32>()).unwrap_err();
    assert_eq!(refused.to_string(), "circuit open, retry in 30.0 s");
    assert!(refused.source().is_none() && refused.rejected().is_some());
}

#[test]
fn what_lies_behind_the_error_of_a_call_lies_behind_both() {
    use std::error::Error;
    #[derive(Debug)]
    struct Outer(std::fmt::Error);
    impl std::fmt::Display for Outer {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("cannot write")
        }
    }
    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let clock = ManualClock::new();
    let failed = breaker(&clock, |b| b)
        .call(|| Err::<(), _>(Outer(std::fmt::Error)))
        .unwrap_err();
    assert_eq!(failed.to_string(), "cannot write");
    let source = failed.source().expect("what lies behind");
    assert!(source.is::<std::fmt::Error>());
}
