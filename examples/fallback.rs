//! A decorated client: while the service is down, the price that was seen last replaces it.
//!
//!     cargo run --example fallback

use std::{cell::RefCell, collections::HashMap, error::Error, time::Duration};

use tripword::{CallError, CircuitBreaker, ManualClock, State};

/// A price, and where it is from.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Price {
    Fresh(u32),
    Cached(u32),
}

/// The service, until it goes down.
fn fetch(is_down: bool, item: &str) -> Result<Price, String> {
    if is_down {
        Err(format!("no connection, no price of {item}"))
    } else {
        Ok(Price::Fresh(item.len() as u32 * 100))
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder()
        .consecutive_failures(3)
        .open_duration(Duration::from_secs(30))
        .jitter(0.0)
        .build_with(&clock)?;
    let (is_down, cache) = (RefCell::new(false), RefCell::new(HashMap::new()));

    let service = breaker.wrap(|item: &str| {
        let price = fetch(*is_down.borrow(), item)?;
        cache.borrow_mut().insert(item.to_owned(), price);
        Ok(price)
    });
    let price = |item: &str| {
        service.call(item).or_else(|error: CallError<String>| {
            println!("  {error}: looking up {item} in the cache");
            match cache.borrow().get(item) {
                Some(Price::Fresh(price) | Price::Cached(price)) => Ok(Price::Cached(*price)),
                None => Err(error),
            }
        })
    };

    println!("the service is up");
    assert_eq!(price("tea"), Ok(Price::Fresh(300)));

    println!("it goes down");
    is_down.replace(true);
    for _ in 0..5 {
        assert_eq!(price("tea"), Ok(Price::Cached(300)));
    }
    assert_eq!(breaker.state(), State::Open);
    let unknown = price("coffee");
    assert!(unknown.is_err_and(|error| error.rejected().is_some()));

    println!("it is up again, and 30 s have passed");
    is_down.replace(false);
    clock.advance(Duration::from_secs(30));
    assert_eq!(price("coffee"), Ok(Price::Fresh(600)));
    assert_eq!(breaker.state(), State::Closed);
    println!("  {}", breaker.snapshot());
    Ok(())
}
