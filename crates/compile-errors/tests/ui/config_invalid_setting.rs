use tripword::{Config, config};

const SETTINGS: Config = config!(last_calls(2_000), failure_rate(0.5));

fn main() {
    let _ = SETTINGS;
}
