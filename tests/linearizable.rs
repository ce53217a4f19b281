//! Random short programs of two to four real threads: one order of instants explains all answers.
//!
//! `HISTORIES` sets the number of programs of each case (default 1,000), `HISTORIES_FROM` the first
//! seed (default random).
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "the stamps of all threads are an atomic of the test")]

use crate::history::{self, Case, History, Part, Program, Record, Size, check_cases};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

const SIZE: Size = Size { threads: 2..=4, steps: 3..=6 };

fn number(name: &str, usual: u64) -> u64 {
    match std::env::var(name) {
        Ok(number) => number.parse().expect("a number"),
        Err(_) => usual,
    }
}

/// Runs each part in a thread of its own, when all threads are there.
fn at_once(parts: Vec<Part>) -> Vec<Vec<Record>> {
    let missing = AtomicUsize::new(parts.len());
    thread::scope(|scope| {
        let threads: Vec<_> = parts
            .into_iter()
            .map(|part| {
                scope.spawn(|| {
                    missing.fetch_sub(1, SeqCst);
                    while missing.load(SeqCst) > 0 {
                        thread::yield_now();
                    }
                    part()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    })
}

fn play(program: &Program) -> History {
    let drawn = Arc::new(AtomicUsize::new(0));
    let stamp = move || drawn.fetch_add(1, SeqCst);
    history::run(program, stamp, thread::yield_now, at_once)
}

fn check(case: Case) {
    let first = number("HISTORIES_FROM", fastrand::u64(..));
    for number in 0..number("HISTORIES", 1_000) {
        let seed = first.wrapping_add(number);
        let history = play(&Program::drawn(case, &SIZE, seed));
        assert!(
            history.has_an_order(),
            "no order explains this history, of seed {seed}:\n{history:?}"
        );
    }
}

check_cases!(check);
