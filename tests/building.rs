//! The four ways to make a breaker: a builder, settings, parts, and `breaker!` (see `macros`).
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "an observer's own count, not the engine's")]

use crate::support::{Recorder, S, fail};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tripword::raw::Word;
use tripword::{
    CircuitBreaker, Config, ManualClock, Mode, MonotonicClock, Observer, State, Transition, config,
};

/// Counts transitions.
#[derive(Default)]
struct Count(AtomicU32);

impl Observer for Count {
    fn on_transition(&self, _: &Transition) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_builder_makes_a_breaker_on_the_monotonic_clock_or_on_another() {
    let settings = CircuitBreaker::builder().last_calls(10).failures(2).live();
    let breaker: CircuitBreaker = settings.build().unwrap();
    for _ in 0..2 {
        let _ = breaker.call(|| Err::<(), _>(()));
    }
    assert_eq!(breaker.state(), State::Open);

    let clock = ManualClock::new();
    let breaker = settings.build_with(&clock).unwrap();
    fail(&breaker, 2);
    assert_eq!(breaker.state(), State::Open);
    assert!(std::ptr::eq(*breaker.clock(), &clock));
}

#[test]
fn checked_settings_of_any_kind_become_a_breaker_without_another_check() {
    let config = config!(last_calls(10), failures(2), live());
    let breaker = CircuitBreaker::from(config);
    assert_eq!(breaker.config().words(), config.words());
    for _ in 0..2 {
        let _ = breaker.call(|| Err::<(), _>(()));
    }
    assert_eq!(breaker.state(), State::Open);

    let open = CircuitBreaker::from(config!(start(State::Open), mode(Mode::Shadow)));
    assert_eq!((open.state(), open.mode()), (State::Open, Mode::Shadow));
}

#[test]
fn a_breaker_from_parts_lives_in_the_words_it_is_given_and_continues_their_state() {
    const CONFIG: Config = config!(last_calls(10), failures(2));
    static WORDS: [Word; CONFIG.words()] = [const { Word::new() }; CONFIG.words()];
    let clock = ManualClock::new();
    let first = CircuitBreaker::from_parts(CONFIG, &WORDS, &clock, Recorder::default()).unwrap();
    fail(&first, 1);
    let second = CircuitBreaker::from_parts(CONFIG, &WORDS, &clock, ()).unwrap();
    assert_eq!(second.snapshot().counts.failures, 1);
    fail(&second, 1);
    assert_eq!(first.state(), State::Open);
    assert_eq!(first.observer().take_transitions(), [], "the other one made it");
}

#[test]
fn from_parts_refuses_too_few_words_and_another_start_than_closed_and_normal() {
    static WORDS: [Word; 3] = [const { Word::new() }; 3];
    static ENOUGH: [Word; 4] = [const { Word::new() }; 4];
    let refusal = |config, words| {
        let made = CircuitBreaker::from_parts(config, words, MonotonicClock, ());
        made.map(drop).unwrap_err().to_string()
    };
    let too_few = refusal(config!(), &WORDS);
    assert!(too_few.contains('3') && too_few.contains('4'), "{too_few}");
    for config in [config!(start(State::Open)), config!(mode(Mode::Shadow))] {
        let other_start = refusal(config, &ENOUGH);
        assert!(other_start.contains("start must be closed"), "{other_start}");
    }
}

#[test]
fn by_default_five_failures_in_a_row_open_it() {
    let breaker = CircuitBreaker::default();
    assert_eq!(breaker.config().consecutive_failures(), 5);
    assert_eq!(breaker.snapshot().consecutive_failure_limit, 5);
    for _ in 0..4 {
        let _ = breaker.call(|| Err::<(), _>(()));
    }
    assert_eq!(breaker.state(), State::Closed);
    let _ = breaker.call(|| Err::<(), _>(()));
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn map_observer_replaces_the_observer_and_keeps_everything_else() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder().consecutive_failures(2);
    let breaker = builder.build_with(&clock).unwrap();
    let breaker = breaker.observed_by(Count::default());
    breaker.trip();
    clock.advance(S);
    let before = breaker.snapshot();
    let breaker = breaker.map_observer(|count| (count, Count::default()));
    assert_eq!(breaker.snapshot(), before);
    assert_eq!(breaker.config().consecutive_failures(), 2);
    breaker.close();
    let (first, second) = breaker.observer();
    assert_eq!((first.0.load(Relaxed), second.0.load(Relaxed)), (2, 1));
}

#[test]
fn debug_shows_what_a_breaker_does_and_no_packed_word() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder().last_calls(10).failures(9);
    let breaker = builder.build_with(&clock).unwrap();
    fail(&breaker, 2);
    breaker.set_mode(Mode::Shadow);
    assert_eq!(
        format!("{breaker:?}"),
        "CircuitBreaker { state: Closed, mode: Shadow, generation: 0, consecutive_failures: 0, \
         counts: Counts { calls: 2, failures: 2, slow_calls: 0 }, .. }"
    );
    breaker.trip();
    let open = format!("{breaker:?}");
    assert!(
        open.starts_with("CircuitBreaker { state: Open, mode: Shadow, generation: 1,"),
        "{open}"
    );
}
