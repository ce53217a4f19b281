# What the steps share. Sourced by `.ci/run`, which sets `set -euo pipefail` and goes to the root of the tree.
# shellcheck shell=bash

target=${CARGO_TARGET_DIR:-$PWD/target}

die() {
    echo "ci: $*" >&2
    exit 1
}

# Shows a command as it could be typed, then runs it.
run() {
    printf '+'
    printf ' %q' "$@"
    printf '\n'
    "$@"
}

# `--locked` for a package whose Cargo.lock is committed.
locked() { # DIRECTORY
    if [[ -f $1/Cargo.lock ]]; then echo --locked; fi
}

# Runs tests and refuses a green run of none. With `every`, each program of integration tests and each module of the
# suite must have run one; with `any`, one in all.
tested() { # every|any COMMAND...
    local need=$1 log status=0
    shift
    log=$(mktemp)
    run timeout 1800 "$@" 2>&1 | tee "$log" || status=$?
    if ((status == 124)); then die "no end after 30 minutes: $*"; fi
    if ((status != 0)); then die "tests failed: $*"; fi
    count_tests "$need" "$log" || die "a run that tests nothing proves nothing: $*"
    rm -f "$log"
}

# The modules of the suite that are not what the others share.
modules_with_tests() {
    local module
    for module in $(sed -n 's/^mod \(.*\);$/\1/p' tests/suite.rs); do
        if [[ -f tests/$module.rs ]]; then echo "$module"; fi
    done
}

count_tests() { # every|any LOG
    awk -v need="$1" -v modules="$(modules_with_tests)" '
        $1 == "Running" { file = $2 }
        $1 == "test" && file == "tests/suite.rs" { sub(/::.*/, "", $2); ran[$2] }
        $1 == "Doc-tests" { file = "" }
        /^test result:/ { sum += $4; if (file ~ /tests\//) { files[file] += $4 } }
        END {
            for (file in files) if (need == "every" && files[file] == 0) { print "ci: no test ran in " file; empty = 1 }
            if (need == "every" && "tests/suite.rs" in files)
                for (i = split(modules, module); i > 0; i--) if (!(module[i] in ran)) { print "ci: no test ran in tests/" module[i] ".rs"; empty = 1 }
            print "ci: " sum + 0 " tests ran"
            exit empty || sum == 0
        }' "$2"
}

# The root of a machine may install; another user may if sudo is there.
as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root: $*"
    fi
}

apt_lists_are_new=
apt_update() {
    if [[ $apt_lists_are_new ]]; then return; fi
    command -v apt-get >/dev/null || die "this step installs Debian packages, and here is no apt-get"
    run as_root apt-get -q -o Acquire::Retries=3 update
    apt_lists_are_new=yes
}

is_installed() { # PACKAGE
    [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

apt_install() { # PACKAGE...
    local package missing=()
    for package; do
        is_installed "$package" || missing+=("$package")
    done
    if ((${#missing[@]} == 0)); then return; fi
    apt_update
    run as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o Acquire::Retries=3 install -y --no-install-recommends "${missing[@]}"
}

# Installs the package that brings a command, unless the command is there.
need() { # COMMAND PACKAGE...
    local tool=$1
    shift
    if command -v "$tool" >/dev/null; then return; fi
    apt_install "$@"
    command -v "$tool" >/dev/null || die "$tool is missing, and $* did not bring it"
}
