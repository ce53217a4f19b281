use tripword::CircuitBreaker;

fn main() {
    let breaker = CircuitBreaker::default();
    let permit = breaker.try_acquire().unwrap();
    permit.success();
    permit.failure();
}
