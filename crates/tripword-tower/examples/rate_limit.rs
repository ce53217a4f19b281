//! A rate limit by governor inside of a breaker: what it holds back says nothing about the service, and refusals do not use it up.
//!
//!     cargo run --example rate_limit

use std::{error::Error, num::NonZero};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tripword::{CallError, CircuitBreaker, Outcome, State};

const A_MINUTE: NonZero<u32> = NonZero::new(5).unwrap();

/// Why there is no answer.
#[derive(Debug, PartialEq)]
enum Failure {
    /// We have asked as often as we may.
    OurLimit,
    /// The service has failed.
    Service,
}

struct Client {
    breaker: CircuitBreaker,
    limit: DefaultDirectRateLimiter,
}

impl Client {
    fn ask(&self, service: impl Fn() -> Result<(), Failure>) -> Result<(), CallError<Failure>> {
        self.breaker.call_with(judge, || {
            self.limit.check().map_err(|_| Failure::OurLimit)?;
            service()
        })
    }
}

fn judge(result: &Result<(), Failure>) -> Outcome {
    match result {
        Ok(()) => Outcome::Success,
        Err(Failure::OurLimit) => Outcome::Ignored,
        Err(Failure::Service) => Outcome::Failure,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let client = Client {
        breaker: CircuitBreaker::builder().consecutive_failures(2).build()?,
        limit: RateLimiter::direct(Quota::per_minute(A_MINUTE)),
    };

    println!("the service fails twice");
    for _ in 0..2 {
        assert_eq!(
            client.ask(|| Err(Failure::Service)),
            Err(CallError::Inner(Failure::Service))
        );
    }
    println!("  {}", client.breaker.snapshot());
    assert_eq!(client.breaker.state(), State::Open);

    println!("a hundred calls are refused, and cost no rate");
    for _ in 0..100 {
        assert!(
            client
                .ask(|| Ok(()))
                .is_err_and(|why| why.rejected().is_some())
        );
    }

    println!("somebody mends the service, and closes the circuit by hand");
    client.breaker.close();
    let answers: Vec<_> = (0..10).map(|_| client.ask(|| Ok(()))).collect();
    let passed = answers.iter().filter(|answer| answer.is_ok()).count();
    println!("  {passed} of 10 calls pass; the limit holds the others back");
    assert!((3..10).contains(&passed), "five a minute, less two");
    assert!(answers.contains(&Err(CallError::Inner(Failure::OurLimit))));

    println!(
        "that says nothing about the service: {}",
        client.breaker.snapshot()
    );
    assert_eq!(client.breaker.state(), State::Closed);
    Ok(())
}
