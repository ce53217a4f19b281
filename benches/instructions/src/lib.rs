//! How many instructions a call takes: see `benches/calls.rs`.
