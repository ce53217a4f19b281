# The library compiles with the oldest compiler that Cargo.toml promises.
# shellcheck shell=bash

step_msrv() {
    local promised compiler features oldest
    promised=$(promised_version)
    compiler=$target/ci/rustc-$promised
    if [[ ! -d $compiler ]]; then unpack_compiler "$promised" "$compiler"; fi
    oldest=(RUSTC="$compiler/usr/bin/rustc" LD_LIBRARY_PATH="$(libraries_of "$compiler")" CARGO_TARGET_DIR="$target/msrv")
    compare_versions "$promised" "$(env "${oldest[@]}" "$compiler/usr/bin/rustc" --version)"
    for features in --features=default --no-default-features --all-features; do
        run env "${oldest[@]}" cargo check --locked --lib "$features"
    done
}

promised_version() {
    local version
    version=$(sed -n 's/^rust-version = "\([0-9]*\.[0-9]*\).*"$/\1/p' Cargo.toml)
    [[ $version ]] || die "Cargo.toml names no rust-version"
    echo "$version"
}

# Debian keeps that compiler beside a newer one of the same name, so it is unpacked, not installed.
unpack_compiler() { # VERSION DIRECTORY
    local package_version work package
    apt_update
    package_version=$(apt-cache madison rustc-web | awk -v start="$1." 'index($3, start) == 1 && !found++ { print $3 }')
    [[ $package_version ]] || die "Debian offers no rustc-web $1; found: $(apt-cache madison rustc-web | awk '{ print $3 }' | xargs)"
    work=$(mktemp -d)
    for package in rustc-web "libstd-rust-web-$1" libstd-rust-web-dev; do
        (cd "$work" && run apt-get -q -o Acquire::Retries=3 download "$package=$package_version")
    done
    # The compiler's own library says which LLVM it was built with.
    # shellcheck disable=SC2046 # one word a package
    apt_install $(dpkg-deb --field "$work/libstd-rust-web-$1"_*.deb Depends | sed 's/([^)]*)//g; s/|[^,]*//g; s/,/ /g')
    for package in "$work"/*.deb; do
        dpkg-deb --extract "$package" "$work/unpacked"
    done
    mkdir -p "$(dirname "$2")"
    mv "$work/unpacked" "$2"
    rm -rf "$work"
}

libraries_of() { # DIRECTORY
    dirname "$(find "$1/usr/lib" -name 'librustc_driver-*.so' -print -quit)"
}

compare_versions() { # PROMISED ACTUAL
    echo "ci: rust-version is $1; checked with $2"
    [[ $2 == "rustc $1."* ]] || die "that is not the compiler that Cargo.toml promises"
}
