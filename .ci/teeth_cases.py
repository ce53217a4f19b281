"""The checks that `.ci/teeth` takes out of src/, and what `.ci/teeth --self-test` must find and judge rightly."""

from rust_source import SourceError
from test_bed import PASSED, Result, Suite
from weakenings import Check, Weakening, of_check, of_orderings, short

CONTROL, CELL_NOTE, LIVE = "src/state/control.rs", "src/state/note.rs", "src/live.rs"
CALLS, HOT, TIME = "src/window/calls.rs", "src/window/calls/hot.rs", "src/window/time.rs"
ADMISSION, ADMIT, SETTLE = "src/machine/admission.rs", "src/machine/admit.rs", "src/machine/settle.rs"

# Each snippet stands once in its file; how its lines are broken does not matter.
CHECKS = [
    Check(CONTROL, "matches!(self.state(), State::Closed | State::Recovering) && self.generation() == generation",
          "matches!(self.state(), State::Closed | State::Recovering)",
          "a counted outcome of an older generation counts", ("stale",)),
    Check(CONTROL, "matches!(self.state(), State::HalfOpen) && self.generation() == generation",
          "matches!(self.state(), State::HalfOpen)",
          "a probe of an older generation gives back a slot", ("probes",)),
    Check(ADMISSION, "word == self.packed", "self.kind() == Kind::Counted && word.is_healthy()",
          "a stale success reads as counted on a healthy breaker"),
    Check(CONTROL, "self.generation().wrapping_add(1)", "self.generation()",
          "a transition begins no generation", ("transition",)),
    Check(ADMIT, "self.failures_to_open as u16 - 1", "self.failures_to_open as u16",
          "more probes than can still matter", ("probes",)),
    Check(ADMIT, "tally.in_flight < self.max && started < undecided", "started < undecided",
          "more probes at once than allowed", ("probes",)),
    Check(ADMIT, "tally.in_flight == 0 || (tally.in_flight < self.max && started < undecided)",
          "tally.in_flight < self.max && started < undecided",
          "half-open without a slot, after results were counted by limits that were replaced", ("live",)),
    Check(SETTLE, "if !word.counts(generation)", "if false",
          "a verdict on an older generation opens the next", ("calls", "time")),
    Check(CELL_NOTE, "while is_newest(control, transition)", "loop",
          "a winner that was paused writes over a newer note", ("note",)),
    Check(CELL_NOTE, "note != 0 && GENERATION.get(note) == u64::from(generation)", "note != 0",
          "the note of another generation is told as that of this one", ("note",)),
    Check(LIVE, "if VERSION.get(epoch) == version", "if true",
          "a reader does not look whether its buffer was written meanwhile", ("live",)),
    Check(LIVE, "while CLAIMED.get(epoch) == 0", "loop",
          "two writers at a time", ("live",)),
    Check(CALLS, "while control.load().counts(generation)", "loop",
          "the window counts a stale outcome", ("calls",)),
    Check(HOT, "GENERATION.get(self.0) == generation as u64 && CALLS.get(self.0) != 0", "CALLS.get(self.0) != 0",
          "a hot word of another generation is taken for one of this", ("calls",)),
    Check(CALLS, "if self.hot().load(Relaxed) != seen", "if false",
          "a paused copy is written over a later one", ("calls",)),
    Check(CALLS, "self.archive(hot, seen).then(|| hot.next(self.layout))", "Some(hot.next(self.layout))",
          "the hot word goes on without its copy", ("calls",)),
    Check(CALLS, "held & SLOT_TAG == Hot::slot(generation, sequence)", "held & WRITTEN != 0",
          "whatever stands in a slot is counted", ("calls",)),
    Check(CALLS, "match newest == hot || lasts", "match newest == hot || lasts || true",
          "a word that was overwritten counts as one that never was", ("calls",)),
    Check(CALLS, "match newest == hot || lasts", "match newest == hot",
          "calls that were appended meanwhile hide a limit that was reached", ("calls",)),
    Check(CALLS, "Err(newer) if newer.is_of(generation) => hot = newer", "Err(newer) if newer.0 != 0 => hot = newer",
          "a sum goes on in the hot word of another generation", ("calls",)),
    Check(HOT, "self.0 & !(SEQUENCE.mask() | CALLS.mask()) == tag && self.holds_good_calls_only()",
          "self.0 & !(SEQUENCE.mask() | CALLS.mask()) == tag",
          "good calls are skipped although a failure stands in the hot word", ("calls",)),
    Check(HOT, "self.0 & !(SEQUENCE.mask() | CALLS.mask()) == tag && self.holds_good_calls_only()",
          "{ let _ = tag; self.is_of(generation) && self.holds_good_calls_only() }",
          "good calls are skipped although a failure stands in the archive", ("calls",)),
    Check(TIME, "while control.load().counts(generation)", "loop",
          "the window counts a stale outcome", ("time",)),
    Check(TIME, "((generation as u64) << GENERATION_SHIFT).wrapping_add(bucket)", "({ let _ = generation; bucket })",
          "buckets of different generations have one stamp", ("time",)),
    Check(TIME, "seen.is_written() && self.layout.ahead(stamp, seen).is_some()", "false",
          "a late call turns a newer bucket over", ("time",)),
    Check(TIME, "return Err(ahead);", "let _ = ahead; continue;",
          "a sum passes over a newer bucket", ("time",)),
    Check(TIME, "if self.layout.holds(newest, held)", "if true",
          "a bucket that is over, or of another generation, counts", ("time",)),
]

_ABOVE = "fn f(&self) {\n"
_MODEL = "pairs with the Release below. Model: loom-tests/tests/a.rs"

# The text of a file, and each weakening as `function: line -> weakened (models, argued)`.
FOUND = {
    "a load": (
        f"{_ABOVE}// Acquire: {_MODEL}\nlet x = w.load(Acquire);\n}}",
        ["f: let x = w.load(Acquire) -> Relaxed ['a']"],
    ),
    "each ordering of a swap": (
        f"{_ABOVE}// Release: {_MODEL}\n// Acquire: Argued: {_MODEL}\nw.replace(a, b, Release, Acquire)\n}}",
        ["f: w.replace(a, b, [Release], Acquire) -> Relaxed ['a']", "f: w.replace(a, b, Release, [Acquire]) -> Relaxed ['a'] argued"],
    ),
    "two that are the same": (
        "fn f() { w.replace(a, b, AcqRel, AcqRel) }",
        ["f: fn f() { w.replace(a, b, [AcqRel], AcqRel) } -> Relaxed []", "f: fn f() { w.replace(a, b, AcqRel, [AcqRel]) } -> Relaxed []"],
    ),
    "by a long path": ("fn f() {\n w.load(core::sync::atomic::Ordering::SeqCst);\n}", ["f: w.load(core::sync::atomic::Ordering::SeqCst) -> Relaxed []"]),
    "a fence": ("fn f() {\n fence(Release);\n}", ["f: fence(Release) -> () []"]),
    "a fence of all": ("fn f() {\n sync::fence(SeqCst);\n}", ["f: sync::fence(SeqCst) -> () []", "f: sync::fence(SeqCst) -> AcqRel []"]),
    "nothing that is Relaxed": ("fn f() { w.load(Relaxed); }", []),
    "nothing that is imported": ("use crate::sync::Ordering::{Acquire, Release};", []),
    "nothing in a comment": ("// w.load(Acquire)\nfn f() {}", []),
    "the function around, not one within": ("fn f() { fn g() {}\n if x {\n w.load(Acquire);\n }\n}", ["f: w.load(Acquire) -> Relaxed []"]),
}

# The text of a file, a snippet, and what becomes of the text; `None` where the list must be brought up to date.
PLACED = {
    "once": ("fn f() { if a == b { g() } }", "if a == b", "if true", "fn f() { if true { g() } }"),
    "with other line breaks": ("fn f() { if a\n    == b { g() } }", "if a == b", "if true", "fn f() { if true { g() } }"),
    "gone": ("fn f() { g() }", "if a == b", "if true", None),
    "twice": ("fn f() { if a == b { if a == b { g() } } }", "if a == b", "if true", None),
}

_PLAIN = Weakening("src/a.rs", 0, 1, "", "f", "w.load(Acquire)", ("a",))
_ARGUED = Weakening("src/a.rs", 0, 1, "", "f", "w.load(Acquire)", ("a",), argued=True)
_HANGING = Weakening("src/a.rs", 0, 1, "", "f", "if x", ("a",), hangs=True)
_A, _B = Suite("a", "loom-tests", ()), Suite("b", "loom-tests", ())
_FAILED, _HUNG = Result("failed", "t"), Result("hung", "t")

# A weakening, what became of it, and what must be said of that; nothing where it is as it should be.
JUDGED = [
    (_PLAIN, {"suite": _A, "result": _FAILED}, None),
    (_PLAIN, {}, "nothing notices"),
    (_PLAIN, {"suite": _B, "result": _FAILED}, "name the model that does"),
    (_PLAIN, {"suite": _A, "result": _HUNG}, "does not end"),
    (_PLAIN, {"error": "does not compile"}, "does not compile"),
    (_ARGUED, {}, None),
    (_ARGUED, {"suite": _A, "result": _FAILED}, "no longer argued"),
    (_ARGUED, {"error": "does not compile"}, "does not compile"),
    (_HANGING, {"suite": _A, "result": _HUNG}, None),
    (_HANGING, {"suite": _A, "result": _FAILED}, None),
    (_HANGING, {}, "nothing notices"),
]


def misjudged(complaints, outcome):
    """A sentence for each case that goes wrong, and the number of all."""
    wrong = [*_not_found(), *_not_placed(), *_not_judged(complaints, outcome)]
    return wrong, len(FOUND) + len(PLACED) + len(JUDGED)


def _not_found():
    for name, (text, expected) in FOUND.items():
        found = [_line(weakening) for weakening in of_orderings("src/a.rs", text)]
        if found != expected:
            yield f"should find {expected} ({name}), but finds {found}"


def _line(found):
    return f"{found.function}: {found.was} -> {short(found.weakened)} {list(found.models)}{' argued' if found.argued else ''}"


def _not_placed():
    for name, (text, snippet, weakened, expected) in PLACED.items():
        try:
            became = of_check(Check("src/a.rs", snippet, weakened, "why"), text).applied(text)
        except SourceError:
            became = None
        if became != expected:
            yield f"should become {expected!r} ({name}), but becomes {became!r}"


def _not_judged(complaints, outcome):
    for weakening, became, expected in JUDGED:
        said = complaints(weakening, outcome(**became))
        if (expected is None) != (not said) or (expected and expected not in said[0]):
            yield f"should say {expected!r} of {became}, but says {said}"
