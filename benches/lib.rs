//! Benchmarks of tripword: each file here answers one question about the cost of a call.
