//! Who is modelled: what a call does, and where the page says how long it took on one core, and on each of two.

use crate::measured::Place;
use crate::record::{good_call, good_call_after_a_failure, refused_call};
use crate::script::Step::{Load, Lock, Store, Swap, Unlock};
use crate::script::{Script, Wait};
use std::time::Duration;
use tripword::{Builder, CircuitBreaker};

pub(crate) struct Breaker {
    pub(crate) name: &'static str,
    pub(crate) script: Script,
    pub(crate) alone: Place,
    /// Not everything was measured on two.
    pub(crate) together: Option<Place>,
}

impl Breaker {
    /// One that stands in both tables of healthy calls.
    fn healthy(name: &'static str, script: Script, row: &'static str) -> Self {
        Self {
            together: Some(at(TOGETHER, row)),
            ..Self::alone(name, script, at(ALONE, row))
        }
    }

    fn alone(name: &'static str, script: Script, alone: Place) -> Self {
        Self {
            name,
            script,
            alone,
            together: None,
        }
    }
}

const ALONE: &str = "Healthy, one thread";
const TOGETHER: &str = "Healthy, two threads on one breaker";
const ONE_PERCENT: &str = "One call in a hundred fails, one thread";
const REFUSED: &str = "Refused: the circuit is open";

const IN_A_ROW: &str = "5 in a row | **tripword**";
const OF_CALLS: &str = "half of 100 calls | **tripword**";
const OF_TIME: &str = "half of 10 s | **tripword**";
const COARSE: &str = "half of 10 s | **tripword, coarse clock**";
const STRIPED: &str = "half of 10 s | **tripword, 8 stripes**";
const MUTEX: &str = "5 in a row | baseline: std Mutex";
const COUNTER: &str = " | + one RMW";

/// The loop around each call, with nothing in it.
pub(crate) const NOTHING: Place = at(ALONE, " | the call alone");

const fn at(table: &'static str, row: &'static str) -> Place {
    Place { table, row }
}

pub(crate) fn all() -> Vec<Breaker> {
    own().into_iter().chain(others()).collect()
}

/// tripword, by what was recorded.
fn own() -> [Breaker; 7] {
    let after_a_failure = good_call_after_a_failure(last_calls());
    let striped = good_call(within().stripes(8)).striped();
    let refused = refused_call(consecutive());
    [
        Breaker::healthy("tripword, 5 in a row", good_call(consecutive()), IN_A_ROW),
        Breaker::healthy("tripword, 100 calls", good_call(last_calls()), OF_CALLS),
        Breaker::alone(
            "the same, a failure among them",
            after_a_failure,
            at(ONE_PERCENT, OF_CALLS),
        ),
        Breaker::healthy("tripword, 10 s", good_call(within()), OF_TIME),
        Breaker::healthy("the same, coarse clock", good_call(within()), COARSE),
        Breaker::healthy("the same, 8 stripes", striped, STRIPED),
        Breaker::alone("tripword, refused", refused, at(REFUSED, IN_A_ROW)),
    ]
}

/// What has no trace, as it is written. The breaker with a lock takes it twice a call.
fn others() -> [Breaker; 3] {
    let locking = |wait| {
        let (lock, unlock) = (Lock(0, wait), Unlock(0));
        Script::new(vec![lock, Load(0), unlock, lock, Store(0), unlock])
    };
    [
        Breaker::healthy("std Mutex, spinning", locking(Wait::Spinning), MUTEX),
        Breaker::healthy("std Mutex, sleeping", locking(Wait::Sleeping), MUTEX),
        counter(),
    ]
}

/// A bare counter: by it the way of a line is set.
pub(crate) fn counter() -> Breaker {
    Breaker::healthy("a bare `fetch_add`", Script::new(vec![Swap(0)]), COUNTER)
}

fn consecutive() -> Builder {
    CircuitBreaker::builder().consecutive_failures(5)
}

fn last_calls() -> Builder {
    rated(CircuitBreaker::builder().last_calls(100))
}

fn within() -> Builder {
    rated(CircuitBreaker::builder().within(Duration::from_secs(10)))
}

fn rated(builder: Builder) -> Builder {
    builder.failure_rate(0.5).minimum_calls(10)
}
