use tripword::CircuitBreaker;

fn main() {
    let breaker = CircuitBreaker::default();
    let mut permit = breaker.try_acquire().unwrap();
    let entered = permit.enter();
    permit.success();
    drop(entered);
}
