//! Random operations for a breaker and its oracle: what is done, how it is chosen, and how often.
#![allow(dead_code, reason = "each test file uses some of it")]

pub(crate) mod damage;
mod dice;
pub(crate) mod engine;
pub(crate) mod live;
mod op;
mod pair;
pub(crate) mod windows;

pub(crate) use op::{Case, Op, ROUND, Step, is_transition};
pub(crate) use pair::Settling;

use oracle::Oracle;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as RunConfig, RngAlgorithm, RngSeed, TestRunner};
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

const MS: Duration = Duration::from_millis(1);
const S: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// How long a sequence may take: with the longest wait that ends, 9 years, less than half of what
/// deadlines wrap at.
pub(crate) const LONGEST_RUN: Duration = Duration::from_secs(8 * 365 * 86_400);
/// How often sequences must reach each place.
const LEAST_VISITS: u32 = 5;

/// So many `sequences` of `cases`, which shrink, and can be repeated, when one fails.
pub(crate) fn agree(sequences: u32, cases: &impl Strategy<Value = Case>) {
    let config = run_config(sequences);
    let seed = config.rng_seed;
    let checked = TestRunner::new(config).run(cases, |case| {
        let differs = case.run(|_| ());
        differs.map_err(TestCaseError::fail)
    });
    if let Err(error) = checked {
        panic!("{error}\nagain with PROPTEST_RNG_SEED, the number in {seed:?}");
    }
}

/// Looks where sequences lead: a model that leads nowhere would agree with everything. `visit`
/// names the places that a step has reached; these must be `places`, each of them often enough.
pub(crate) fn check_visits(
    sequences: u32,
    cases: &[BoxedStrategy<Case>],
    places: &[&str],
    visit: fn(&Oracle, &mut dyn FnMut(String)),
) {
    let mut config = run_config(sequences);
    config.rng_seed = RngSeed::Fixed(1);
    let mut runner = TestRunner::new(config);
    let mut visits: BTreeMap<_, _> = places.iter().map(|&place| (place.into(), 0)).collect();
    let mut count = |place| *visits.entry(place).or_default() += 1;
    for cases in cases {
        for _ in 0..sequences {
            let case = cases.new_tree(&mut runner).expect("a case").current();
            case.run(|oracle| visit(oracle, &mut count)).expect("as the oracle says");
        }
    }
    assert_eq!(visits.len(), places.len(), "elsewhere: {visits:#?}");
    let is_often = |&times: &u32| times >= LEAST_VISITS;
    assert!(visits.values().all(is_often), "too seldom: {visits:#?}");
}

/// So many `cases` unless `PROPTEST_CASES` is set, from a seed that can be repeated.
pub(crate) fn run_config(cases: u32) -> RunConfig {
    let mut config = RunConfig::default();
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    config.failure_persistence = None;
    // The usual one takes most of the time in a build without optimisation.
    config.rng_algorithm = RngAlgorithm::XorShift;
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(RandomState::new().hash_one(()));
    }
    config
}
