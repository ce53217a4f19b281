tripword::breaker! {
    static PAYMENTS = consecutive_failures(5)
}

fn main() {}
