//! Live settings: no call sees half of one set and half of another, and of two writers one is told to try again.

use std::time::Duration;
use tripword::raw::RawBreaker;
use tripword::{Builder, Config, ReconfigureError, State};
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
