# The example does what the README says of it: a run of under 40 seconds, a plot, and one clear line for a bad value.
# shellcheck shell=bash

step_outage() {
    run cargo build --locked --release --example outage
    watch_outage
    refuse_bad_value
}

watch_outage() {
    local start=$SECONDS
    rm -f outage.svg
    run timeout --kill-after=5 40 cargo run --locked --release --example outage ||
        die "the example failed with exit $? after $((SECONDS - start)) s (124: not done after 40 s)"
    echo "ci: outage took $((SECONDS - start)) s"
    [[ -s outage.svg ]] || die "the example left no outage.svg"
    grep -q '</svg>' outage.svg || die "outage.svg is not a whole SVG"
}

refuse_bad_value() {
    local errors status=0
    errors=$(mktemp)
    run timeout 40 "$target/release/examples/outage" --failure-threshold 0 2>"$errors" || status=$?
    cat "$errors"
    ((status == 2)) || die "--failure-threshold 0 must exit 2, not $status"
    [[ $(wc -l <"$errors") == 1 && $(grep -c . "$errors") == 1 ]] || die "--failure-threshold 0 must say one line, and no more, on stderr"
    rm -f "$errors"
}
