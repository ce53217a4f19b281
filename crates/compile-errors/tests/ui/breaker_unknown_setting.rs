tripword::breaker! {
    static PAYMENTS = consecutive_failure(5);
}

fn main() {}
