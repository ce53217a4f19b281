//! A breaker for each dependency, from one registry: calls to the one that is down are refused,
//! calls to the others are not.
//!
//!     cargo run -p tripword-registry --example per_dependency

use std::sync::LazyLock;
use std::time::Duration;
use tripword::{CallError, Config, Outcome, config};
use tripword_registry::{NamedRejected, Registry};

/// Payments recover slowly, so their breaker opens sooner and for longer than the default.
static DEPENDENCIES: LazyLock<Registry> = LazyLock::new(|| {
    Registry::builder()
        .config_for(|name| match &**name {
            "payments" => config!(consecutive_failures(3), open_duration(Duration::from_secs(60))),
            _ => Config::default(),
        })
        .build()
});

/// Stands for the network: payments are down.
fn send(dependency: &str, request: &str) -> Result<String, &'static str> {
    match dependency {
        "payments" => Err("503 Service Unavailable"),
        _ => Ok(format!("{dependency} did {request}")),
    }
}

fn call(dependency: &str, request: &str) -> Result<String, CallError<&'static str, NamedRejected>> {
    let breaker = DEPENDENCIES.get_or_create(dependency);
    breaker.call_with(breaker.noting(Outcome::of), || send(dependency, request))
}

fn main() {
    let (mut refused, mut served) = (0, 0);
    for number in 1..=5 {
        for dependency in ["payments", "search", "stock"] {
            match call(dependency, &format!("request {number}")) {
                Ok(answer) => {
                    served += 1;
                    println!("{answer}");
                }
                Err(CallError::Inner(error)) => println!("{dependency} failed: {error}"),
                Err(CallError::Rejected(rejected)) => {
                    refused += 1;
                    println!("not sent: {rejected}");
                }
            }
        }
    }
    assert_eq!((refused, served), (2, 10));
    assert_eq!(DEPENDENCIES.len(), 3);
}
