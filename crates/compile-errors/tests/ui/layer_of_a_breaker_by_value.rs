//! A layer holds its breaker through a handle.

use tripword::CircuitBreaker;
use tripword_tower::CircuitBreakerLayer;

fn main() {
    let breaker = CircuitBreaker::default();
    let _layer = CircuitBreakerLayer::new(breaker);
}
