"""A copy of the tree in which `.ci/teeth` breaks things and runs tests, one by one, until one fails."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

# A model that never ends is cut off by loom itself with these words.
ENDLESS = "Model exceeded maximum number of branches"
FAILED = re.compile(r"^test (\S+)( - should panic)? \.\.\. FAILED")
RUNNING = re.compile(r"^test (\S+)( - should panic)? \.\.\. ")


class DoesNotBuild(Exception):
    """What was weakened does not compile, which catches nothing."""


@dataclass(frozen=True)
class Suite:
    """One file of tests, and how it is built."""

    name: str
    package: str  # the folder of its Cargo.toml
    arguments: tuple
    rustflags: str = ""
    only: tuple = ()  # the tests whose names have one of these in them; all without

    @property
    def file(self):
        return (Path(self.package) / "tests" / f"{self.name}.rs").as_posix()


@dataclass(frozen=True)
class Result:
    """How a suite went: `passed`, `failed` or `hung`, and in which test."""

    how: str
    test: str = ""


PASSED = Result("passed")


def models(root):
    """The models, each a file of its own."""
    files = sorted((root / "loom-tests" / "tests").glob("*.rs"))
    return [Suite(path.stem, "loom-tests", ("--release",), "--cfg loom") for path in files]


def tracked(root):
    """The files of the tree: those that git tracks, and those that a `git add` would take."""
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode()
    return {name for name in listed.split("\0") if name and (root / name).is_file()}


def target(root):
    return Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))


def copy_of_tree(root, files, into):
    """Brings `into` up to date; a file that has not changed keeps its time, so that nothing is built again for it."""
    for old in (path for path in sorted(into.rglob("*")) if path.is_file()):
        if old.relative_to(into).as_posix() not in files:
            old.unlink()
    for name in files:
        new, old = root / name, into / name
        if not old.exists() or old.read_bytes() != new.read_bytes():
            old.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(new, old)


class Bed:
    """One copy with a target folder of its own; one thing at a time happens in it."""

    def __init__(self, root, files, folder):
        self.tree, self.target = folder / "tree", folder / "target"
        self.tree.mkdir(parents=True, exist_ok=True)
        copy_of_tree(root, files, self.tree)

    def weaken(self, weakening):
        path = self.tree / weakening.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(weakening.applied(whole), encoding="utf-8")
        return lambda: path.write_text(whole, encoding="utf-8")

    def run(self, suite, seconds):
        """Builds and runs one suite, at most `seconds` long, to its first failure."""
        return self._watch([self.build(suite), *suite.only], self.tree / suite.package, seconds)

    def build(self, suite):
        """The program of one suite."""
        command = ["cargo", "test", "--locked", "--no-run", "--message-format=json", *suite.arguments, "--test", suite.name]
        # The flags decide what is compiled, so builds with others are kept apart.
        target = self.target / ("plain" if not suite.rustflags else "loom")
        flags = {"RUSTFLAGS": suite.rustflags} if suite.rustflags else {}
        environment = {**os.environ, "CARGO_TARGET_DIR": str(target), "CARGO_INCREMENTAL": "1", **flags}
        done = subprocess.run(command, cwd=self.tree / suite.package, env=environment, capture_output=True, text=True)
        if done.returncode:
            raise DoesNotBuild(_errors(done.stdout) or done.stderr)
        return _executable(done.stdout, suite.name)

    def _watch(self, program, folder, seconds):
        # One at a time and told at once: whoever does not return is the last one named.
        command = [*program, "--test-threads=1", "--nocapture"]
        with tempfile.TemporaryFile("w+") as panics:
            running = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=panics, text=True, errors="replace")
            late = threading.Event()
            timer = threading.Timer(seconds, lambda: (late.set(), running.kill()))
            timer.start()
            failed, last = _first_failure(running.stdout)
            if failed:
                running.kill()
            status = running.wait()
            timer.cancel()
            panics.seek(0)
            return _result(failed, last, late.is_set(), status, panics.read())


def _first_failure(lines):
    """The test that failed, and the last one that began."""
    last = ""
    for line in lines:
        if found := RUNNING.match(line):
            last = found[1]
        if found := FAILED.match(line):
            return found[1], last
    return "", last


def _result(failed, last, is_late, status, panics):
    if is_late or (ENDLESS in panics):
        return Result("hung", failed or last)
    if failed or status:
        # A panic while another one unwinds ends the process without a word of which test failed.
        return Result("failed", failed or last)
    return PASSED


def _errors(messages):
    rendered = (json.loads(line).get("message", {}).get("rendered", "") for line in messages.splitlines() if '"level":"error"' in line)
    return "".join(rendered)


def _executable(messages, name):
    for line in messages.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("executable") and message["target"]["name"] == name and "test" in message["target"]["kind"]:
            return message["executable"]
    raise DoesNotBuild(f"cargo names no program for the tests {name}")
