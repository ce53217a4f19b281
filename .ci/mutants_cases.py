"""What `.ci/mutants --self-test` must read and judge rightly."""

TABLE = r"""
| mutant | times | why nothing can tell it apart |
|---|---|---|
| `src/a.rs: replace + with - in f` | 2 | Either way round. |
| `src/a.rs: replace \| with ^ in g` | 1 | The bits never meet. |
| `src/a.rs: replace h with ()` | 1 | |
"""
REASONS = {"src/a.rs: replace + with - in f": 2, "src/a.rs: replace | with ^ in g": 1}

_F = "src/a.rs:{}: replace + with - in f"
_G = "src/a.rs:9:1: replace | with ^ in g"
ALL = [_F.format("1:2"), _F.format("3:4"), _G]

# Survivors, the files that were mutated, and what must be said; nothing where it is as it should be.
JUDGED = [
    (ALL, {"src/a.rs"}, None),
    (ALL + [_F.format("5:6")], {"src/a.rs"}, "survives 1 more times"),
    (ALL + ["src/b.rs:1:1: delete !"], {"src/a.rs", "src/b.rs"}, "survives 1 more times"),
    (ALL[1:], {"src/a.rs"}, "survives 1 times less"),
    ([], {"src/b.rs"}, None),
]

# A text, where in it the mutant is, what takes its place, and what becomes of it.
PLACED = [
    ("fn f() {\n    a + b\n}\n", ((2, 7), (2, 8)), "-", "fn f() {\n    a - b\n}\n"),
    ("fn f() {\n    // \u00e9\u00e9\n    a\n    + b\n}\n", ((3, 5), (4, 8)), "0", "fn f() {\n    // \u00e9\u00e9\n    0\n}\n"),
    ("\u00e9 + b", ((1, 3), (1, 4)), "", "\u00e9  b"),
]

# A file, and the model that is asked first.
NEAREST = [("src/window/calls/hot.rs", "calls"), ("src/window/time.rs", "time"), ("src/live.rs", "live")]

# What a program of tests does, and how a run that stops at the first failure must end.
_FOR_EVER = "import time\nwhile True: time.sleep(1)"
RUNS = [
    ('print("test a::b ... ok")', 0),
    ('print("test a::b ... ok"); raise SystemExit(3)', 3),
    (f'print("test a::b ... FAILED", flush=True)\n{_FOR_EVER}', 101),
    (f'print("test a::b - should panic ... FAILED", flush=True)\n{_FOR_EVER}', 101),
]


def misjudged(reasons, complaints, in_place, nearest_first, runner):
    """A sentence for each case that goes wrong, and the number of all."""
    wrong = [*_not_read(reasons), *_not_judged(complaints), *_not_placed(in_place), *_not_asked(nearest_first), *_not_run(runner)]
    return wrong, 1 + len(JUDGED) + len(PLACED) + len(NEAREST) + len(RUNS)


def _not_read(reasons):
    if reasons(TABLE) != REASONS:
        yield f"should read {REASONS}, but reads {reasons(TABLE)}"


def _not_judged(complaints):
    from collections import Counter

    for survivors, files, expected in JUDGED:
        said = list(complaints(survivors, Counter(REASONS), files))
        if (expected is None) != (not said) or (expected and expected not in said[0]):
            yield f"should say {expected!r} of {survivors}, but says {said}"


def _not_placed(in_place):
    for text, span, replacement, expected in PLACED:
        start, end = ({"line": line, "column": column} for line, column in span)
        mutant = {"file": "src/a.rs", "name": "m", "function": None, "replacement": replacement, "span": {"start": start, "end": end}}
        became = in_place(mutant, text).applied(text)
        if became != expected:
            yield f"should become {expected!r}, but becomes {became!r}"


def _not_asked(nearest_first):
    for file, expected in NEAREST:
        if (first := nearest_first(file)[0].name) != expected:
            yield f"should ask {expected} of {file}, but asks {first}"


def _not_run(runner):
    import subprocess
    import sys

    for program, expected in RUNS:
        try:
            ended = subprocess.run([runner, sys.executable, "-c", program], capture_output=True, timeout=20).returncode
        except subprocess.TimeoutExpired:
            ended = "never"
        if ended != expected:
            yield f"should end with {expected}, but ends with {ended}: {program}"
