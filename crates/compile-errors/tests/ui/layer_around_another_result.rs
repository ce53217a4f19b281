//! A classifier of HTTP responses, around a service with another response.

use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower_service::Service;
use tripword::{CircuitBreaker, breaker};
use tripword_tower::{CircuitBreakerService, ServerErrorsAsFailures};

breaker! { static BACKEND: CircuitBreaker = consecutive_failures(5); }

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
    let classify = ServerErrorsAsFailures::new();
    serve(CircuitBreakerService::without_clone(Echo, &BACKEND, classify));
}
