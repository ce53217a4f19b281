static CLOCK: tripword::CoarseClock = tripword::CoarseClock::new();

tripword::breaker! {
    static LINK = clock: &CLOCK; consecutive_failures(5);
}

fn main() {}
