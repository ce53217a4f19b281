//! A rate limit by governor inside a breaker: calls that the limit stops are ignored, and refused
//! calls do not use it up.
//!
//!     cargo run -p tripword-tower --example rate_limit

use std::{error::Error, num::NonZero};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tripword::{CallError, CircuitBreaker, Outcome, State};

const CALLS_A_MINUTE: NonZero<u32> = NonZero::new(5).unwrap();

#[derive(Debug, PartialEq)]
enum Failure {
    /// Our own limit stopped the call.
    OverLimit,
    /// The service failed.
    Service,
}

struct Client {
    breaker: CircuitBreaker,
    limit: DefaultDirectRateLimiter,
}

impl Client {
    fn call(&self, service: impl Fn() -> Result<(), Failure>) -> Result<(), CallError<Failure>> {
        self.breaker.call_with(judge, || {
            self.limit.check().map_err(|_| Failure::OverLimit)?;
            service()
        })
    }
}

fn judge(result: &Result<(), Failure>) -> Outcome {
    match result {
        Ok(()) => Outcome::Success,
        Err(Failure::OverLimit) => Outcome::Ignored,
        Err(Failure::Service) => Outcome::Failure,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let client = Client {
        breaker: CircuitBreaker::builder().consecutive_failures(2).build()?,
        limit: RateLimiter::direct(Quota::per_minute(CALLS_A_MINUTE)),
    };

    println!("the service fails twice");
    for _ in 0..2 {
        let result = client.call(|| Err(Failure::Service));
        assert_eq!(result, Err(CallError::Inner(Failure::Service)));
    }
    println!("  circuit: {}", client.breaker.snapshot());
    assert_eq!(client.breaker.state(), State::Open);

    println!("a hundred calls are refused, and do not use up the limit");
    for _ in 0..100 {
        let error = client.call(|| Ok(())).unwrap_err();
        assert!(error.rejected().is_some());
    }

    println!("the service is repaired, and an operator closes the circuit");
    client.breaker.close();
    let results: Vec<_> = (0..10).map(|_| client.call(|| Ok(()))).collect();
    let passed = results.iter().filter(|result| result.is_ok()).count();
    println!("  {passed} of 10 calls pass, the limit stops the others");
    assert!((3..10).contains(&passed), "five a minute, less the two that failed");
    assert!(results.contains(&Err(CallError::Inner(Failure::OverLimit))));

    println!("calls that the limit stops are ignored");
    println!("  circuit: {}", client.breaker.snapshot());
    assert_eq!(client.breaker.state(), State::Closed);
    Ok(())
}
