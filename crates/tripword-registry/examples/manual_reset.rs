//! Breakers moved manually: the commands of an operator, as an admin console would offer them.
//!
//!     cargo run -p tripword-registry --example manual_reset

use std::time::Duration;
use tripword::{Config, Mode, State};
use tripword_registry::{NamedBreaker, Registry};

fn run(named: &NamedBreaker, command: &str) {
    let breaker = named.breaker();
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
        ("force closed", true), // calls pass and do not count; the circuit stays open below
        ("normal", false),
        ("probe", true),
        ("trip for an hour", false),
        ("watch only", true),
        ("normal", false),
        ("reset", true),
        ("force open", false),
        ("normal", true),
    ] {
        run(&payments, command);
        let permit = payments.try_acquire();
        println!("{command:16} -> {}", payments.breaker().snapshot());
        assert_eq!(permit.is_ok(), admits, "{command}");
    }
    registry.for_each(|named| named.breaker().trip());
    registry.reset_all();
    assert_eq!(payments.breaker().state(), State::Closed);
}
