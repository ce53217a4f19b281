//! Without tower: retries by backon and a rate limit by governor, around a breaker and inside of it.
#![cfg(feature = "std")]

use crate::paused::{Breaker, breaker};
use backon::{ConstantBuilder, Retryable};
use governor::clock::FakeRelativeClock;
use governor::{Quota, RateLimiter};
use std::cell::Cell;
use std::num::NonZero;
use std::time::Duration;
use tripword::{CallError, Outcome, State};

const S: Duration = Duration::from_secs(1);
/// The failures in a row that open the circuit, for ten seconds.
const FAILURES: u32 = 3;

fn three_strikes() -> Breaker {
    breaker(|b| b.consecutive_failures(FAILURES).open_duration(10 * S))
}

/// Fails its first requests, and is well from then on.
async fn failing(hits: &Cell<u32>, first: u32) -> Result<(), &'static str> {
    hits.set(hits.get() + 1);
    if hits.get() <= first {
        Err("down")
    } else {
        Ok(())
    }
}

fn every_second() -> ConstantBuilder {
    ConstantBuilder::new().with_delay(S).with_max_times(100)
}

#[tokio::test(start_paused = true)]
async fn backon_stops_when_the_circuit_opens() {
    let (breaker, hits) = (three_strikes(), Cell::new(0));
    let result = (|| breaker.call_async(failing(&hits, u32::MAX)))
        .retry(every_second())
        .when(|why| why.rejected().is_none())
        .await;
    assert!(result.unwrap_err().rejected().is_some());
    assert_eq!(hits.get(), FAILURES);
}

#[tokio::test(start_paused = true)]
async fn backon_can_wait_as_long_as_the_refusal_says() {
    let (breaker, hits, attempts) = (three_strikes(), Cell::new(0), Cell::new(0));
    let attempt = || {
        attempts.set(attempts.get() + 1);
        breaker.call_async(failing(&hits, FAILURES))
    };
    let result = attempt
        .retry(every_second())
        .adjust(|why, wait| match why {
            CallError::Rejected(rejected) => wait.and(rejected.retry_after()),
            CallError::Inner(_) => wait,
        })
        .await;
    assert_eq!(result, Ok(()));
    assert_eq!(hits.get(), FAILURES + 1, "one probe");
    assert_eq!(
        attempts.get(),
        hits.get() + 1,
        "one refusal, and none while it waited"
    );
}

#[tokio::test(start_paused = true)]
async fn backon_that_asks_on_while_open_is_refused_each_time() {
    let (breaker, hits, refusals) = (three_strikes(), Cell::new(0), Cell::new(0));
    let result = (|| breaker.call_async(failing(&hits, FAILURES)))
        .retry(every_second())
        .notify(|why, _| refusals.set(refusals.get() + u32::from(why.rejected().is_some())))
        .await;
    assert_eq!(result, Ok(()));
    assert_eq!(
        hits.get(),
        FAILURES + 1,
        "the backend is spared all the same"
    );
    assert!(refusals.get() > 1);
}

/// What stands in for an answer.
#[derive(Debug, PartialEq)]
enum Failure {
    /// We ask too much, by our own limit.
    Limited,
}

/// Makes one call more than a limit admits, as often as would open the circuit, and judges that by `judge`.
fn exceed_limit(judge: impl Fn(&Result<(), Failure>) -> Outcome) -> Breaker {
    let breaker = three_strikes();
    let once = Quota::per_hour(NonZero::<u32>::MIN);
    let limit = RateLimiter::direct_with_clock(once, FakeRelativeClock::default());
    for call in 0..=FAILURES {
        let result = breaker.call_with(&judge, || limit.check().map_err(|_| Failure::Limited));
        let expected = if call == 0 {
            Ok(())
        } else {
            Err(CallError::Inner(Failure::Limited))
        };
        assert_eq!(result, expected);
    }
    breaker
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_inside_is_to_be_ignored() {
    let breaker = exceed_limit(|result| match result {
        Err(Failure::Limited) => Outcome::Ignored,
        Ok(()) => Outcome::Success,
    });
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_inside_that_counts_opens_the_circuit_of_a_healthy_service() {
    let breaker = exceed_limit(Outcome::of);
    assert_eq!(breaker.state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_inside_is_not_used_up_by_refusals() {
    let breaker = three_strikes();
    let once = Quota::per_hour(NonZero::<u32>::MIN);
    let limit = RateLimiter::direct_with_clock(once, FakeRelativeClock::default());
    let call = || breaker.call(|| limit.check().map_err(|_| Failure::Limited));
    breaker.trip();
    for _ in 0..FAILURES {
        assert!(call().unwrap_err().rejected().is_some());
    }
    breaker.reset();
    assert_eq!(call(), Ok(()));
    assert_eq!(call(), Err(CallError::Inner(Failure::Limited)));
}
