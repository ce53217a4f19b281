//! A client decorated with a breaker, which falls back to a cache: while the service is away, yesterday's price is better than none.
//!
//!     cargo run --example cached_client

use std::cell::RefCell;
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

/// What stands for the network.
#[derive(Default)]
struct Service {
    is_down: RefCell<bool>,
    calls: RefCell<u32>,
}

impl Prices for &Service {
    fn price(&self, _: &str) -> Result<Price, String> {
        *self.calls.borrow_mut() += 1;
        match *self.is_down.borrow() {
            true => Err("504 Gateway Timeout".to_owned()),
            false => Ok(Price::Fresh(42)),
        }
    }
}

/// The decorator: the same trait, around any client.
struct Guarded<'a, P> {
    inner: P,
    breaker: CircuitBreaker<&'a ManualClock>,
    cache: RefCell<HashMap<String, u32>>,
}

impl<P: Prices> Prices for Guarded<'_, P> {
    fn price(&self, item: &str) -> Result<Price, String> {
        match self.breaker.call(|| self.inner.price(item)) {
            Ok(price) => Ok(self.keep(item, price)),
            Err(error) => self.fall_back(item, &error),
        }
    }
}

impl<P> Guarded<'_, P> {
    fn keep(&self, item: &str, price: Price) -> Price {
        if let Price::Fresh(pence) = price {
            self.cache.borrow_mut().insert(item.to_owned(), pence);
        }
        price
    }

    /// The caller learns of the failure only where the cache cannot help.
    fn fall_back(&self, item: &str, error: &CallError<String>) -> Result<Price, String> {
        let kept = self.cache.borrow().get(item).copied();
        kept.map(Price::Stale).ok_or_else(|| error.to_string())
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
    let ask = |item| {
        let price = client.price(item);
        println!(
            "{item}: {price:?} ({} calls so far; {})",
            service.calls.borrow(),
            client.breaker.snapshot()
        );
        price
    };

    assert_eq!(ask("tea"), Ok(Price::Fresh(42)));
    service.is_down.replace(true);
    for _ in 0..6 {
        assert_eq!(ask("tea"), Ok(Price::Stale(42)));
    }
    assert_eq!(
        *service.calls.borrow(),
        4,
        "three failures, then the circuit is open"
    );
    assert_eq!(ask("salt"), Err("circuit open, retry in 10.0 s".to_owned()));

    service.is_down.replace(false);
    clock.advance(Duration::from_secs(10));
    assert_eq!(ask("tea"), Ok(Price::Fresh(42)));
    Ok(())
}
