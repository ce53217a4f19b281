//! A breaker and its oracle side by side: the same is done to both, and compared.

use super::cases::{Case, Op, Settling, Step};
use super::real::{self, Breaker, Permit, Watched};
use super::{Event, Finding, Oracle, Refusal, Settings, built, said};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config as RunConfig, RngAlgorithm, RngSeed, TestRunner};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;
use tripword::{CallError, ManualClock, Mode, Nanos, Outcome, Rejected, State};

/// How often sequences must come to each place.
const LEAST_VISITS: u32 = 5;

/// A breaker and its oracle, and the permits that each gave.
struct Pair<'a> {
    clock: &'a Watched,
    others: &'a [Settings],
    breaker: &'a Arc<Breaker<'a>>,
    oracle: Oracle,
    permits: Vec<(Permit<'a>, super::Permit)>,
    /// Between which moments the clock may go.
    earliest: u128,
    latest: u128,
    /// How deep in the stack the real permits are settled.
    depth: u32,
}

pub(crate) type Checked = Result<(), TestCaseError>;

impl<'a> Pair<'a> {
    fn step(&mut self, op: Op) -> Checked {
        let needs_no_clock = self.needs_no_clock(op);
        self.clock.reads.set(0);
        match op {
            Op::Acquire { owned } => self.acquire(owned)?,
            Op::Call(outcome) => self.call(outcome, Duration::ZERO)?,
            Op::LongCall(outcome, takes) => self.call(outcome, takes)?,
            Op::Run(calls, how) => self.run(calls, how)?,
            Op::Deeper(depth) => self.depth = depth,
            Op::Settle(which, how) => self.settle(which, how),
            Op::Trip => (self.breaker.trip(), self.oracle.trip()).1,
            Op::TripFor(wait) => (self.breaker.trip_for(wait), self.oracle.trip_for(wait)).1,
            Op::HalfOpen => (self.breaker.half_open(), self.oracle.half_open()).1,
            Op::Close => (self.breaker.close(), self.oracle.close()).1,
            Op::Reset => (self.breaker.reset(), self.oracle.reset()).1,
            Op::SetMode(mode) => (self.breaker.set_mode(mode), self.oracle.set_mode(mode)).1,
            Op::Reconfigure(which) => self.reconfigure(which)?,
            Op::Time(step) => self.move_clock(step),
        }
        self.compare(needs_no_clock)
    }

    fn acquire(&mut self, owned: bool) -> Checked {
        let on_a_ramp = self.oracle.entered() == State::Recovering;
        let foreseen = self.breaker.rejection();
        let real = self.acquire_real(owned);
        if foreseen.is_some() || !on_a_ramp {
            prop_assert_eq!(foreseen.as_ref(), real.as_ref().err(), "foreseen refusal");
        }
        let real = real.map_err(|real| said::refusal(&real));
        let oracle = self.oracle.try_acquire();
        prop_assert_eq!(real.as_ref().err(), oracle.as_ref().err(), "refusal");
        if let (Ok(real), Ok(oracle)) = (real, oracle) {
            prop_assert_eq!(real.is_probe(), oracle.is_probe(), "is_probe");
            self.permits.push((real, oracle));
        }
        Ok(())
    }

    fn acquire_real(&self, owned: bool) -> Result<Permit<'a>, Rejected> {
        #[cfg(feature = "alloc")]
        if owned {
            return self.breaker.clone().try_acquire_owned().map(Permit::Owned);
        }
        let _ = owned;
        self.breaker.try_acquire().map(Permit::Borrowed)
    }

    fn call(&mut self, outcome: Outcome, takes: Duration) -> Checked {
        let end = (self.oracle.now + takes.as_nanos()).min(self.latest);
        let work = || {
            self.clock.clock.set(nanos(end));
            Ok::<_, ()>(())
        };
        let called = self.breaker.call_with(|_| outcome, work);
        let refused = called.err().and_then(CallError::into_rejected);
        let permit = self.oracle.try_acquire();
        let refused: Option<Refusal> = refused.map(|real| said::refusal(&real));
        prop_assert_eq!(refused, permit.err(), "refusal");
        if let Ok(permit) = permit {
            self.oracle.now = end;
            self.oracle.settle(permit, Finding::Outcome(outcome, None));
        }
        Ok(())
    }

    fn run(&mut self, calls: u32, how: Settling) -> Checked {
        for _ in 0..calls {
            let before = self.permits.len();
            self.acquire(false)?;
            if self.permits.len() > before {
                self.settle(before, how);
            }
        }
        Ok(())
    }

    fn settle(&mut self, which: usize, how: Settling) {
        if self.permits.is_empty() {
            return;
        }
        let (real, permit) = self.permits.swap_remove(which % self.permits.len());
        deeper(self.depth, || real.settle(how));
        if let Some(finding) = real::finding(how) {
            self.oracle.settle(permit, finding);
        }
    }

    fn reconfigure(&mut self, which: usize) -> Checked {
        let Some(settings) = self.others.get(which) else {
            return Ok(());
        };
        let real = self.breaker.reconfigure(built::config(settings));
        prop_assert_eq!(
            real.is_ok(),
            self.oracle.reconfigure(*settings),
            "{:?}",
            real
        );
        Ok(())
    }

    fn move_clock(&mut self, step: Step) {
        self.oracle.now = step.from(&self.oracle).clamp(self.earliest, self.latest);
        self.clock.clock.set(nanos(self.oracle.now));
    }

    /// What asks or settles while closed, and what a mode alone decides, reads no clock: the healthy path. Unless slow calls are
    /// judged, and measured, or the window is one of time.
    fn needs_no_clock(&self, op: Op) -> bool {
        let settings = &self.oracle.settings;
        let is_closed = self.oracle.entered() == State::Closed;
        let is_measured = settings.slow_call_duration.is_some();
        let admits = is_closed || matches!(self.oracle.mode(), Mode::ForceOpen | Mode::ForceClosed);
        let settles = is_closed && !settings.has_time_window();
        match op {
            Op::Acquire { .. } => admits && !is_measured,
            Op::Settle(_, Settling::RecordElapsed(..)) => settles,
            Op::Settle(..) | Op::Call(_) | Op::LongCall(..) | Op::Run(..) => {
                settles && !is_measured
            }
            _ => false,
        }
    }

    fn compare(&mut self, needs_no_clock: bool) -> Checked {
        let reads = self.clock.reads.take();
        let heard = self.breaker.observer().take().into_iter();
        let told: Vec<_> = heard.map(real::event).collect();
        prop_assert_eq!(&told, &self.oracle.events, "events");
        let moved = told.iter().any(is_transition);
        prop_assert!(!needs_no_clock || moved || reads == 0, "read the clock");
        let report = said::report(&self.breaker.snapshot());
        prop_assert_eq!(report, self.oracle.report(), "snapshot");
        prop_assert_eq!(self.breaker.state(), self.oracle.state(), "state");
        prop_assert_eq!(self.breaker.mode(), self.oracle.mode(), "mode");
        Ok(())
    }
}

pub(crate) fn is_transition(event: &Event) -> bool {
    matches!(event, Event::Transition { .. })
}

fn nanos(now: u128) -> Nanos {
    Nanos::from_nanos(now as u64)
}

/// Does `work` so many times 64 KiB further down the stack, by which threads are spread over stripes.
#[inline(never)]
fn deeper<T>(levels: u32, work: impl FnOnce() -> T) -> T {
    if levels == 0 {
        return work();
    }
    let filler = black_box([0_u8; 1 << 16]);
    let done = deeper(levels - 1, work);
    black_box(&filler);
    done
}

/// Runs a case, showing the oracle and what it told after each step.
pub(crate) fn run(case: &Case, mut show: impl FnMut(&Oracle)) -> Checked {
    let clock = Watched {
        clock: ManualClock::at(case.clock.into()),
        reads: Cell::new(0),
    };
    #[expect(
        clippy::arc_with_non_send_sync,
        reason = "one thread; an owned permit takes an Arc"
    )]
    let breaker = Arc::new(real::build(&case.settings, &clock));
    let mut pair = Pair {
        clock: &clock,
        others: &case.others,
        breaker: &breaker,
        oracle: Oracle::new(case.settings, case.clock.as_nanos()),
        permits: Vec::new(),
        earliest: case.earliest.as_nanos(),
        latest: (case.clock + case.longest).as_nanos(),
        depth: 0,
    };
    for _ in 0..case.resets {
        pair.breaker.reset();
        pair.oracle.reset();
    }
    let drops = [Op::Settle(0, Settling::Drop); 8];
    for (number, &op) in case.ops.iter().chain(&drops).enumerate() {
        let why = |error| TestCaseError::fail(format!("{number}. {op:?}: {error}"));
        pair.step(op).map_err(why)?;
        show(&pair.oracle);
        pair.oracle.events.clear();
    }
    Ok(())
}

/// So many `sequences` of `cases`, which shrink, and can be told again, when one fails.
pub(crate) fn agree(sequences: u32, cases: &impl Strategy<Value = Case>) {
    let config = run_config(sequences);
    let seed = config.rng_seed;
    let checked = TestRunner::new(config).run(cases, |case| run(&case, |_| ()));
    if let Err(error) = checked {
        panic!("{error}\nagain with PROPTEST_RNG_SEED, the number in {seed:?}");
    }
}

/// Looks where sequences come: a model that comes nowhere would agree with everything. `visit` names the places that a step came to;
/// these must be `places`, each of them often enough.
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
            run(&case, |oracle| visit(oracle, &mut count)).expect("as the oracle says");
        }
    }
    assert_eq!(visits.len(), places.len(), "elsewhere: {visits:#?}");
    let is_often = |&times: &u32| times >= LEAST_VISITS;
    assert!(visits.values().all(is_often), "too seldom: {visits:#?}");
}

pub(crate) fn as_the_oracle_says(case: &Case) {
    run(case, |_| ()).unwrap_or_else(|error| panic!("{error}\n{case:?}"));
}

/// So many `cases` unless `PROPTEST_CASES` is set, from a seed that can be told.
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
