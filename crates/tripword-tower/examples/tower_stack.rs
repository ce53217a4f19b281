//! Retry, breaker, bulkhead and timeout in one tower stack, in this order from the outside.
//!
//!     cargo run --example tower_stack --features tower
//!
//! The service hangs for its first calls. The timeout ends each, the breaker counts it and opens, and the retry waits just as long as
//! the refusal says: one request, answered in the end, and a service that was not hammered.

use std::{future::pending, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Sleep, sleep},
};
use tower::{BoxError, ServiceBuilder, ServiceExt, retry::Policy, service_fn};
use tripword::{
    CallError, CircuitBreaker, Observer, Rejected, Transition, tower::CircuitBreakerLayer,
};

/// The calls that hang.
const SICK_FOR: u32 = 3;

/// Tries again: after a failure soon, and later each time; after a refusal when it makes sense, and not before.
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
        .consecutive_failures(SICK_FOR)
        .open_duration(Duration::from_secs(1))
        .build()?
        .observed_by(Log);
    let breaker = Arc::new(breaker);

    let calls = watch::Sender::new(0);
    let counter = calls.clone();
    let service = service_fn(move |name: &'static str| {
        counter.send_modify(|calls| *calls += 1);
        let hangs = *counter.borrow() <= SICK_FOR;
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
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .concurrency_limit(8)
        .timeout(Duration::from_millis(100))
        .service(service);

    let answer = stack.oneshot("world").await;
    let answer = answer.map_err(CallError::into_boxed)?;
    println!("{answer}, after {} calls", *calls.borrow());
    assert_eq!(answer, "hello, world");
    assert_eq!(*calls.borrow(), SICK_FOR + 1, "each failure, and one probe");
    Ok(())
}
