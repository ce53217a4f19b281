//! A circuit breaker in a few atomic words.
