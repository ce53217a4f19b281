# The library compiles, without a warning, with every set of its features.
# shellcheck shell=bash

step_features() {
    need_cargo_hack
    # `loom` and `shuttle` do nothing without a flag that has a step of its own; `default` is a set of the others.
    run env RUSTFLAGS="-D warnings" CARGO_TARGET_DIR="$target/features" \
        cargo hack check --locked --lib --feature-powerset --exclude-features loom,shuttle,default
}

need_cargo_hack() {
    if cargo hack --version >/dev/null 2>&1; then return; fi
    run cargo install --locked cargo-hack
    cargo hack --version || die "cargo-hack is missing, and its installation did not bring it"
}
