use tripword::{CircuitBreaker, Outcome};

fn main() {
    let breaker = CircuitBreaker::default();
    let judge = |result: &Result<u32, String>| Outcome::of(result);
    let length = breaker.wrap(|text: &'static str| Ok::<usize, String>(text.len()));
    let _ = length.judged_by(judge).call("seven");
}
