//! The engine alone: a breaker as a view of words and settings that are borrowed.

use crate::support::S;
use std::cell::Cell;
use tripword::raw::{Decision, Engine, Word};
use tripword::{
    Cause, Config, Mode, Nanos, Outcome, Probes, Reason, ReconfigureError, State, config,
};

const SECOND: Nanos = Nanos::from_millis(1_000);

fn at_one_second() -> Nanos {
    SECOND
}

fn words<const COUNT: usize>() -> [Word; COUNT] {
    [const { Word::new() }; COUNT]
}

fn settle(engine: Engine<'_>, outcome: Outcome) {
    let (decision, _) = engine.admit(&at_one_second);
    let admission = decision.admission().expect("admitted");
    let _ = engine.settle(admission, outcome, &at_one_second);
}

#[test]
fn an_engine_works_on_words_and_settings_that_end_before_the_program_does() {
    let config = config!(last_calls(10), failures(2));
    let words: [Word; config!(last_calls(10), failures(2)).words()] = words();
    {
        let engine = Engine::new(&config, &words).unwrap();
        settle(engine, Outcome::Failure);
    }
    let engine = Engine::new(&config, &words).unwrap();
    assert_eq!(engine.snapshot(&at_one_second).counts.failures, 1);
    settle(engine, Outcome::Failure);
    assert_eq!(engine.state(&at_one_second), State::Open);
}

#[test]
fn a_copy_of_an_engine_is_the_same_breaker() {
    let (config, words) = (config!(consecutive_failures(2)), words::<4>());
    let engine = Engine::new(&config, &words).unwrap();
    let copy = engine;
    settle(engine, Outcome::Failure);
    settle(copy, Outcome::Failure);
    let states = [engine, copy].map(|engine| engine.state(&at_one_second));
    assert_eq!(states, [State::Open, State::Open]);
}

#[test]
fn two_engines_with_equal_settings_on_the_same_words_are_one_breaker() {
    let (one, other) = (config!(consecutive_failures(2)), config!(consecutive_failures(2)));
    let words = words::<4>();
    let one = Engine::new(&one, &words).unwrap();
    let other = Engine::new(&other, &words).unwrap();
    let (decision, _) = one.admit(&at_one_second);
    let (settlement, _) =
        other.settle(decision.admission().unwrap(), Outcome::Failure, &at_one_second);
    assert!(settlement.counted);
    settle(other, Outcome::Failure);
    assert_eq!(one.state(&at_one_second), State::Open);
}

#[test]
fn an_engine_takes_more_words_than_it_needs_and_refuses_fewer() {
    let config = config!();
    assert!(Engine::new(&config, &words::<9>()).is_ok());
    let error = Engine::new(&config, &words::<3>()).unwrap_err().to_string();
    assert!(error.contains('3') && error.contains('4'), "{error}");
}

#[test]
fn an_engine_refuses_another_start_than_closed_and_normal() {
    let words = words::<4>();
    for config in [config!(start(State::Open)), config!(mode(Mode::Shadow))] {
        let error = Engine::new(&config, &words).unwrap_err().to_string();
        assert!(error.contains("start must be closed"), "{error}");
    }
}

#[test]
fn an_engine_can_be_made_at_compile_time() {
    static CONFIG: Config = config!(consecutive_failures(1));
    static WORDS: [Word; 4] = [const { Word::new() }; 4];
    static ENGINE: Engine<'_> = match Engine::new(&CONFIG, &WORDS) {
        Ok(engine) => engine,
        Err(_) => panic!("four words are enough"),
    };
    settle(ENGINE, Outcome::Failure);
    assert_eq!(ENGINE.state(&at_one_second), State::Open);
}

#[test]
fn the_caller_that_makes_a_transition_is_given_it_once() {
    let config = config!(consecutive_failures(1), open_duration(S), jitter(0.0));
    let words = words::<4>();
    let engine = Engine::new(&config, &words).unwrap();
    let (decision, transition) = engine.admit(&at_one_second);
    assert_eq!(transition, None);
    let admission = decision.admission().unwrap();
    let (settlement, opened) = engine.settle(admission, Outcome::Failure, &at_one_second);
    assert!(settlement.counted);
    let opened = opened.expect("the failure opened the circuit");
    assert_eq!((opened.from, opened.to), (State::Closed, State::Open));
    assert_eq!((opened.at, opened.retry_after), (SECOND, Some(S)));
    let (late, transition) = engine.settle(admission, Outcome::Failure, &at_one_second);
    assert_eq!((late.counted, transition), (false, None));

    let (decision, transition) = engine.admit(&at_one_second);
    assert_eq!(transition, None);
    let rejected = decision.admission().unwrap_err();
    assert_eq!((rejected.reason(), rejected.retry_after()), (Reason::Open, Some(S)));

    let (decision, transition) = engine.admit(&|| SECOND.saturating_add(S));
    let half_opened = transition.expect("the deadline was reached");
    assert_eq!(half_opened.cause, Cause::DeadlineReached);
    assert!(decision.admission().unwrap().is_probe());
}

#[test]
fn shadow_mode_admits_with_the_refusal_that_the_call_would_have_met() {
    let (config, words) = (config!(), words::<4>());
    let engine = Engine::new(&config, &words).unwrap();
    assert_eq!(engine.set_mode(Mode::Shadow), Mode::Normal);
    let _ = engine.trip(&at_one_second);
    let (decision, _) = engine.admit(&at_one_second);
    let Decision::Shadowed(admission, rejected) = decision else {
        panic!("not shadowed: {decision:?}")
    };
    assert!(rejected.is_shadowed() && rejected.reason() == Reason::Open);
    let (settlement, _) = engine.settle(admission, Outcome::Failure, &at_one_second);
    assert!(!settlement.counted);
}

#[test]
fn moves_are_returned_as_transitions_and_no_moves_are_none() {
    let (config, words) = (config!(), words::<4>());
    let engine = Engine::new(&config, &words).unwrap();
    let now = &at_one_second;
    assert_eq!(engine.close(now), None, "closed already");
    assert_eq!(engine.reset(now), None, "closed, though in a new generation");
    assert_eq!(engine.trip(now).unwrap().to, State::Open);
    assert_eq!(engine.trip_for(S, now), None, "the deadline moves");
    assert_eq!(engine.half_open(now).unwrap().to, State::HalfOpen);
    assert_eq!(engine.half_open(now), None);
    let closed = engine.close(now).unwrap();
    assert_eq!((closed.to, closed.cause), (State::Closed, Cause::Manual));
    assert_eq!(engine.entered(), State::Closed);
}

#[test]
fn entered_is_the_state_of_the_last_transition_whatever_the_time() {
    let config = config!(open_duration(S), jitter(0.0));
    let words = words::<4>();
    let engine = Engine::new(&config, &words).unwrap();
    let _ = engine.trip(&at_one_second);
    let later = || SECOND.saturating_add(S);
    assert_eq!((engine.state(&later), engine.entered()), (State::HalfOpen, State::Open));
}

#[test]
fn a_healthy_call_reads_no_clock_and_a_refusal_reads_it_once() {
    let config = config!(last_calls(10), failures(3));
    let words = words::<6>();
    let engine = Engine::new(&config, &words).unwrap();
    let readings = Cell::new(0);
    let now = || {
        readings.set(readings.get() + 1);
        SECOND
    };
    let (decision, _) = engine.admit(&now);
    let _ = engine.settle(decision.admission().unwrap(), Outcome::Success, &now);
    assert_eq!(readings.get(), 0);
    let _ = engine.trip(&at_one_second);
    assert!(engine.admit(&now).0.admission().is_err());
    assert_eq!(readings.get(), 1);
}

#[test]
fn an_engine_tells_by_itself_how_its_settings_differ_from_others() {
    const CONFIG: Config = config!(consecutive_failures(3), live());
    let words: [Word; CONFIG.words()] = words();
    let engine = Engine::new(&CONFIG, &words).unwrap();
    assert!(engine.is_configured_as(&CONFIG));
    let stricter = config!(consecutive_failures(1), live());
    assert!(!engine.is_configured_as(&stricter));
    assert_eq!(engine.can_reconfigure(&stricter), Ok(()));
    assert_eq!(engine.reconfigure(stricter, &at_one_second), Ok(None));
    assert!(engine.is_configured_as(&stricter) && !engine.is_configured_as(&CONFIG));
    assert_eq!(engine.config().consecutive_failures(), 1);
    let other_window = config!(last_calls(10), failures(3), live());
    assert!(matches!(engine.can_reconfigure(&other_window), Err(ReconfigureError::Fixed { .. })));
}

#[test]
fn new_settings_in_half_open_are_returned_as_a_transition() {
    const CONFIG: Config = config!(live());
    let words: [Word; CONFIG.words()] = words();
    let engine = Engine::new(&CONFIG, &words).unwrap();
    let _ = engine.half_open(&at_one_second);
    let two_probes = config!(live(), probes(Probes::new().successes_to_close(2)));
    let transition = engine.reconfigure(two_probes, &at_one_second).unwrap().unwrap();
    assert_eq!(transition.cause, Cause::Reconfigured);
    assert_eq!((transition.from, transition.to), (State::HalfOpen, State::HalfOpen));
}

#[test]
fn a_rejection_is_foreseen_by_the_engine_without_a_change() {
    let (config, words) = (config!(), words::<4>());
    let engine = Engine::new(&config, &words).unwrap();
    assert_eq!(engine.rejection(&at_one_second), None);
    let _ = engine.half_open(&at_one_second);
    assert_eq!(engine.rejection(&at_one_second), None);
    let before = engine.snapshot(&at_one_second);
    let (decision, _) = engine.admit(&at_one_second);
    assert!(decision.admission().unwrap().is_probe());
    let foreseen = engine.rejection(&at_one_second).expect("the slot is taken");
    assert_eq!(foreseen.reason(), Reason::ProbesBusy);
    assert_eq!(before.probes.in_flight, 0);
}
