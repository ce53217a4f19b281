//! Random short programs: whatever each thread is answered, one order of instants explains it. Under loom a few programs of two threads in
//! every interleaving, under shuttle many of up to four.

#[path = "../../tests/history/mod.rs"]
mod history;
#[path = "../../tests/oracle/mod.rs"]
mod oracle;

use history::{Case, Part, Program, Record, Size};
use tripword_loom_tests::{numbers, seeded, thread};

#[cfg(loom)]
const SIZE: Size = Size {
    threads: 2..=2,
    steps: 2..=2,
};
#[cfg(shuttle)]
const SIZE: Size = Size {
    threads: 2..=4,
    steps: 3..=6,
};

fn at_once(parts: Vec<Part>) -> Vec<Vec<Record>> {
    let threads: Vec<_> = parts.into_iter().map(thread::spawn).collect();
    threads
        .into_iter()
        .map(|thread| thread.join().expect("no panic"))
        .collect()
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
#[test]
fn failures_in_a_row() {
    check(Case::InARow);
}

#[test]
fn probes_at_once() {
    check(Case::Probes);
}

#[test]
fn a_ramp() {
    check(Case::Ramp);
}

#[test]
fn the_last_few_calls() {
    check(Case::Calls);
}

#[test]
fn more_calls_than_a_word_holds() {
    check(Case::ManyCalls);
}

#[test]
fn a_time() {
    check(Case::Time);
}

#[test]
fn buckets_that_are_turned_over() {
    check(Case::Turning);
}

#[test]
fn whatever_counts_at_once() {
    check(Case::Mixed);
}
