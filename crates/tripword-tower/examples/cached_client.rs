//! A client decorated with a breaker, with a cache as its fallback: while the service is down,
//! yesterday's price is better than none.
//!
//!     cargo run -p tripword-tower --example cached_client
//!
//! A service need not be a tower service to be guarded.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::time::Duration;
use tripword::{CallError, CircuitBreaker, ManualClock};

trait Prices {
    fn price(&self, item: &str) -> Result<Price, String>;
}

#[derive(Debug, Clone, PartialEq)]
enum Price {
    Fresh(u32),
    Stale(u32),
}

/// The remote service.
#[derive(Default)]
struct Service {
    is_down: Cell<bool>,
    calls: Cell<u32>,
}

impl Prices for &Service {
    fn price(&self, _: &str) -> Result<Price, String> {
        self.calls.set(self.calls.get() + 1);
        if self.is_down.get() {
            Err("504 Gateway Timeout".to_owned())
        } else {
            Ok(Price::Fresh(42))
        }
    }
}

/// The decorator, which implements the same trait as the client that it guards.
struct Guarded<'a, P> {
    inner: P,
    breaker: CircuitBreaker<&'a ManualClock>,
    cache: RefCell<HashMap<String, u32>>,
}

impl<P: Prices> Prices for Guarded<'_, P> {
    fn price(&self, item: &str) -> Result<Price, String> {
        match self.breaker.call(|| self.inner.price(item)) {
            Ok(price) => Ok(self.store(item, price)),
            Err(error) => self.fall_back(item, &error),
        }
    }
}

impl<P> Guarded<'_, P> {
    fn store(&self, item: &str, price: Price) -> Price {
        if let Price::Fresh(pence) = price {
            self.cache.borrow_mut().insert(item.to_owned(), pence);
        }
        price
    }

    /// Returns the price in the cache, or the error if there is none.
    fn fall_back(&self, item: &str, error: &CallError<String>) -> Result<Price, String> {
        let cached = self.cache.borrow().get(item).copied();
        cached.map(Price::Stale).ok_or_else(|| error.to_string())
    }
}

fn main() -> Result<(), tripword::ConfigError> {
    let (clock, service) = (ManualClock::new(), Service::default());
    let settings = CircuitBreaker::builder()
        .consecutive_failures(3)
        .open_duration(Duration::from_secs(10))
        .jitter(0.0);
    let client = Guarded {
        inner: &service,
        breaker: settings.build_with(&clock)?,
        cache: RefCell::default(),
    };
    let request = |item| {
        let price = client.price(item);
        let (calls, snapshot) = (service.calls.get(), client.breaker.snapshot());
        println!("  {item}: {price:?} (calls so far: {calls}; circuit: {snapshot})");
        price
    };

    println!("the service is up");
    assert_eq!(request("tea"), Ok(Price::Fresh(42)));

    println!("the service is down");
    service.is_down.set(true);
    for _ in 0..6 {
        assert_eq!(request("tea"), Ok(Price::Stale(42)));
    }
    let calls = service.calls.get();
    assert_eq!(calls, 4, "the circuit opened on the third failure");
    let error = "circuit open, retry in 10.0 s".to_owned();
    assert_eq!(request("salt"), Err(error));

    println!("the service is up again");
    service.is_down.set(false);
    clock.advance(Duration::from_secs(10));
    assert_eq!(request("tea"), Ok(Price::Fresh(42)));
    Ok(())
}
