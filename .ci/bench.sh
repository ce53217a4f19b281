# Everything that measures still compiles and runs, briefly. No time is judged: nobody knows what else this machine does.
# shellcheck shell=bash

step_bench() {
    # Not optimised: what is asked is whether they run, and the linker would take longer than they do.
    run timeout 1800 cargo bench --locked --profile dev -- --test
    tested any cargo test --locked --manifest-path benches/peers/Cargo.toml
    smoke_peers
    # The flag decides what is compiled, so these builds are kept apart.
    local counting=(RUSTFLAGS="--cfg counting" CARGO_TARGET_DIR="$target/counting")
    tested any env "${counting[@]}" cargo test --locked --manifest-path benches/scale/Cargo.toml
    # A model: what it computes here must be what stands in the page.
    run timeout 1800 env "${counting[@]}" cargo run --locked --manifest-path benches/scale/Cargo.toml -- --check
}

smoke_peers() {
    local before tables
    before=$(git -c safe.directory="$PWD" status --porcelain)
    tables=$(mktemp)
    run timeout 1800 cargo run --locked --manifest-path benches/peers/Cargo.toml -- --smoke >"$tables" || die "the peers do not run"
    for title in "Healthy, one thread" "Healthy, two threads" "One call in a hundred" "Refused" "half-open" "Memory" "turn on"; do
        grep -q "^### .*$title" "$tables" || die "the peers printed no table for: $title"
    done
    [[ $(git -c safe.directory="$PWD" status --porcelain) == "$before" ]] || die "a smoke run must write nothing in the tree"
    echo "ci: $(grep -c '^|' "$tables") lines of tables"
    rm -f "$tables"
}
