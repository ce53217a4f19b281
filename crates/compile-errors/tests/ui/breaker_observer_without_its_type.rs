struct Log;

impl tripword::Observer for Log {}

tripword::breaker! {
    static PAYMENTS = observer: Log; consecutive_failures(5);
}

fn main() {}
