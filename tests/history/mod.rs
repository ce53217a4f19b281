//! Histories: the operations of several threads on one breaker and their answers, and whether the
//! oracle, doing one thing after another, could have given the same answers.
//!
//! `program` draws the operations and `cases` the breakers; `record` holds the answers; `spec` is
//! what the breaker may do at one instant, with `sum` for what windows hold meanwhile; `search`
//! looks for an order of the instants. The threads are real ones in `tests/linearizable.rs`, and a
//! scheduler's in `loom-tests/tests/linearizable.rs`.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test file uses some of it")]

mod cases;
mod program;
mod record;
mod search;
mod spec;
mod sum;

pub(crate) use cases::{Case, check_cases};
pub(crate) use program::{Op, Program, Size};
pub(crate) use record::{Answer, Record};
pub(crate) use search::History;

use program::Step;
use record::{Numbered, Player};
use std::sync::Arc;
use tripword::CircuitBreaker;

/// What one thread does.
pub(crate) type Part = Box<dyn FnOnce() -> Vec<Record> + Send>;

/// Runs `program`. `at_once` runs each part in a thread of its own and returns their records in the
/// order of the parts; `stamp` returns ever higher numbers; `pause` is called where another thread
/// can interfere.
pub(crate) fn run<S, P>(
    program: &Program,
    stamp: S,
    pause: P,
    at_once: impl FnOnce(Vec<Part>) -> Vec<Vec<Record>>,
) -> History
where
    S: Fn() -> usize + Clone + Send + 'static,
    P: Fn() + Clone + Send + 'static,
{
    // Without a clock: times are arguments.
    let breaker: CircuitBreaker<()> =
        program.settings.builder().build_with(()).expect("valid settings");
    let breaker = Arc::new(breaker);
    let mut first = 0;
    let mut part = |steps: &[Step], permits: Vec<Numbered>, alone: bool| {
        let (breaker, steps) = (breaker.clone(), steps.to_vec());
        let (stamp, pause, mine) = (stamp.clone(), pause.clone(), first);
        first += steps.len();
        move || {
            let mut player = Player {
                engine: breaker.engine(),
                permits,
                first: mine,
                alone,
                stamp: &stamp,
                pause: &pause,
            };
            (player.play(&steps), player.permits)
        }
    };
    let (before, permits) = part(&program.before, Vec::new(), true)();
    let hands = deal(permits, program.threads.len());
    let threads = program.threads.iter().zip(hands);
    let parts = threads.map(|(steps, permits)| {
        let play = part(steps, permits, false);
        Box::new(move || play().0) as Part
    });
    let mut threads = at_once(parts.collect());
    let look = Step { op: Op::Look, now: program.end };
    let (after, _) = part(&[look], Vec::new(), true)();
    threads.extend([before, after]);
    History { settings: program.settings, threads }
}

fn deal(permits: Vec<Numbered>, threads: usize) -> Vec<Vec<Numbered>> {
    let mut hands = vec![Vec::new(); threads];
    for (turn, permit) in permits.into_iter().enumerate() {
        hands[turn % threads].push(permit);
    }
    hands
}
