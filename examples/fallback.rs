//! A client with a fallback: while its service is down, it answers with the last price it saw.
//!
//!     cargo run --example fallback

use std::{cell::RefCell, collections::HashMap, error::Error, time::Duration};

use tripword::{CallError, CircuitBreaker, ManualClock, State};

/// A price, and its source.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Price {
    Fresh(u32),
    Cached(u32),
}

/// A service that can go down.
#[derive(Debug, Default)]
struct Service {
    is_down: bool,
}

impl Service {
    fn price(&self, item: &str) -> Result<u32, String> {
        if self.is_down {
            Err(format!("no connection, no price of {item}"))
        } else {
            Ok(item.len() as u32 * 100)
        }
    }
}

/// The client's side: a breaker for the service, and the last prices.
struct Client<'a> {
    breaker: CircuitBreaker<&'a ManualClock>,
    last_prices: RefCell<HashMap<String, u32>>,
}

impl Client<'_> {
    /// Asks the service through the breaker. The call's `Result` has everything that a fallback
    /// needs: a failed call and a refused one both end here.
    fn price(&self, service: &Service, item: &str) -> Result<Price, CallError<String>> {
        match self.breaker.call(|| service.price(item)) {
            Ok(price) => {
                self.last_prices.borrow_mut().insert(item.to_owned(), price);
                Ok(Price::Fresh(price))
            }
            Err(error) => {
                println!("  {error}: looking up {item} in the cache");
                let cached = self.last_prices.borrow().get(item).copied();
                cached.map(Price::Cached).ok_or(error)
            }
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::new();
    let client = Client {
        breaker: CircuitBreaker::builder()
            .consecutive_failures(3)
            .open_duration(Duration::from_secs(30))
            .jitter(0.0)
            .build_with(&clock)?,
        last_prices: RefCell::default(),
    };
    let mut service = Service::default();

    println!("the service is up");
    assert_eq!(client.price(&service, "tea"), Ok(Price::Fresh(300)));

    println!("the service goes down");
    service.is_down = true;
    for _ in 0..5 {
        assert_eq!(client.price(&service, "tea"), Ok(Price::Cached(300)));
    }
    assert_eq!(client.breaker.state(), State::Open);
    let unknown = client.price(&service, "coffee");
    assert!(matches!(unknown, Err(CallError::Rejected(_))));

    println!("the service is up again, and 30 s have passed");
    service.is_down = false;
    clock.advance(Duration::from_secs(30));
    assert_eq!(client.price(&service, "coffee"), Ok(Price::Fresh(600)));
    assert_eq!(client.breaker.state(), State::Closed);
    println!("  {}", client.breaker.snapshot());
    Ok(())
}
