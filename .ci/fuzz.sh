# Every fuzz target on its seeds, and then for FUZZ_SECONDS (60 unless set) on what it makes of them. `.ci/nightly` gives them longer.
# shellcheck shell=bash

fuzz_version=0.13.2
# As many as CI has processors.
fuzz_at_once=2

step_fuzz() {
    local targets
    need c++ g++
    install_cargo_fuzz
    mapfile -t targets < <(cargo fuzz list)
    ((${#targets[@]} > 0)) || die "cargo fuzz lists no target"
    run cargo fetch --locked --manifest-path fuzz/Cargo.toml
    run_fuzz build
    fuzz_all "${targets[@]}"
}

install_cargo_fuzz() {
    if [[ $(cargo fuzz --version 2>/dev/null) == "cargo-fuzz $fuzz_version" ]]; then return; fi
    run cargo install --locked cargo-fuzz --version "$fuzz_version"
}

# There is no `unsafe` for a sanitizer to watch. Without one the fuzzer is faster, and any compiler will do.
run_fuzz() { # COMMAND ARGUMENT...
    run env CARGO_TARGET_DIR="$target/fuzz" cargo fuzz "$1" --sanitizer none "${@:2}"
}

# A few at a time, each to its end, so that one that fails hides no other.
fuzz_all() { # TARGET...
    local failed=()
    while (($# > 0)); do
        fuzz_together "${@:1:fuzz_at_once}"
        shift "$((fuzz_at_once < $# ? fuzz_at_once : $#))"
    done
    ((${#failed[@]} == 0)) || die "fuzzing failed: ${failed[*]}; fuzz/README.md says how to go on"
}

fuzz_together() { # TARGET...
    local name
    local -A running=()
    for name; do
        fuzz_one "$name" >"$target/fuzz/$name.log" 2>&1 &
        running[$name]=$!
    done
    for name; do
        if ! wait "${running[$name]}" || ! fuzz_count "$name"; then
            tail -n 60 "$target/fuzz/$name.log"
            failed+=("$name")
        fi
    done
}

# What it finds goes to the first directory, outside the tree. It draws slow inputs less often.
fuzz_one() { # TARGET
    local seconds=${FUZZ_SECONDS:-60} corpus=$target/fuzz/corpus/$1
    mkdir -p "$corpus"
    run_fuzz run "$1" "$corpus" "fuzz/seeds/$1" -- \
        -max_total_time="$seconds" -max_len=1024 -timeout=30 -entropic_scale_per_exec_time=1 -print_final_stats=1
}

# Refuses a green run of none.
fuzz_count() { # TARGET
    local runs
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$target/fuzz/$1.log")
    echo "ci: $1: ${runs:-0} executions"
    ((${runs:-0} > 0))
}
