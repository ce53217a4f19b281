//! Retries by backon that respect an open circuit: they wait as long as the refusal says, or stop.
//!
//!     cargo run -p tripword-tower --example retry

use std::{cell::Cell, error::Error, io, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use tripword::{CallError, CircuitBreaker};

/// The requests that fail.
const FAILURES: u32 = 3;

/// A service that fails at first.
#[derive(Default)]
struct Service {
    hits: Cell<u32>,
}

impl Service {
    async fn request(&self) -> io::Result<&'static str> {
        let hits = self.hits.get() + 1;
        self.hits.set(hits);
        println!("  request {hits} reaches the service");
        if hits <= FAILURES {
            Err(io::Error::other("500 Internal Server Error"))
        } else {
            Ok("200 OK")
        }
    }
}

fn backoff() -> ExponentialBuilder {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_millis(20))
        .with_max_times(10)
        .with_jitter()
}

fn breaker() -> Result<CircuitBreaker, tripword::ConfigError> {
    CircuitBreaker::builder()
        .consecutive_failures(FAILURES)
        .open_duration(Duration::from_secs(1))
        .build()
}

fn print_retry(error: &CallError<io::Error>, wait: Duration) {
    println!("  {error}; retry in {wait:.1?}");
}

/// For a caller that can wait: after a refusal, it retries when the circuit admits a probe.
async fn patient() -> Result<(), Box<dyn Error>> {
    println!("a patient caller");
    let (service, breaker) = (Service::default(), breaker()?);
    let answer = (|| breaker.call_async(service.request()))
        .retry(backoff())
        .adjust(|error, wait| match error {
            CallError::Rejected(rejected) => wait.and(rejected.retry_after()),
            CallError::Inner(_) => wait,
        })
        .notify(print_retry)
        .await?;
    println!("  {answer}");
    assert_eq!(answer, "200 OK");
    assert_eq!(service.hits.get(), FAILURES + 1, "the failures, and one probe");
    Ok(())
}

/// For a caller that cannot wait: it does not retry after a refusal.
async fn impatient() -> Result<(), Box<dyn Error>> {
    println!("an impatient caller");
    let (service, breaker) = (Service::default(), breaker()?);
    let error = (|| breaker.call_async(service.request()))
        .retry(backoff())
        .when(|error| error.rejected().is_none())
        .notify(print_retry)
        .await
        .unwrap_err();
    println!("  {error}; no retry");
    assert!(error.rejected().is_some());
    assert_eq!(service.hits.get(), FAILURES);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    patient().await?;
    impatient().await
}
