# Every example runs by itself, in seconds, and what it asserts holds.
# shellcheck shell=bash

step_examples() {
    local names name
    names=$(example_names)
    [[ $names ]] || die "cargo knows no example"
    run cargo build --locked --all-features --examples
    for name in $names; do
        run_example "$name"
    done
    echo "ci: $(wc -w <<<"$names") examples ran"
}

# As cargo finds them, but for the one that has a step of its own.
example_names() {
    cargo metadata --locked --no-deps --format-version 1 | python3 -c '
import json, sys
targets = [target for package in json.load(sys.stdin)["packages"] for target in package["targets"]]
print(*sorted({target["name"] for target in targets if target["kind"] == ["example"]} - {"outage"}))'
}

run_example() { # NAME
    local status=0
    run timeout --kill-after=5 60 cargo run --locked --quiet --all-features --example "$1" || status=$?
    ((status == 0)) || die "the example $1 failed with exit $status (124: not done after 60 s)"
}
