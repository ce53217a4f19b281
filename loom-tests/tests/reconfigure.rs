//! Live settings: no reader sees half of one set and half of another, and of two writers at once
//! one is refused.
#![cfg(any(loom, shuttle))]

use loom_tests::*;
use std::time::Duration;
use tripword::raw::Engine;
use tripword::{Builder, Config, Outcome, Probes, ReconfigureError, State};

/// Live settings whose every number is `n`.
fn all(n: u32) -> Builder {
    Builder::new()
        .consecutive_failures(n)
        .open_duration(Duration::from_secs(n.into()))
        .jitter(0.0)
        .live()
}

fn config(settings: Builder) -> Config {
    settings.config().expect("valid settings")
}

fn assert_whole(engine: Engine<'_>) {
    let config = engine.config();
    let n = config.consecutive_failures();
    assert_eq!(config.first_open_duration(), Duration::from_secs(n.into()));
}

#[test]
fn a_reader_sees_one_whole_set() {
    model(|| {
        let breaker = breaker(all(1));
        let writer = spawn(&breaker, |engine| {
            for n in 2..=4 {
                let made = engine.reconfigure(config(all(n)), &at(0));
                made.expect("one writer");
            }
        });
        let reader = spawn(&breaker, assert_whole);
        join([writer, reader]);
        assert_eq!(breaker.config().consecutive_failures(), 4);
    });
}

#[test]
fn two_writers_leave_one_whole_set() {
    model(|| {
        let breaker = breaker(all(1));
        let writers = [2, 3].map(|n| {
            spawn(&breaker, move |engine| match engine.reconfigure(config(all(n)), &at(0)) {
                Ok(_) => 1,
                Err(ReconfigureError::Busy) => 0,
                Err(other) => panic!("{other}"),
            })
        });
        let done: u32 = join(writers).iter().sum();
        assert!(done >= 1);
        assert_whole(breaker.engine());
        assert_ne!(breaker.config().consecutive_failures(), 1);
    });
}

#[test]
fn a_writer_that_follows_another_is_read_whole() {
    model(|| {
        let breaker = breaker(all(1));
        let threads = [2, 3].map(|n| {
            spawn(&breaker, move |engine| {
                let _ = engine.reconfigure(config(all(n)), &at(0));
                assert_whole(engine);
            })
        });
        join(threads);
    });
}

#[test]
fn half_open_begins_again_and_is_left_with_a_slot() {
    model(|| {
        let breaker = breaker(closing_after(1));
        breaker.engine().half_open(&at(0));
        let writer = spawn(&breaker, |engine| {
            let made = engine.reconfigure(config(closing_after(2)), &at(0));
            made.expect("one writer").is_some()
        });
        let prober = spawn(&breaker, |engine| try_admit(engine, 0).is_some());
        assert_eq!(join([writer, prober]), [true, true]);
        let end = breaker.engine().snapshot(&at(0));
        assert_eq!((end.state, end.generation), (State::HalfOpen, 2));
    });
}

/// What was replaced is read while the epoch is claimed: by two writers of the same settings,
/// half-open begins again once.
#[test]
fn half_open_begins_again_once_for_what_changes_once() {
    model(|| {
        let breaker = breaker(closing_after(1));
        breaker.engine().half_open(&at(0));
        let writers = [(); 2].map(|()| {
            spawn(&breaker, |engine| {
                let made = engine.reconfigure(config(closing_after(2)), &at(0));
                u16::from(made.is_ok_and(|transition| transition.is_some()))
            })
        });
        assert_eq!(join(writers).iter().sum::<u16>(), 1);
        assert_eq!(breaker.engine().snapshot(&at(0)).generation, 2);
    });
}

/// Live settings by which so many probes close.
fn closing_after(successes: u32) -> Builder {
    Builder::new()
        .open_duration(Duration::from_millis(10))
        .probes(Probes::new().successes_to_close(successes))
        .jitter(0.0)
        .live()
}

/// Probes a circuit that `prepare` moved, while a writer lowers the number of successes that close
/// it.
fn probe_while_fewer_close(prepare: fn(Engine<'_>)) {
    model(move || {
        let breaker = breaker(closing_after(2));
        prepare(breaker.engine());
        let writer = spawn(&breaker, |engine| {
            let made = engine.reconfigure(config(closing_after(1)), &at(20));
            made.expect("one writer");
        });
        let prober = spawn(&breaker, |engine| {
            if let Some(admission) = try_admit(engine, 20) {
                engine.settle(admission, Outcome::Success, &at(20));
            }
        });
        join([writer, prober]);
        let engine = breaker.engine();
        assert_eq!(engine.snapshot(&at(20)).probes.in_flight, 0);
        let admission = try_admit(engine, 20).expect("no probe is in flight, so there is a slot");
        engine.settle(admission, Outcome::Success, &at(20));
        assert_eq!(engine.state(&at(20)), State::Closed);
    });
}

#[test]
fn a_circuit_that_turns_half_open_is_left_with_a_slot() {
    probe_while_fewer_close(|engine| {
        engine.trip(&at(0));
    });
}

#[test]
fn a_circuit_that_is_half_open_is_left_with_a_slot() {
    probe_while_fewer_close(|engine| {
        engine.half_open(&at(0));
    });
}
