//! Without a scheduler this package has no models, so a run that was meant to have one must fail.
#![cfg(not(any(loom, shuttle)))]

use std::env;

/// A flag in one of these variables that does not reach the compiler (because another of them, with
/// precedence, replaces it) would otherwise make a run of no models look like a pass.
#[test]
fn a_run_meant_for_a_scheduler_has_one() {
    let flags = env::vars().filter(|(name, _)| name.ends_with("RUSTFLAGS"));
    let lost: Vec<_> = flags
        .filter(|(_, flags)| flags.contains("loom") || flags.contains("shuttle"))
        .collect();
    assert!(
        lost.is_empty(),
        "the models did not run: {lost:?} did not reach the compiler"
    );
}
