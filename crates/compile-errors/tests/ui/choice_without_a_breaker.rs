//! What chooses the breaker of a request is a handle, or says how it chooses.

use std::future::{Ready, ready};
use std::task::{Context, Poll};
use tower_service::Service;
use tripword::ErrorsAsFailures;
use tripword_tower::CircuitBreakerService;

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

struct ByTenant;

fn main() {
    serve(CircuitBreakerService::without_clone(Echo, ByTenant, ErrorsAsFailures));
}
