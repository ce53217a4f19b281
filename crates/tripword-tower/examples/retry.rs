//! Retries by backon that do not hammer an open circuit: they wait as long as the refusal says, or stop.
//!
//!     cargo run --example retry

use std::{cell::Cell, error::Error, io, time::Duration};

use backon::{ExponentialBuilder, Retryable};
use tripword::{CallError, CircuitBreaker};

/// The requests that fail.
const SICK_FOR: u32 = 3;

/// A service that fails at first, and counts who reaches it.
#[derive(Default)]
struct Service {
    hits: Cell<u32>,
}

impl Service {
    async fn ask(&self) -> io::Result<&'static str> {
        let hits = self.hits.get() + 1;
        self.hits.set(hits);
        println!("  request {hits} reaches the service");
        if hits <= SICK_FOR {
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
        .consecutive_failures(SICK_FOR)
        .open_duration(Duration::from_secs(1))
        .build()
}

fn tell(why: &CallError<io::Error>, wait: Duration) {
    println!("  {why}; again in {wait:.1?}");
}

/// For who can wait: the next attempt comes when the circuit may be asked again.
async fn patient() -> Result<(), Box<dyn Error>> {
    println!("a caller with patience");
    let (service, breaker) = (Service::default(), breaker()?);
    let answer = (|| breaker.call_async(service.ask()))
        .retry(backoff())
        .adjust(|why, wait| match why {
            CallError::Rejected(rejected) => wait.and(rejected.retry_after()),
            CallError::Inner(_) => wait,
        })
        .notify(tell)
        .await?;
    println!("  {answer}");
    assert_eq!(
        service.hits.get(),
        SICK_FOR + 1,
        "each failure, and one probe"
    );
    Ok(())
}

/// For who cannot: a refusal is the end of it.
async fn impatient() -> Result<(), Box<dyn Error>> {
    println!("a caller without");
    let (service, breaker) = (Service::default(), breaker()?);
    let refused = (|| breaker.call_async(service.ask()))
        .retry(backoff())
        .when(|why| why.rejected().is_none())
        .notify(tell)
        .await
        .unwrap_err();
    println!("  {refused}; that is all");
    assert!(refused.rejected().is_some());
    assert_eq!(service.hits.get(), SICK_FOR);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    patient().await?;
    impatient().await
}
