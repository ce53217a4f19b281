tripword::breaker! {
    static PAYMENTS = failure_rate(0.5);
}

fn main() {}
