"""Just enough of x86-64 assembly, as LLVM writes it (AT&T order), to follow the ways through one function."""

import re
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter


class AssemblyError(Exception):
    """The text is not assembly, or not understood."""


@dataclass(frozen=True)
class Instruction:
    text: str
    mnemonic: str
    operands: tuple

    def __str__(self):
        return self.text


@dataclass(frozen=True)
class Function:
    code: tuple  # its instructions, in order
    labels: dict  # label -> index of the instruction that follows

    def target(self, index):
        """Where a jump within the function leads to; None if this is no such jump."""
        instruction = self.code[index]
        if instruction.mnemonic.startswith("j"):
            return self.labels.get(instruction.operands[0])
        return None

    def leaves(self, index):
        """The symbol that is called here, or jumped to; None if this stays within the function."""
        instruction = self.code[index]
        if instruction.mnemonic in ("call", "callq") or instruction.mnemonic.startswith("j") and self.target(index) is None:
            return re.sub(r"@(?:PLT|GOTPCREL\(%rip\))$", "", instruction.operands[0])
        return None

    def _next(self, index):
        """What may follow without a call."""
        mnemonic = self.code[index].mnemonic
        if mnemonic in ("ret", "retq", "ud2", "call", "callq"):
            return set()
        after = {self.target(index)} - {None}
        return after if mnemonic == "jmp" else after | {index + 1}

    def way_through(self):
        """How many instructions the longest way to a return is that calls nothing; 0 if there is none."""
        order = self._ways_without_call()
        longest = {}
        for index in order:
            after = [longest[after] for after in self._next(index) if longest.get(after)]
            if self.code[index].mnemonic.startswith("ret"):
                longest[index] = 1
            elif after:
                longest[index] = 1 + max(after)
        return longest.get(0, 0)

    def _ways_without_call(self):
        """The instructions that can be reached without a call, last ones first."""
        reached, fresh = {}, [0]
        while fresh:
            index = fresh.pop()
            if index >= len(self.code):
                raise AssemblyError("the code runs on past its end")
            if index not in reached:
                reached[index] = self._next(index)
                fresh += reached[index]
        try:
            return list(TopologicalSorter(reached).static_order())
        except CycleError:
            raise AssemblyError("a loop that calls nothing: no call waits for another") from None


def body(text, name):
    """The lines of a function, without what only the assembler and the debugger read."""
    found = re.search(rf"^{re.escape(name)}:\n(.*?)^\s*\.size\s+{re.escape(name)},", text, re.MULTILINE | re.DOTALL)
    if found is None:
        raise AssemblyError(f"no function {name}")
    return [line for line in found[1].splitlines() if not re.match(r"\s*(?:$|#|\.(?!L\w+:)|\.Lfunc_)", line)]


def function(lines):
    code, labels = [], {}
    for line in lines:
        if label := re.fullmatch(r"(\.L\w+):", line):
            labels[label[1]] = len(code)
        else:
            mnemonic, _, operands = line.strip().partition("\t")
            code.append(Instruction(" ".join(line.split()), mnemonic, tuple(re.findall(r"(?:\([^)]*\)|[^,\s(])+", operands))))
    return Function(tuple(code), labels)
