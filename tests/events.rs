//! Notifications of observers, and the texts of snapshots, refusals and errors.

use crate::support::{Event, ManualBreaker, Recorder, S, breaker, fail, succeed};
use std::time::Duration;
use tripword::raw::Word;
use tripword::{
    Backoff, Cause, CircuitBreaker, ManualClock, Mode, Nanos, Observer, Outcome, Probes, Ramp,
    Reason, Rejected, State, Transition, TripCause, config,
};

fn recorded(clock: &ManualClock) -> ManualBreaker<'_, Recorder> {
    breaker(clock, |b| b.consecutive_failures(2).open_duration(S)).observed_by(Recorder::default())
}

#[test]
fn an_observer_is_notified_of_each_transition_once_with_its_cause() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock);
    fail(&breaker, 2);
    clock.advance(S);
    succeed(&breaker, 1);
    let transitions = breaker.observer().take_transitions();
    let messages: Vec<_> = transitions.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "closed -> open: tripped by 2 consecutive failures",
            "open -> half-open: the open period is over",
            "half-open -> closed: probing succeeded",
        ]
    );
    assert_eq!(transitions.iter().map(|t| t.generation).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(transitions[1].at, Nanos::from_millis(1_000));
    assert_eq!(transitions[0].cause, Cause::Tripped(TripCause::ConsecutiveFailures(2)));
}

#[test]
fn moving_to_the_current_state_or_mode_is_no_event() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock);
    breaker.close();
    breaker.reset();
    breaker.set_mode(Mode::Normal);
    assert_eq!(breaker.observer().take(), []);
    breaker.trip();
    breaker.trip();
    breaker.trip_for(7 * S);
    breaker.half_open();
    breaker.half_open();
    assert_eq!(breaker.observer().take_transitions().len(), 2);
}

#[test]
fn an_observer_is_notified_of_refusals_and_outcomes_and_a_refusal_is_no_outcome() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock);
    let late = breaker.try_acquire().unwrap();
    breaker.trip();
    let _ = breaker.observer().take();
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(breaker.observer().take(), [Event::Rejected(rejected)]);
    late.settle_elapsed(Outcome::Failure, 3 * S);
    let [Event::Outcome(settlement)] = breaker.observer().take()[..] else { panic!("one outcome") };
    assert_eq!(settlement.outcome, Outcome::Failure);
    assert_eq!(settlement.elapsed, Some(3 * S));
    assert!(!settlement.counted, "it is of another generation");
}

#[test]
fn an_observer_is_notified_of_modes_and_of_calls_that_only_shadow_mode_let_pass() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock);
    breaker.set_mode(Mode::Shadow);
    assert_eq!(breaker.observer().take(), [Event::Mode(Mode::Normal, Mode::Shadow)]);
    breaker.trip();
    let _ = breaker.observer().take();
    drop(breaker.try_acquire().expect("passes"));
    let events = breaker.observer().take();
    assert!(
        matches!(events[0], Event::Rejected(r) if r.is_shadowed() && r.reason() == Reason::Open)
    );
    assert!(matches!(events[1], Event::Outcome(s) if !s.counted));
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
        reason = "what matters is that it points to the observer, which stays on this thread"
    )
)]
fn a_pair_of_observers_is_an_observer_and_so_is_an_option_or_a_pointer() {
    let recorder = Recorder::default();
    one_of_each(&recorder);
    let events = recorder.take();
    assert_eq!(events.len(), 4);
    let events_of = |observe: &dyn Fn()| {
        observe();
        recorder.take()
    };
    assert_eq!(events_of(&|| one_of_each(Some(&recorder))), events);
    assert_eq!(events_of(&|| one_of_each(None::<&Recorder>)), []);
    assert_eq!(events_of(&|| one_of_each(&&recorder as &dyn Observer)), events);
    #[cfg(feature = "alloc")]
    {
        let shared = || one_of_each(std::sync::Arc::new(&recorder));
        assert_eq!(events_of(&shared), events);
        assert_eq!(events_of(&|| one_of_each(Box::new(&recorder))), events);
    }
    let twice: Vec<_> = events.iter().flat_map(|&event| [event, event]).collect();
    assert_eq!(events_of(&|| one_of_each((&recorder, (&recorder, ())))), twice);
}

/// Reads the breaker that it observes, and acquires from it.
struct Reader<'a>(&'a ManualBreaker<'a>);

impl Observer for Reader<'_> {
    fn on_transition(&self, transition: &Transition) {
        assert_eq!(self.0.state(), transition.to);
        let _ = (self.0.snapshot(), self.0.try_acquire());
    }
}

#[test]
fn an_observer_can_read_the_breaker_it_observes() {
    static CLOCK: ManualClock = ManualClock::new();
    static WORDS: [Word; 4] = [const { Word::new() }; 4];
    let reader = CircuitBreaker::from_parts(config!(), &WORDS, &CLOCK, ()).unwrap();
    let breaker = CircuitBreaker::from_parts(config!(), &WORDS, &CLOCK, Reader(&reader)).unwrap();
    breaker.trip();
    breaker.half_open();
    breaker.close();
}

fn summary(breaker: &ManualBreaker<'_>) -> String {
    breaker.snapshot().to_string()
}

#[test]
fn a_snapshot_is_displayed_in_a_line() {
    let clock = ManualClock::new();
    let probes = Probes::new().successes_to_close(2);
    let settings = |b: tripword::Builder| {
        b.backoff(Backoff::exponential(4 * S, 60 * S)).probes(probes).ramp(Ramp::new(0.1, 1024 * S))
    };
    let breaker = breaker(&clock, settings);
    assert_eq!(summary(&breaker), "closed; 0 of 5 consecutive failures");
    fail(&breaker, 5);
    clock.advance(Duration::from_millis(900));
    assert_eq!(summary(&breaker), "open for 3.1 s more; tripped by 5 consecutive failures");
    clock.advance(4 * S);
    breaker.try_acquire().unwrap().failure();
    assert_eq!(summary(&breaker), "open for 8.0 s more (2nd time in a row); probing failed");
    clock.advance(8 * S);
    assert_eq!(
        summary(&breaker),
        "half-open: 0 probes out, 0 of 2 successes to close, 0 of 1 failures to open; probing \
         failed"
    );
    let _probe = breaker.try_acquire().unwrap();
    assert_eq!(
        summary(&breaker),
        "half-open: 1 probe out, 0 of 2 successes to close, 0 of 1 failures to open; the open \
         period is over"
    );
    breaker.close();
    clock.advance(3 * S);
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(
        summary(&breaker),
        "force-open; below it: closed for 3.0 s; 0 of 5 consecutive failures; moved manually"
    );
    breaker.set_mode(Mode::Normal);
    breaker.trip_for(Duration::MAX);
    assert_eq!(summary(&breaker), "open until moved manually; moved manually");
    breaker.half_open();
    succeed(&breaker, 2);
    assert_eq!(
        summary(&breaker),
        "recovering, all calls admitted in 17.1 min; 0 of 5 consecutive failures; probing succeeded"
    );
}

/// Its fields are public, so that a user can set them to anything.
#[test]
fn a_snapshot_of_impossible_figures_is_displayed_too() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.trip_for(Duration::MAX);
    let mut snapshot = breaker.snapshot();
    snapshot.streak = u8::MAX;
    snapshot.counts.failures = 1;
    assert_eq!(snapshot.counts.successes(), 0);
    assert_eq!(
        snapshot.to_string(),
        "open until moved manually (at least 16th time in a row); moved manually"
    );
}

#[cfg(feature = "alloc")]
#[test]
fn a_snapshot_shows_what_its_window_holds_and_nothing_that_is_not_counted() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| {
        b.last_calls(8).failure_rate(0.9).slow_call_duration(S).slow_call_rate(0.9)
    });
    assert_eq!(summary(&breaker), "closed");
    succeed(&breaker, 3);
    fail(&breaker, 1);
    assert_eq!(summary(&breaker), "closed; 1 of 4 calls failed (25 %)");
    let slow = breaker.try_acquire().unwrap();
    clock.advance(2 * S);
    slow.success();
    assert_eq!(summary(&breaker), "closed; 1 of 5 calls failed (20 %), 1 slow (20 %)");
}

#[test]
fn a_snapshot_shows_how_often_in_a_row_the_circuit_opened() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip_for(S);
    let mut snapshot = breaker.snapshot();
    let mut with_streak = |streak| {
        snapshot.streak = streak;
        snapshot.to_string()
    };
    assert_eq!(with_streak(0), "open for 1.0 s more; moved manually");
    for (streak, time) in
        [(1, "2nd"), (2, "3rd"), (3, "4th"), (11, "12th"), (14, "15th"), (15, "at least 16th")]
    {
        assert_eq!(
            with_streak(streak),
            format!("open for 1.0 s more ({time} time in a row); moved manually")
        );
    }
}

#[test]
fn a_snapshot_is_as_of_now_and_changes_nothing() {
    let clock = ManualClock::new();
    let breaker = recorded(&clock);
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
fn a_refusal_has_a_message_for_every_reason() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.ramp(Ramp::new(0.000_001, 1024 * S)));
    let refused = || (0..3).find_map(|_| breaker.try_acquire().err()).unwrap().to_string();
    breaker.half_open();
    let probe = breaker.try_acquire().unwrap();
    assert_eq!(refused(), "circuit half-open, all probes are out, retry in about 938 ms");
    probe.success();
    assert_eq!(refused(), "circuit recovering, not admitted by the ramp, retry in about 10.6 min");
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(refused(), "circuit forced open");
    breaker.set_mode(Mode::Normal);
    breaker.trip_for(Duration::from_millis(350));
    assert_eq!(refused(), "circuit open, retry in 350 ms");
}

#[test]
fn a_call_error_is_displayed_as_the_refusal_or_as_the_error_of_the_function() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let inner = breaker.call(|| "x".parse::<u32>()).unwrap_err();
    assert_eq!(inner.to_string(), "invalid digit found in string");
    assert!(inner.clone().into_inner().is_some() && inner.rejected().is_none());
    breaker.trip();
    let refused = breaker.call(|| "1".parse::<u32>()).unwrap_err();
    assert_eq!(refused.to_string(), "circuit open, retry in 30.0 s");
    assert_eq!(Rejected::find_in(&refused).as_ref(), refused.rejected());
}

/// What a crate for reports prints on one line: an error and its sources.
#[cfg(feature = "std")]
fn report(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(feature = "std")]
#[test]
fn a_report_of_a_refusal_prints_its_message_once() {
    use tripword::CallError;

    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let call = || breaker.call(|| "x".parse::<u32>()).unwrap_err();
    assert_eq!(report(&call()), "invalid digit found in string");
    breaker.trip();
    let expected = "circuit open, retry in 30.0 s: the circuit breaker refused the call";
    let refused = call();
    assert_eq!(report(&refused), expected);
    assert_eq!(report(&breaker.rejection().expect("it is open")), expected);
    assert_eq!(report(&std::io::Error::other(refused)), expected);
    let nested = CallError::<_, Rejected>::Inner(call());
    assert_eq!(report(&nested), expected);
    assert_eq!(report(nested.into_boxed().as_ref()), expected);
}

#[cfg(feature = "std")]
#[test]
fn a_refusal_is_found_among_the_sources_of_any_error() {
    use tripword::CallError;

    let clock = ManualClock::new();
    let (outer, inner) = (breaker(&clock, |b| b), breaker(&clock, |b| b));
    let call = || outer.call(|| inner.call(|| "x".parse::<u32>())).unwrap_err();
    let find_in = |error: &(dyn std::error::Error + 'static)| Rejected::find_in(error);
    assert_eq!(find_in(&call()), None);
    inner.trip();
    let by_inner = inner.rejection();
    assert!(by_inner.is_some() && find_in(&by_inner.expect("it is open")) == by_inner);
    assert_eq!(find_in(&call()), by_inner);
    assert_eq!(find_in(&std::io::Error::other(call())), by_inner);
    let bare = call().into_inner().and_then(CallError::into_rejected).expect("a refusal");
    assert_eq!(find_in(&std::io::Error::other(bare)), by_inner);
    assert_eq!(find_in(&std::io::Error::other(std::io::Error::other(bare))), by_inner);
    outer.set_mode(Mode::ForceOpen);
    let by_outer = outer.rejection();
    assert!(by_outer.is_some() && by_outer != by_inner);
    assert_eq!(find_in(&call()), by_outer);
}

#[test]
fn the_source_of_a_call_error_is_that_of_the_error_of_the_function() {
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
    let failed = breaker(&clock, |b| b).call(|| Err::<(), _>(Outer(std::fmt::Error))).unwrap_err();
    assert_eq!(failed.to_string(), "cannot write");
    let source = failed.source().expect("a source");
    assert!(source.is::<std::fmt::Error>());
}

#[test]
fn a_refusal_can_be_displayed_with_the_name_of_its_circuit() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.trip_for(Duration::from_millis(8_200));
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(
        rejected.with_name("payments").to_string(),
        "circuit \"payments\" open, retry in 8.2 s"
    );
    breaker.set_mode(Mode::ForceOpen);
    let rejected = breaker.try_acquire().unwrap_err();
    assert_eq!(rejected.with_name(7).to_string(), "circuit \"7\" forced open");
}

#[test]
fn a_name_from_outside_ends_neither_its_quotes_nor_the_line() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.set_mode(Mode::ForceOpen);
    let rejected = breaker.try_acquire().unwrap_err();
    for (name, escaped) in [
        ("a\" forced open\n\r", r#"a\" forced open\n\r"#),
        ("\u{1b}[31m\0\u{7f}\u{85}", r"\u{1b}[31m\u{0}\u{7f}\u{85}"),
        ("\u{2028}\u{202e}\u{2066}", r"\u{2028}\u{202e}\u{2066}"),
        (r"C:\x", r"C:\\x"),
        ("cafe\u{301} o'neill", "cafe\u{301} o'neill"),
    ] {
        let message = rejected.with_name(name).to_string();
        assert_eq!(message, format!("circuit \"{escaped}\" forced open"));
    }
}
