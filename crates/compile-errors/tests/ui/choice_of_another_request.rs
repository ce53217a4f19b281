//! The authority is that of an `http::Request`; this service takes a `String`.

use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower_service::Service;
use tripword::ErrorsAsFailures;
use tripword_registry::Registry;
use tripword_tower::{CircuitBreakerService, PerAuthority};

struct Echo;

impl Service<String> for Echo {
    type Response = String;
    type Error = std::io::Error;
    type Future = Ready<std::io::Result<String>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, text: String) -> Self::Future {
        ready(Ok(text))
    }
}

fn serve(_: impl Service<String>) {}

fn main() {
    let registry: &'static Registry = Box::leak(Box::new(Registry::builder().build()));
    let choice = PerAuthority::new(registry);
    serve(CircuitBreakerService::without_clone(Echo, choice, ErrorsAsFailures));
}
