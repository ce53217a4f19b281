tripword::breaker! {
    static PAYMENTS = consecutive_failures(0);
}

fn main() {}
