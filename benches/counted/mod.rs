//! What the programs that count instructions share: a limit as gungraun has it, and the breakers
//! that both of them call.
#![allow(dead_code, reason = "each program uses some of it")]

use gungraun::{Callgrind, EventKind, LibraryBenchmarkConfig};
use std::time::Duration;
use tripword::{Builder, CircuitBreaker, ManualClock};

pub(crate) const S: Duration = Duration::from_secs(1);

/// Borrowed, so that nothing is counted but the call.
pub(crate) type Breaker = &'static CircuitBreaker<ManualClock>;

pub(crate) fn at_most(instructions: u64) -> LibraryBenchmarkConfig {
    let mut callgrind = Callgrind::with_args(["--cache-sim=no"]);
    callgrind.hard_limits([(EventKind::Ir, instructions)]);
    let mut config = LibraryBenchmarkConfig::default();
    config.tool(callgrind);
    config
}

pub(crate) fn build(builder: Builder) -> Breaker {
    let built = builder.jitter(0.0).build_with(ManualClock::new());
    Box::leak(Box::new(built.expect("valid settings")))
}

/// Closed, after as many good calls as fill any window here.
pub(crate) fn warm(builder: Builder) -> Breaker {
    let breaker = build(builder);
    for _ in 0..500 {
        breaker.try_acquire().expect("closed").success();
    }
    breaker
}

pub(crate) fn consecutive() -> Breaker {
    warm(Builder::new().consecutive_failures(5))
}

pub(crate) fn last_calls() -> Breaker {
    warm(Builder::new().last_calls(100).failure_rate(0.5))
}
