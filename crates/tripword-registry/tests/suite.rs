//! The tests of the registry, as one program.

fn main() {}
