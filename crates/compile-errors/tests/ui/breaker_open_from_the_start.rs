tripword::breaker! {
    static PAYMENTS = start(tripword::State::Open);
}

fn main() {}
