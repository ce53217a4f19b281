fn main() {
    let config = tripword::config!(consecutive_failures = 5);
}
