# Debian's Rust compilers, for machines where rustup cannot download toolchains and targets. Sourced by `.ci/run`.
# shellcheck shell=bash

# Installs a compiler with the sources of its library, which is then built for each target.
use_build_std() { # CRATES
    apt_install rustc-web rust-web-src
    export RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 BUILD_STD="-Zbuild-std=$1"
    "$RUSTC" --version
}

# The C compilers, linkers and runners of the targets that `just cross` tests.
use_cross() {
    local libraries=/usr/i686-linux-gnu/lib
    use_build_std std,panic_unwind,panic_abort,test
    apt_install qemu-user gcc-i686-linux-gnu libc6-dev-i386-cross gcc-powerpc-linux-gnu libc6-dev-powerpc-cross
    export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_LINKER=i686-linux-gnu-gcc
    export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_LINKER=powerpc-linux-gnu-gcc
    export CARGO_TARGET_POWERPC_UNKNOWN_LINUX_GNU_RUNNER="qemu-ppc -L /usr/powerpc-linux-gnu"
    # Most x86-64 kernels run i686 programs directly, which is much faster than emulation.
    if "$libraries/ld-linux.so.2" --version >/dev/null 2>&1; then
        export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUNNER="$libraries/ld-linux.so.2 --library-path $libraries"
    else
        export CARGO_TARGET_I686_UNKNOWN_LINUX_GNU_RUNNER="qemu-i386 -L /usr/i686-linux-gnu"
    fi
}

# The oldest supported compiler. Debian keeps it beside a newer package of the same name, so it is unpacked and not installed.
use_msrv() {
    local version folder driver
    version=$(sed -n 's/^rust-version = "\([0-9]*\.[0-9]*\).*"$/\1/p' Cargo.toml)
    folder=$PWD/target/tools/rustc-$version
    [[ -d $folder ]] || unpack_compiler "$version" "$folder"
    driver=$(find "$folder/usr/lib" -name 'librustc_driver-*.so' -print -quit)
    export RUSTC=$folder/usr/bin/rustc LD_LIBRARY_PATH=${driver%/*}
}

unpack_compiler() { # VERSION FOLDER
    local release work package
    apt_update
    release=$(apt-cache madison rustc-web | awk -v start="$1." 'index($3, start) == 1 { print $3; exit }')
    [[ $release ]] || die "Debian has no rustc-web $1"
    work=$(mktemp -d)
    for package in rustc-web "libstd-rust-web-$1" libstd-rust-web-dev; do
        (cd "$work" && apt-get -q -o Acquire::Retries=3 download "$package=$release")
    done
    # The library of the compiler names the LLVM that it was built with.
    # shellcheck disable=SC2046 # one word for each package
    apt_install $(dpkg-deb --field "$work/libstd-rust-web-$1"_*.deb Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
    for package in "$work"/*.deb; do
        dpkg-deb --extract "$package" "$work/unpacked"
    done
    mkdir -p "${2%/*}"
    mv "$work/unpacked" "$2"
    rm -rf "$work"
}
