//! Live settings: no call sees half of one set and half of another, and of two writers one is told to try again.

use std::time::Duration;
use tripword::raw::RawBreaker;
use tripword::{Builder, Config, Outcome, Probes, ReconfigureError, State};
use tripword_loom_tests::*;

/// Settings whose every number is `n`.
fn all(n: u32) -> Config {
    let settings = Builder::new()
        .consecutive_failures(n)
        .open_duration(Duration::from_secs(n.into()));
    settings
        .jitter(0.0)
        .live()
        .config()
        .expect("settings that can be")
}

fn assert_whole(breaker: &RawBreaker) {
    let config = breaker.config();
    let n = config.consecutive_failures();
    assert_eq!(config.first_open_duration(), Duration::from_secs(n.into()));
}

#[test]
fn a_reader_sees_one_whole_set() {
    model(|| {
        let breaker = Shared::new(RawBreaker::boxed(all(1)));
        let (writer, reader) = (breaker.clone(), breaker.clone());
        let writer = thread::spawn(move || {
            for n in 2..=4 {
                writer.reconfigure(all(n), at(0)).expect("one writer");
            }
        });
        let reader = thread::spawn(move || assert_whole(&reader));
        writer.join().expect("no panic");
        reader.join().expect("no panic");
        assert_eq!(breaker.config().consecutive_failures(), 4);
    });
}

#[test]
fn two_writers_leave_one_whole_set() {
    model(|| {
        let breaker = Shared::new(RawBreaker::boxed(all(1)));
        let writers = [2, 3].map(|n| {
            let breaker = breaker.clone();
            thread::spawn(move || match breaker.reconfigure(all(n), at(0)) {
                Ok(_) => 1,
                Err(ReconfigureError::Busy) => 0,
                Err(other) => panic!("{other}"),
            })
        });
        let done: u32 = writers
            .map(|writer| writer.join().expect("no panic"))
            .iter()
            .sum();
        assert!(done >= 1);
        assert_whole(&breaker);
        assert_ne!(breaker.config().consecutive_failures(), 1);
    });
}

#[test]
fn a_writer_that_follows_another_is_read_whole() {
    model(|| {
        let breaker = Shared::new(RawBreaker::boxed(all(1)));
        let threads = [2, 3].map(|n| {
            let breaker = breaker.clone();
            thread::spawn(move || {
                let _ = breaker.reconfigure(all(n), at(0));
                assert_whole(&breaker);
            })
        });
        threads
            .into_iter()
            .for_each(|thread| thread.join().expect("no panic"));
    });
}

#[test]
fn half_open_begins_again_and_is_left_with_a_slot() {
    model(|| {
        let breaker = Shared::new(RawBreaker::boxed(all(1)));
        breaker.half_open(at(0));
        let (writer, prober) = (breaker.clone(), breaker.clone());
        let writer = thread::spawn(move || {
            writer
                .reconfigure(all(2), at(0))
                .expect("one writer")
                .is_some()
        });
        let prober = thread::spawn(move || prober.try_acquire(at(0)).decision.admission().is_ok());
        assert!(writer.join().expect("no panic"));
        let probing = prober.join().expect("no panic");
        let end = breaker.snapshot(at(0));
        assert_eq!((end.state, end.generation), (State::HalfOpen, 2));
        assert!(probing);
    });
}

/// Settings by which so many probes close.
fn closing_after(successes: u32) -> Config {
    let settings = Builder::new()
        .open_duration(Duration::from_millis(10))
        .probes(Probes::new().successes_to_close(successes));
    settings
        .jitter(0.0)
        .live()
        .config()
        .expect("settings that can be")
}

/// A probe of a circuit that was `moved` there, while it takes fewer to close.
fn probe_while_fewer_close(moved: fn(&RawBreaker)) {
    model(move || {
        let breaker = Shared::new(RawBreaker::boxed(closing_after(2)));
        moved(&breaker);
        let (writer, prober) = (breaker.clone(), breaker.clone());
        let writer = thread::spawn(move || {
            writer
                .reconfigure(closing_after(1), at(20))
                .expect("one writer");
        });
        let prober = thread::spawn(move || {
            if let Ok(admission) = prober.try_acquire(at(20)).decision.admission() {
                prober.settle(admission, Outcome::Success, at(20));
            }
        });
        writer.join().expect("no panic");
        prober.join().expect("no panic");
        assert_eq!(breaker.snapshot(at(20)).probes.in_flight, 0);
        let next = breaker.try_acquire(at(20)).decision.admission();
        let admission = next.expect("nothing is out, so there is a slot");
        breaker.settle(admission, Outcome::Success, at(20));
        assert_eq!(breaker.state(at(20)), State::Closed);
    });
}

#[test]
fn a_circuit_that_turns_half_open_is_left_with_a_slot() {
    probe_while_fewer_close(|breaker| {
        breaker.trip(at(0));
    });
}

#[test]
fn a_circuit_that_is_half_open_is_left_with_a_slot() {
    probe_while_fewer_close(|breaker| {
        breaker.half_open(at(0));
    });
}
