# The library builds where there is no std, no allocator and, on two of the targets, no 64-bit atomics.
#
# Only `core` is built for the target: code that reaches for `alloc` or `std` finds none and does not compile.
# shellcheck shell=bash

step_no_std() {
    install_debian_rust
    build_for x86_64-unknown-none
    build_for thumbv7m-none-eabi --features portable-atomic
    # This core has no compare-and-swap at all. How to make one is for the final binary to say; this is one of its two choices.
    build_for thumbv6m-none-eabi --features portable-atomic \
        --config 'build.rustflags = ["--cfg", "portable_atomic_unsafe_assume_single_core"]'
    expect_no_alloc_there
}

# A compiler that comes with the sources of its library: those are what is built for each target.
install_debian_rust() {
    apt_install rustc-web rust-web-src
    local sysroot
    sysroot=$(/usr/bin/rustc --print sysroot)
    [[ -e $sysroot/lib/rustlib/src/rust/library/core ]] || die "$(/usr/bin/rustc --version) has no library sources beside it"
    /usr/bin/rustc --version
}

build_for() { # TARGET OPTION...
    local triple=$1
    shift
    run env RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 CARGO_TARGET_DIR="$target/no_std" \
        cargo build --locked --release --lib --no-default-features -Zbuild-std=core --target "$triple" "$@"
}

# A control. The feature `alloc` cannot compile here; if it does, the builds above prove nothing.
expect_no_alloc_there() {
    local log
    log=$(mktemp)
    if build_for x86_64-unknown-none --features alloc >"$log" 2>&1; then
        die "control: the feature alloc compiled without an allocator's crate, so these builds prove nothing"
    fi
    if ! grep -q "find crate for .alloc" "$log"; then
        cat "$log" >&2
        die "control: the feature alloc was refused, but not for want of alloc"
    fi
    rm -f "$log"
    echo "ci: control: with the feature alloc the same build is refused, as it must be"
}
