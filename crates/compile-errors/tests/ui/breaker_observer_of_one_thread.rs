use std::cell::Cell;
use tripword::{CircuitBreaker, MonotonicClock, Observer, breaker};

struct Count(Cell<u32>);

impl Observer for Count {}

breaker! {
    static PAYMENTS: CircuitBreaker<MonotonicClock, Count> =
        observer: Count(Cell::new(0)); consecutive_failures(5);
}

fn main() {}
