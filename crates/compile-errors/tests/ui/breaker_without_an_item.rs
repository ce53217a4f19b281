tripword::breaker!(consecutive_failures = 5);

fn main() {}
