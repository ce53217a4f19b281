# How many instructions each kind of call takes, counted exactly under valgrind, and never more than `benches/instructions` says.
# shellcheck shell=bash

step_instructions() {
    local version log
    need valgrind valgrind
    version=$(sed -n 's/^gungraun = "=\(.*\)"$/\1/p' benches/instructions/Cargo.toml)
    [[ $version ]] || die "benches/instructions/Cargo.toml does not say which gungraun"
    install_gungraun_runner "$version"
    log=$(mktemp)
    run count_instructions 2>&1 | tee "$log"
    expect_counts "$log"
    expect_a_limit_holds
    rm -f "$log"
}

install_gungraun_runner() { # VERSION
    if cargo install --list | grep -qx "gungraun-runner v$1:"; then return; fi
    run cargo install --locked gungraun-runner --version "$1"
}

count_instructions() { # OPTION...
    CARGO_TARGET_DIR="$target/instructions" \
        cargo bench --locked --manifest-path benches/instructions/Cargo.toml --bench calls -- "$@"
}

expect_counts() { # LOG
    local counted asked
    counted=$(grep -c "Instructions:" "$1" || true)
    asked=$(grep -c "^#\[bench::" benches/instructions/benches/calls.rs)
    ((counted == asked)) || die "$counted kinds of calls were counted, of $asked"
    echo "ci: $counted kinds of calls, none above its limit"
}

# A control: with a limit that nothing can keep, the same run fails.
expect_a_limit_holds() {
    if count_instructions --callgrind-limits='ir=1' >/dev/null 2>&1; then
        die "control: no call takes one instruction, but that limit was kept"
    fi
    echo "ci: control: with a limit of one instruction the run fails, as it must"
}
