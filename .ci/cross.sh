# The tests on processors of 32 bits: one little-endian, and one big-endian that has no 64-bit atomics of its own.
# shellcheck shell=bash

step_cross() {
    install_debian_rust
    apt_install qemu-user gcc-i686-linux-gnu libc6-dev-i386-cross gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
    cross_test i686 little "$(runner_of_i686)"
    cross_test powerpc big "qemu-ppc -L /usr/powerpc-linux-gnu"
}

# Most x86-64 systems run such programs themselves, given the right libraries, and much faster than any emulation.
runner_of_i686() {
    local libraries=/usr/i686-linux-gnu/lib
    if "$libraries/ld-linux.so.2" --version >/dev/null 2>&1; then
        echo "$libraries/ld-linux.so.2 --library-path $libraries"
    else
        echo "qemu-i386 -L /usr/i686-linux-gnu"
    fi
}

# All is optimised, since emulation is slow, with debug assertions and overflow checks left on. Most dependencies are only there for
# the example, and are compiled as fast as can be.
cross_test() { # PROCESSOR little|big RUNNER
    local processor=$1 order=$2 runner=$3 upper=${1^^} log command fewer=()
    if [[ $runner == qemu-* ]]; then
        echo "ci: $processor is emulated: 1,000 random sequences for each property in tests/model*.rs, not 10,000; all else is whole"
        fewer=(PROPTEST_CASES=1000)
    fi
    command=(env "${fewer[@]}" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target/cross"
        "CARGO_TARGET_${upper}_UNKNOWN_LINUX_GNU_LINKER=$processor-linux-gnu-gcc"
        "CARGO_TARGET_${upper}_UNKNOWN_LINUX_GNU_RUNNER=$runner"
        cargo test --locked --lib --tests --all-features --target "$processor-unknown-linux-gnu"
        -Zbuild-std=std,panic_unwind,panic_abort,test
        --config 'profile.dev.opt-level = 2' --config 'profile.dev.debug = "line-tables-only"'
        --config 'profile.dev.package."*".opt-level = 0' --config 'profile.dev.package.proptest.opt-level = 2'
        --config 'profile.dev.package.portable-atomic.opt-level = 2')
    log=$(mktemp)
    run "${command[@]}" --no-run 2>&1 | tee "$log"
    expect_programs_of "$processor" "$order" "$log"
    rm -f "$log"
    # One file needs the Prometheus exporter, which needs 64-bit atomics.
    tested any "${command[@]}"
}

# A control: each program that cargo is about to run is one of 32 bits, in the right order of bytes.
expect_programs_of() { # PROCESSOR little|big LOG
    local program count=0
    if is_of "$1" "$2" "$(command -v env)"; then die "control: a program of this machine passes for one of 32 bits, $2-endian"; fi
    while read -r program; do
        is_of "$1" "$2" "$program" || die "control: not a program of 32 bits, $2-endian: $program"
        count=$((count + 1))
    done < <(sed -n 's/^ *Executable .* (\(.*\))$/\1/p' "$3")
    ((count > 0)) || die "control: cargo names no program that it built"
    echo "ci: control: all $count programs are of 32 bits, $2-endian; one of this machine is not"
}

is_of() { # PROCESSOR little|big PROGRAM
    local header
    header=$(LC_ALL=C "$1-linux-gnu-readelf" --file-header "$3")
    [[ $header == *ELF32*"$2 endian"* ]]
}
