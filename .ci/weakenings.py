"""What `.ci/teeth` takes out of src/: each ordering stronger than Relaxed, each fence, and each check of its list.

An ordering becomes Relaxed, a fence becomes nothing, and a SeqCst fence becomes an AcqRel one too. The notes above an ordering say which
model fails then, or that it is argued and not shown.
"""

import re
import sys
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

sys.dont_write_bytecode = True
from rust_source import SourceError, code

HERE = Path(__file__).resolve().parent
# Whole paths: the file may not import the weaker one.
RELAXED = "crate::sync::Ordering::Relaxed"
ACQ_REL = "crate::sync::Ordering::AcqRel"
MODEL = re.compile(r"Model: `?(loom-tests/tests/(\w+)\.rs)")


def _orderings():
    """The other check, whose file has no ending to import it by."""
    loader = SourceFileLoader("orderings", str(HERE / "orderings"))
    module = module_from_spec(spec_from_loader("orderings", loader))
    sys.modules["orderings"] = module
    loader.exec_module(module)
    return module


orderings = _orderings()


@dataclass(frozen=True)
class Check:
    """A line of the list: in `file`, `snippet`, which stands there once, becomes `weakened`; the files of models to ask first."""

    file: str
    snippet: str
    weakened: str
    why: str
    models: tuple = ()
    hangs: bool = False


@dataclass(frozen=True)
class Weakening:
    file: str
    start: int
    end: int
    weakened: str
    function: str
    was: str
    models: tuple = ()
    argued: bool = False
    hangs: bool = False

    def applied(self, text):
        return text[: self.start] + self.weakened + text[self.end :]

    def __str__(self):
        return f"{self.file} {self.function}: {self.was} -> {short(self.weakened)}"


def short(weakened):
    return weakened.replace("crate::sync::Ordering::", "") or "nothing"


def of_orderings(file, text):
    """Every ordering and fence of one file, weakened, in its order."""
    source = orderings.read(text)
    for index in orderings.uses(source):
        name = source.code[index].text
        if name in orderings.FENCES:
            yield from _of_fence(file, source, text, index)
        elif name != "Relaxed" and not _is_of_a_fence(source, index):
            yield _of_ordering(file, source, text, index)


def _is_of_a_fence(source, index):
    around = source.encloser[index]
    return around is not None and source.code[around - 1].text in orderings.FENCES


def _of_ordering(file, source, text, index):
    start = source.code[_path_start(source, index)].at
    end = _end(source, index)
    return Weakening(file, start, end, RELAXED, _function(source, index), _line_of(source, text, index), **_noted(source, index))


def _of_fence(file, source, text, index):
    close = next(close for close, opened in source.partner.items() if opened == index + 1)
    inside = next(i for i in range(index, close) if source.code[i].text in orderings.ORDERINGS)
    where = (_function(source, index), _line_of(source, text, index))
    noted = _noted(source, inside)
    start = source.code[_path_start(source, index)].at
    yield Weakening(file, start, _end(source, close), "()", *where, **noted)
    if source.code[inside].text == "SeqCst":
        start = source.code[_path_start(source, inside)].at
        yield Weakening(file, start, _end(source, inside), ACQ_REL, *where, **noted)


def _path_start(source, index):
    while index >= 2 and source.code[index - 1].text == "::":
        index -= 2
    return index


def _end(source, index):
    return source.code[index].at + len(source.code[index].text)


def _noted(source, index):
    name = source.code[index].text
    above = [note for line in orderings.places(source, index) for note in source.notes_above.get(line, [])]
    texts = [note.text for note in above if note.ordering == name]
    models = tuple(dict.fromkeys(found[2] for text in texts for found in MODEL.finditer(text)))
    return {"models": models, "argued": any("Argued:" in text for text in texts)}


def _line_of(source, text, index):
    """The line that holds it, with the ordering that is meant in brackets where others stand beside it."""
    token = source.code[index]
    begin = text.rfind("\n", 0, token.at) + 1
    end = text.find("\n", token.at)
    line = text[begin : end if end >= 0 else len(text)]
    beside = [other for other in source.code if other.line == token.line and other.text in orderings.ORDERINGS]
    if len(beside) > 1 and token.text in orderings.ORDERINGS:
        at = token.at - begin
        line = f"{line[:at]}[{token.text}]{line[at + len(token.text):]}"
    return " ".join(line.split()).rstrip(";").removesuffix(" {")


def _function(source, index):
    """The name of the function around a token."""
    around = source.encloser[index]
    while around is not None:
        if source.code[around].text == "{" and (name := _signature_name(source, around)):
            return name
        around = source.encloser[around]
    return "(no function)"


def _signature_name(source, brace):
    """The function's name, if `brace` opens a function."""
    index = brace - 1
    while index >= 0 and source.code[index].text not in (";", "{", "}"):
        if source.code[index].text == "fn":
            return source.code[index + 1].text
        index = source.partner.get(index, index) - 1
    return None


def of_check(check, text):
    """The place of a check in its file's text. How the lines are broken does not matter."""
    tokens = [re.escape(token.text) for token in code(check.snippet)]
    found = list(re.finditer(r"\s*".join(tokens), text))
    if len(found) != 1:
        raise SourceError(f"{check.file}: `{check.snippet}` stands there {len(found)} times: bring .ci/teeth_cases.py up to date")
    start, end = found[0].span()
    source = orderings.read(text)
    index = next(i for i, token in enumerate(source.code) if token.at >= start)
    return Weakening(
        check.file, start, end, check.weakened, _function(source, index), check.snippet, tuple(check.models), hangs=check.hangs
    )


def everything(root, checks):
    """Every weakening of the tree, file by file, the list's after the orderings."""
    texts = {path.relative_to(root).as_posix(): path.read_text(encoding="utf-8") for path in sorted((root / "src").rglob("*.rs"))}
    found = [weakening for file, text in texts.items() for weakening in of_orderings(file, text)]
    for check in checks:
        if check.file not in texts:
            raise SourceError(f"{check.file} is not there: bring .ci/teeth_cases.py up to date")
        found.append(of_check(check, texts[check.file]))
    return found
