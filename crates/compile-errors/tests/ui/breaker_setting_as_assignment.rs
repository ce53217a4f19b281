tripword::breaker! {
    static PAYMENTS: CircuitBreaker = consecutive_failures = 5;
}

fn main() {}
