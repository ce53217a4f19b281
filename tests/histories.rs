//! Tests of the search for an order: it rejects what no order explains, and accepts the rest.
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "the stamps of all threads are an atomic of the test")]

use crate::history::{self, Answer, Case, History, Op, Part, Program, Record, Size};
use oracle::{Policy, Settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use tripword::{Cause, CircuitBreaker, Mode, Nanos, Outcome, State, Transition};

/// The history of a program whose parts ran one after another.
fn in_turn(case: Case, seed: u64) -> History {
    let size = Size { threads: 2..=2, steps: 6..=6 };
    let program = Program::drawn(case, &size, seed);
    let drawn = Arc::new(AtomicUsize::new(0));
    let stamp = move || drawn.fetch_add(1, Relaxed);
    let play = |parts: Vec<Part>| parts.into_iter().map(|part| part()).collect();
    history::run(&program, stamp, || (), play)
}

/// Any other answer.
fn other(answer: Answer) -> Answer {
    let other_move = |moved: Option<Transition>| match moved {
        Some(_) => None,
        None => opened(Cause::Manual),
    };
    match answer {
        Answer::Acquired { probe, refusal, moved } => {
            Answer::Acquired { probe: Some(probe != Some(true)), refusal, moved }
        }
        Answer::Settled(mut settlement, moved) => {
            settlement.counted = !settlement.counted;
            Answer::Settled(settlement, moved)
        }
        Answer::Moved(moved) => Answer::Moved(other_move(moved)),
        Answer::Mode(Mode::Normal) => Answer::Mode(Mode::Shadow),
        Answer::Mode(_) => Answer::Mode(Mode::Normal),
        Answer::State(State::Closed) => Answer::State(State::Open),
        Answer::State(_) => Answer::State(State::Closed),
        Answer::Report(mut report) => {
            report.generation += 1;
            Answer::Report(report)
        }
    }
}

/// One after another there is one explanation, so no answer can be another.
#[test]
fn no_answer_can_be_another() {
    for case in Case::ALL {
        for seed in 0..5 {
            let mut history = in_turn(case, seed);
            assert!(history.has_an_order(), "{history:?}");
            for thread in 0..history.threads.len() {
                for number in 0..history.threads[thread].len() {
                    let recorded = history.threads[thread][number].answer;
                    history.threads[thread][number].answer = other(recorded);
                    assert!(!history.has_an_order(), "{history:?}");
                    history.threads[thread][number].answer = recorded;
                }
            }
        }
    }
}

/// An operation, its permit, when it began and ended, and its answer.
type Done = (Op, usize, [usize; 2], Answer);

/// A history at the clock's zero.
fn history(policy: Policy, case: Case, threads: Vec<Vec<Done>>) -> History {
    let settings = Settings { policy, ..case.settings(&mut fastrand::Rng::new()) };
    let record = |(op, permit, [begun, ended], answer): Done| Record {
        op,
        now: 0,
        permit,
        begun,
        ended,
        alone: false,
        answer,
    };
    let threads = threads.into_iter();
    History {
        settings,
        threads: threads.map(|records| records.into_iter().map(record).collect()).collect(),
    }
}

fn opened(cause: Cause) -> Option<Transition> {
    let mut transition = breaker().engine().trip(&|| Nanos::ZERO)?;
    transition.cause = cause;
    Some(transition)
}

fn breaker() -> CircuitBreaker<()> {
    let settings = Case::InARow.settings(&mut fastrand::Rng::new());
    settings.builder().build_with(()).expect("valid settings")
}

/// The answer to a failure that counts in generation 0 and opens nothing.
fn counted() -> Answer {
    let (breaker, now) = (breaker(), || Nanos::ZERO);
    let admission = breaker.engine().admit(&now).0.admission().expect("closed");
    let (mut settlement, _) = breaker.engine().settle(admission, Outcome::Failure, &now);
    settlement.counted = true;
    Answer::Settled(settlement, None)
}

const ADMITTED: Answer = Answer::Acquired { probe: Some(false), refusal: None, moved: None };

/// An operation that begins after a trip has ended sees it; one that began before may not.
#[test]
fn an_operation_that_ended_is_before_one_that_begins_later() {
    let closed = |begun| {
        let trip = (Op::Trip, 0, [0, 3], Answer::Moved(opened(Cause::Manual)));
        let state = (Op::State, 0, [begun, 9], Answer::State(State::Closed));
        history(Policy::default(), Case::InARow, vec![vec![trip], vec![state]])
    };
    assert!(closed(2).has_an_order());
    assert!(!closed(4).has_an_order());
}

/// Two failures reach the limit of two together, and neither opens the circuit.
#[test]
fn a_verdict_that_is_lost_is_refused() {
    let policy = Policy { failures: Some(2), ..Policy::default() };
    let fail = Op::Settle(0, Outcome::Failure, None);
    for case in [Case::Calls, Case::ManyCalls, Case::Time] {
        let admitted =
            [0, 1].map(|permit| (Op::Acquire, permit, [2 * permit, 2 * permit + 1], ADMITTED));
        let failed = |permit| vec![(fail, permit, [8, 9], counted())];
        let one = history(policy, case, vec![admitted.to_vec(), failed(0)]);
        assert!(one.has_an_order(), "{one:?}");
        let both = history(policy, case, vec![admitted.to_vec(), failed(0), failed(1)]);
        assert!(!both.has_an_order(), "{both:?}");
    }
}
