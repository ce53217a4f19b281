//! A bulkhead (at most two calls at once) and a timeout inside of a breaker: a service that hangs holds nobody for long.
//!
//!     cargo run --example bulkhead --features tower
//!
//! Twenty callers at once meet a service that hangs. Two get in and wait in vain; then the circuit is open, and those who queue for the
//! bulkhead are sent away, as is everybody who comes later. Without a breaker the last would have waited for ten timeouts.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tower::{BoxError, ServiceBuilder, ServiceExt, service_fn, timeout::error::Elapsed};
use tripword::{CallError, CircuitBreaker, State, tower::CircuitBreakerLayer};

const CALLERS: usize = 20;
const AT_ONCE: usize = 2;
const FAILURES: u32 = 2;

/// How many waited in vain, and how many were sent away.
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
    let hangs = service_fn(move |()| {
        counter.send_modify(|hits| *hits += 1);
        pending::<Result<(), BoxError>>()
    });
    let stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(AT_ONCE)
        .timeout(Duration::from_millis(200))
        .service(hangs);

    let callers: JoinSet<_> = (0..CALLERS).map(|_| stack.clone().oneshot(())).collect();
    let mut tally = Tally::default();
    for answer in callers.join_all().await {
        tally.add(&answer.expect_err("it hangs"));
    }
    println!(
        "{CALLERS} callers: {tally:?}; {} reached the service",
        *hits.borrow()
    );
    println!("the circuit: {}", breaker.snapshot());
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(tally.timed_out, *hits.borrow());
    let most = AT_ONCE + FAILURES as usize - 1;
    assert!((AT_ONCE..=most).contains(&tally.timed_out));

    let late = stack.oneshot(()).await.expect_err("the circuit is open");
    println!("who comes later: {late}");
    assert!(late.rejected().is_some());
    Ok(())
}
