//! Breakers moved by hand: an operator's commands, as an admin console would take them.
//!
//!     cargo run --example manual_reset --features registry

use std::time::Duration;
use tripword::registry::{NamedBreaker, Registry};
use tripword::{Config, Mode, State};

fn obey(breaker: &NamedBreaker, command: &str) {
    match command {
        "trip" => breaker.trip(),
        "trip for an hour" => breaker.trip_for(Duration::from_secs(3_600)),
        "probe" => breaker.half_open(),
        "close" => breaker.close(),
        "reset" => breaker.reset(),
        "force open" => breaker.set_mode(Mode::ForceOpen),
        "force closed" => breaker.set_mode(Mode::ForceClosed),
        "watch only" => breaker.set_mode(Mode::Shadow),
        "normal" => breaker.set_mode(Mode::Normal),
        other => println!("no such command: {other}"),
    }
}

fn main() {
    let registry = Registry::new(Config::default());
    let payments = registry.get_or_create("payments");
    for (command, admits) in [
        ("trip", false),
        ("force closed", true), // passes and counts nothing; below it the circuit stays open
        ("normal", false),
        ("probe", true),
        ("trip for an hour", false),
        ("watch only", true),
        ("normal", false),
        ("reset", true),
        ("force open", false),
        ("normal", true),
    ] {
        obey(&payments, command);
        let permit = payments.try_acquire();
        println!("{command:16} -> {}", payments.snapshot());
        assert_eq!(permit.is_ok(), admits, "{command}");
    }
    registry.list().iter().for_each(|breaker| breaker.trip());
    registry.reset_all();
    assert_eq!(payments.state(), State::Closed);
}
