//! Retry, breaker, bulkhead and timeout in one tower stack, in this order from the outside.
//!
//!     cargo run -p tripword-tower --example tower_stack
//!
//! The first calls of the service hang. The timeout ends each of them, the breaker counts it, and
//! the third opens the circuit. The retry waits as long as the refusal says, and its next attempt
//! succeeds: one request is answered, and the service receives no needless calls.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Sleep, sleep},
};
use tower::{BoxError, ServiceBuilder, ServiceExt, retry::Policy, service_fn};
use tripword_tower::{
    CircuitBreakerLayer,
    tripword::{CallError, CircuitBreaker, Observer, Rejected, Transition},
};

/// The calls that hang.
const FAILURES: u32 = 3;

/// Retries after a failure with exponential backoff, and after a refusal once its wait is over.
#[derive(Clone)]
struct Retries {
    left: u32,
    backoff: Duration,
}

impl Retries {
    fn wait(&mut self, error: &CallError<BoxError>) -> Option<Duration> {
        match error {
            CallError::Rejected(rejected) => rejected.retry_after(),
            CallError::Inner(_) => {
                self.backoff *= 2;
                Some(self.backoff / 2)
            }
        }
    }
}

impl Policy<&'static str, String, CallError<BoxError>> for Retries {
    type Future = Sleep;

    fn retry(
        &mut self,
        _: &mut &'static str,
        result: &mut Result<String, CallError<BoxError>>,
    ) -> Option<Sleep> {
        let error = result.as_ref().err()?;
        self.left = self.left.checked_sub(1)?;
        let wait = self.wait(error)?;
        println!("  {error}; the retry waits {wait:.1?}");
        Some(sleep(wait))
    }

    fn clone_request(&mut self, request: &&'static str) -> Option<&'static str> {
        Some(request)
    }
}

struct Log;

impl Observer for Log {
    fn on_transition(&self, transition: &Transition) {
        println!("  {transition}");
    }

    fn on_rejected(&self, rejected: &Rejected) {
        println!("  refused: {rejected}");
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let breaker = CircuitBreaker::builder()
        .consecutive_failures(FAILURES)
        .open_duration(Duration::from_secs(1))
        .build()?
        .observed_by(Log);

    let calls = watch::Sender::new(0);
    let counter = calls.clone();
    let service = service_fn(move |name: &'static str| {
        counter.send_modify(|calls| *calls += 1);
        let hangs = *counter.borrow() <= FAILURES;
        async move {
            if hangs {
                pending::<()>().await;
            }
            Ok::<_, BoxError>(format!("hello, {name}"))
        }
    });

    let backoff = Duration::from_millis(20);
    let stack = ServiceBuilder::new()
        .retry(Retries { left: 10, backoff })
        .layer(CircuitBreakerLayer::new(Arc::new(breaker)))
        .concurrency_limit(8)
        .timeout(Duration::from_millis(100))
        .service(service);

    let answer = stack.oneshot("world").await;
    let answer = answer.map_err(CallError::into_boxed)?;
    println!("{answer} (after {} calls)", *calls.borrow());
    assert_eq!(answer, "hello, world");
    assert_eq!(*calls.borrow(), FAILURES + 1, "the failures, and one probe");
    Ok(())
}
