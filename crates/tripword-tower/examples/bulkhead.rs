//! A bulkhead (two calls at a time) and a timeout inside a breaker: a hanging service holds up its
//! callers only briefly.
//!
//!     cargo run -p tripword-tower --example bulkhead
//!
//! Twenty callers at once meet a service that hangs. The bulkhead admits two, which time out and
//! open the circuit; between the two timeouts, a third may get in. The others, which wait for the
//! bulkhead, are refused, and so is every later caller. Without a breaker, the last caller would
//! wait for ten timeouts.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn, timeout::error::Elapsed};
use tripword_tower::{
    CircuitBreakerLayer,
    tripword::{CallError, CircuitBreaker, State},
};

const CALLERS: usize = 20;
const AT_ONCE: usize = 2;
const FAILURES: u32 = 2;

/// How many calls timed out, and how many were refused.
#[derive(Debug, Default)]
struct Tally {
    timed_out: usize,
    refused: usize,
}

impl Tally {
    fn add(&mut self, error: &CallError<BoxError>) {
        match error {
            CallError::Rejected(_) => self.refused += 1,
            CallError::Inner(error) if error.is::<Elapsed>() => self.timed_out += 1,
            CallError::Inner(error) => panic!("{error}"),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let breaker = CircuitBreaker::builder()
        .consecutive_failures(FAILURES)
        .open_duration(Duration::from_secs(60))
        .build()?;
    let breaker = Arc::new(breaker);

    let hits = watch::Sender::new(0);
    let counter = hits.clone();
    let hang = service_fn(move |()| {
        counter.send_modify(|hits| *hits += 1);
        pending::<Result<(), BoxError>>()
    });
    let stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(AT_ONCE)
        .timeout(Duration::from_millis(200))
        .service(hang);

    let callers: JoinSet<_> = (0..CALLERS).map(|_| stack.clone().oneshot(())).collect();
    let mut tally = Tally::default();
    for answer in callers.join_all().await {
        tally.add(&answer.expect_err("the service hangs"));
    }
    let Tally { timed_out, refused } = tally;
    println!("of {CALLERS} callers, {timed_out} timed out and {refused} were refused");
    println!("circuit: {}", breaker.snapshot());
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(timed_out, *hits.borrow(), "refused calls do not reach the service");
    let most = AT_ONCE + FAILURES as usize - 1;
    assert!((AT_ONCE..=most).contains(&timed_out));
    assert_eq!(timed_out + refused, CALLERS);

    let late = stack.oneshot(()).await.expect_err("the circuit is open");
    println!("a later caller: {late}");
    assert!(late.rejected().is_some());
    Ok(())
}
