# The steps of a check, for people, workflows and `.ci/run` alike. `just` lists them, `just check` runs the quick ones.
# Tools: cargo-deny, cargo-fuzz, cargo-hack, typos, npm, jq, valgrind with gungraun-runner.

set shell := ["bash", "-euo", "pipefail", "-c"]

published := "-p tripword -p tripword-tower -p tripword-tonic -p tripword-reqwest -p tripword-registry -p tripword-metrics"
target := env("CARGO_TARGET_DIR", justfile_directory() / "target")
# `.ci/run` builds the standard library for each target; rustup installs it ready-made, and then this stays empty.
build_std := env("BUILD_STD", "")
no_std := "cargo build --locked --profile ci -p tripword --lib --no-default-features " + build_std

[private]
default:
    @just --list --unsorted

# Formatting, words, orderings, lints and tests: what most changes need
check: fmt prose orderings clippy test doc

# Versions of the tools
tools:
    cargo --version && rustc --version && cargo fmt --version && cargo clippy --version
    cargo deny --version && cargo fuzz --version && cargo hack --version && typos --version

# Formatting of all packages, and the shell scripts
fmt:
    cargo fmt --all --check
    cargo fmt --check --manifest-path fuzz/Cargo.toml
    cargo fmt --check --manifest-path benches/peers/Cargo.toml
    shellcheck -x .ci/run .ci/tested

# Spelling, banned phrases, and names that belong to one machine
prose:
    typos
    git ls-files -z '*.md' '*.rs' '*.toml' | xargs -0 npx --yes prh@5.4.4 --rules .prh.yml --verify
    ! git grep -nIE '(^|[^[:alnum:]_.})-])/(work|tmp|root|home|Users)/|(^|[^/])(crates[.]io|pypi[.]org|npmjs[.]org|debian[.]org)'

# Reasons of atomic orderings, the list of weakenings, sizes and shape of the source
orderings:
    cargo xtask orderings
    cargo xtask teeth --list
    cargo xtask figures --check

# Lints, with every package and build flag
clippy:
    cargo clippy --locked --profile ci --workspace --all-targets --all-features -- -D warnings
    for cfg in loom shuttle; do RUSTFLAGS="--cfg $cfg" cargo clippy --locked --profile ci -p loom-tests --all-targets -- -D warnings; done
    for path in fuzz benches/peers; do cargo clippy --locked --target-dir {{target}} --manifest-path $path/Cargo.toml --all-targets -- -D warnings; done

# Licences, banned crates and duplicate versions; advisories with `just deny advisories`
deny *checks="licenses bans":
    cargo deny --workspace --all-features check {{checks}}

# Every set of features of the published crates
features:
    cargo hack clippy --locked --profile ci {{published}} --lib --feature-powerset --exclude-features loom,shuttle,default -- -D warnings

# All tests and doctests: as the README says, with all features, and the core without std and without alloc
test:
    .ci/tested cargo test --workspace
    .ci/tested --each cargo test --locked --profile ci --workspace --all-features --exclude loom-tests --exclude without-std
    .ci/tested cargo test --locked --profile ci -p without-std --features alone
    .ci/tested cargo test --locked --profile ci -p without-std --features alone,alloc

# Documentation without a warning, private items included
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace --exclude docs --lib --all-features
    RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --workspace --exclude docs --lib --all-features --document-private-items

# Every small example, each within a minute
examples:
    cargo build --locked --profile ci --workspace --all-features --examples --message-format json-render-diagnostics \
        | jq -r 'select(.executable != null and .target.kind == ["example"]).executable' | xargs -t -n 1 timeout --kill-after=5 60

# The main job: within 40 s, with its plot, and one line for a bad value
outage:
    cargo build --locked --release -p outage
    rm -f outage.svg
    timeout --kill-after=5 40 cargo run --locked --release -p outage
    grep -q '</svg>' outage.svg
    status=0; {{target}}/release/outage --failure-threshold 0 2>{{target}}/outage.log || status=$?; \
        cat {{target}}/outage.log; (( status == 2 && $(wc -l <{{target}}/outage.log) == 1 ))

# The oldest supported compiler
msrv:
    "${RUSTC:-rustc}" --version | grep -F "rustc $(sed -n 's/^rust-version = "\([0-9.]*\)"$/\1/p' Cargo.toml | head -n 1)."
    cargo check --locked --profile ci {{published}} --lib
    cargo check --locked --profile ci -p tripword --lib --no-default-features
    cargo check --locked --profile ci {{published}} --lib --all-features

# Targets without std, two of them without 64-bit atomics; as a control, the feature `std` must not compile
no_std:
    {{no_std}} --target x86_64-unknown-none
    {{no_std}} --target thumbv7m-none-eabi --features portable-atomic
    {{no_std}} --target thumbv6m-none-eabi --features portable-atomic --config 'build.rustflags = ["--cfg", "portable_atomic_unsafe_assume_single_core"]'
    ! {{no_std}} --target x86_64-unknown-none --features std 2>{{target}}/no_std.log
    grep "find crate for .\(std\|alloc\)" {{target}}/no_std.log

# The core's tests on 32 bits: little-endian, and big-endian without 64-bit atomics
cross: (cross-test "i686-unknown-linux-gnu" "2000" "300") (cross-test "powerpc-unknown-linux-gnu" "500" "100")

[private]
cross-test triple cases histories:
    PROPTEST_CASES={{cases}} HISTORIES={{histories}} .ci/tested cargo test --locked --profile ci -p tripword --lib --tests --all-features --target {{triple}} {{build_std}}

# The models, in every interleaving that loom explores
loom: (models "loom")

# The models, in random schedules
shuttle: (models "shuttle")

[private]
models cfg:
    RUSTFLAGS="--cfg {{cfg}}" .ci/tested --each cargo test --locked --profile ci -p loom-tests

# Every fuzz target for so many seconds, two at a time
fuzz seconds="60":
    cargo fuzz build --sanitizer none --target-dir {{target}}
    cargo fuzz list | xargs -P 2 -I TARGET just fuzz-one TARGET {{seconds}}

[private]
fuzz-one name seconds:
    mkdir -p {{target}}/corpus/{{name}}
    cargo fuzz run --sanitizer none --target-dir {{target}} {{name}} {{target}}/corpus/{{name}} fuzz/seeds/{{name}} -- -max_total_time={{seconds}} \
        -max_len=1024 -timeout=30 -entropic_scale_per_exec_time=1 -print_final_stats=1 >{{target}}/fuzz-{{name}}.log 2>&1 || { tail -n 60 {{target}}/fuzz-{{name}}.log; exit 1; }
    grep -E 'number_of_executed_units: +[1-9]' {{target}}/fuzz-{{name}}.log

# Every benchmark compiles and runs; no time is judged
bench:
    timeout 1800 cargo bench --locked --profile ci -p tripword-benches -- --test
    .ci/tested cargo test --locked --target-dir {{target}} --manifest-path benches/peers/Cargo.toml
    timeout 1800 cargo run --locked --target-dir {{target}} --manifest-path benches/peers/Cargo.toml -- --smoke >{{target}}/peers.md
    for title in "Healthy, one thread" "Healthy, two threads" "One call in a hundred" "One call in ten" "Every other call" Refused half-open \
        "Ways to call, one" "Ways to call, two" "first call of a thread" million "Settings replaced" "turn on" "Many threads" Memory; do grep "^### .*$title" {{target}}/peers.md; done
    git diff --exit-code --stat docs

# Instructions of each kind of call, none above its limit; as a control, a limit of one must fail
instructions:
    cargo bench --locked -p tripword-benches --features instructions --bench instructions --bench kinds | tee {{target}}/instructions.log
    (( $(grep -c Instructions: {{target}}/instructions.log) == $(git ls-files 'benches/*.rs' | xargs cat | grep -c '^#\[bench::') ))
    for name in instructions kinds; do ! cargo bench --locked -p tripword-benches --features instructions --bench $name -- --callgrind-limits='ir=1' >/dev/null 2>&1 || exit 1; done

# The runner of the version that the lock file has
[private]
gungraun-runner:
    version=$(cargo metadata --locked --all-features --format-version 1 | jq -r '.packages[] | select(.name == "gungraun").version'); \
        cargo install --list | grep -x "gungraun-runner v$version:" || cargo install --locked --debug gungraun-runner --version "$version"

# Each ordering and check, weakened, makes a model fail (half an hour)
teeth *words:
    cargo xtask teeth {{words}}

# Each mutant makes a test fail, or has a row in docs/mutants.md (hours)
mutants *options:
    status=0; PROPTEST_CASES=1000 HISTORIES=100 PROPTEST_MAX_SHRINK_ITERS=0 cargo mutants --jobs 2 --no-times --output {{target}} {{options}} \
        || status=$?; (( status == 0 || status == 2 || status == 3 ))
    ! comm -23 <(sed 's/:[0-9]*:[0-9]*:/:/' {{target}}/mutants.out/missed.txt | sort) <(sed -n 's/^| `\(.*\)` | \([0-9]*\) | .*/\2 \1/p' docs/mutants.md \
        | sed 's/\\|/|/g' | while read -r times name; do for _ in $(seq "$times"); do echo "$name"; done; done | sort) | grep .

# Long random sequences: the core compared with its oracle, and histories of real threads
random:
    PROPTEST_CASES=100000 HISTORIES=100000 .ci/tested cargo test --locked --release -p tripword --all-features --test suite -- model:: model_windows:: linearizable::

# The newest dependencies, beyond the lock file
newest:
    cargo update
    .ci/tested cargo test --profile ci --workspace --all-features

# The oldest direct dependencies that the manifests allow; needs a nightly toolchain
minimal:
    cargo +nightly update -Zdirect-minimal-versions
    cargo check --profile ci {{published}} --lib --all-features

# Public API against an older revision
semver revision="HEAD~1":
    cargo semver-checks --baseline-rev {{revision}} {{published}}
