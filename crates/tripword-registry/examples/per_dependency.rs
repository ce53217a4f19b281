//! A breaker for each dependency, from one registry: the one that is down is refused, the others go on.
//!
//!     cargo run --example per_dependency --features registry

use std::sync::LazyLock;
use std::time::Duration;
use tripword::registry::{NamedError, Registry};
use tripword::{Config, Outcome, config};

/// Payments are slow to come back and dear to get wrong; everything else has the defaults.
static DEPENDENCIES: LazyLock<Registry> = LazyLock::new(|| {
    Registry::builder()
        .config_for(|name| match &**name {
            "payments" => {
                config!(
                    consecutive_failures(3),
                    open_duration(Duration::from_secs(60))
                )
            }
            _ => Config::default(),
        })
        .build()
});

/// What stands for the network: payments are down.
fn send(dependency: &str, request: &str) -> Result<String, &'static str> {
    match dependency {
        "payments" => Err("503 Service Unavailable"),
        _ => Ok(format!("{dependency} did {request}")),
    }
}

fn call(dependency: &str, request: &str) -> Result<String, NamedError<&'static str>> {
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
                Err(NamedError::Inner(error)) => println!("{dependency} failed: {error}"),
                Err(NamedError::Rejected(rejected)) => {
                    refused += 1;
                    println!("not sent: {rejected}");
                }
            }
        }
    }
    assert_eq!((refused, served), (2, 10));
    assert_eq!(DEPENDENCIES.len(), 3);
}
