//! Retries by backon and a rate limit by governor, outside and inside a breaker, without tower.

use crate::paused::{Breaker, FAILURES, breaker};
use crate::support::S;
use backon::{ConstantBuilder, Retryable};
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use std::cell::Cell;
use std::num::NonZero;
use tripword::{CallError, Outcome, State};

/// Fails the first requests, then succeeds.
async fn fail_first(hits: &Cell<u32>, first: u32) -> Result<(), &'static str> {
    hits.set(hits.get() + 1);
    if hits.get() <= first { Err("down") } else { Ok(()) }
}

fn every_second() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(S).with_max_times(100)
}

#[tokio::test(start_paused = true)]
async fn backon_can_stop_when_the_circuit_opens() {
    let (breaker, hits) = (breaker(), Cell::new(0));
    let result = (|| breaker.call_async(fail_first(&hits, u32::MAX)))
        .retry(every_second())
        .when(|error| error.rejected().is_none())
        .await;
    assert!(result.unwrap_err().rejected().is_some());
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn backon_can_wait_for_the_retry_after_of_a_refusal() {
    let (breaker, hits, attempts) = (breaker(), Cell::new(0), Cell::new(0));
    let attempt = || {
        attempts.set(attempts.get() + 1);
        breaker.call_async(fail_first(&hits, FAILURES))
    };
    let result = attempt
        .retry(every_second())
        .adjust(|error, wait| match error {
            CallError::Rejected(rejected) => wait.and(rejected.retry_after()),
            CallError::Inner(_) => wait,
        })
        .await;
    assert_eq!(result, Ok(()));
    assert_eq!(hits.get(), FAILURES + 1, "one probe");
    assert_eq!(attempts.get(), hits.get() + 1, "one refusal");
}

#[tokio::test(start_paused = true)]
async fn backon_without_regard_to_refusals_is_refused_each_second() {
    let (breaker, hits, refusals) = (breaker(), Cell::new(0), Cell::new(0));
    let result = (|| breaker.call_async(fail_first(&hits, FAILURES)))
        .retry(every_second())
        .notify(|error, _| refusals.set(refusals.get() + u32::from(error.rejected().is_some())))
        .await;
    assert_eq!(result, Ok(()));
    assert_eq!(hits.get(), FAILURES + 1, "refusals spare the backend");
    assert!(refusals.get() > 1);
}

#[derive(Debug, PartialEq)]
struct LimitExceeded;

/// Exceeds a limit of one call so often that as many failures would open the circuit.
fn exceed_limit(judge: impl Fn(&Result<(), LimitExceeded>) -> Outcome) -> Breaker {
    let breaker = breaker();
    let once = Quota::per_hour(NonZero::<u32>::MIN);
    let limit = RateLimiter::direct_with_clock(once, FakeRelativeClock::default());
    for call in 0..=FAILURES {
        let result = breaker.call_with(&judge, || limit.check().map_err(|_| LimitExceeded));
        let expected = if call == 0 { Ok(()) } else { Err(CallError::Inner(LimitExceeded)) };
        assert_eq!(result, expected);
    }
    breaker
}

#[tokio::test(start_paused = true)]
async fn an_inner_rate_limit_that_is_ignored_leaves_the_circuit_closed() {
    let breaker = exceed_limit(|result| match result {
        Err(LimitExceeded) => Outcome::Ignored,
        Ok(()) => Outcome::Success,
    });
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn an_inner_rate_limit_that_counts_opens_the_circuit_of_a_healthy_service() {
    let breaker = exceed_limit(Outcome::of);
    assert_eq!(breaker.state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn refusals_do_not_use_up_an_inner_rate_limit() {
    let breaker = breaker();
    let once = Quota::per_hour(NonZero::<u32>::MIN);
    let limit = RateLimiter::direct_with_clock(once, FakeRelativeClock::default());
    let call = || breaker.call(|| limit.check().map_err(|_| LimitExceeded));
    breaker.trip();
    for _ in 0..FAILURES {
        assert!(call().unwrap_err().rejected().is_some());
    }
    breaker.reset();
    assert_eq!(call(), Ok(()));
    assert_eq!(call(), Err(CallError::Inner(LimitExceeded)));
}
