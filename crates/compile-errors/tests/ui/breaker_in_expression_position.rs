fn main() {
    let breakers: Vec<_> = (0..3)
        .map(|_| tripword::breaker!(consecutive_failures(5)))
        .collect();
}
