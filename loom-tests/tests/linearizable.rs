//! Random short programs: an order of instants explains the answers that each thread gets. Under
//! loom a few programs of two threads in every interleaving, under shuttle many of up to four.
#![cfg(any(loom, shuttle))]

#[path = "../../tests/history/mod.rs"]
mod history;

use history::{Case, Part, Program, Record, Size, check_cases};
use loom_tests::{numbers, seeded, thread};

#[cfg(loom)]
const SIZE: Size = Size { threads: 2..=2, steps: 2..=2 };
#[cfg(shuttle)]
const SIZE: Size = Size { threads: 2..=4, steps: 3..=6 };

fn at_once(parts: Vec<Part>) -> Vec<Vec<Record>> {
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
}

fn check(case: Case) {
    seeded(move |seed| {
        let program = Program::drawn(case, &SIZE, seed);
        let history = history::run(&program, numbers(), || (), at_once);
        assert!(
            history.has_an_order(),
            "no order explains this history, of seed {seed}:\n{history:?}"
        );
    });
}

check_cases!(check);
