"""Just enough of Rust's grammar to tell code from comments and strings."""

import re
from dataclasses import dataclass

# Longest first. A lifetime is tried after a character literal: 'a' is one, 'a is the other.
TOKEN = re.compile(
    r"""
      (?P<line_comment>//[^\n]*)
    | (?P<block_comment>/\*)
    | (?P<raw_string>\b(?:b|c)?r(?P<hashes>\#*)"(?:.|\n)*?"(?P=hashes))
    | (?P<string>\b[bc]?"(?:\\(?:.|\n)|[^"\\])*"|"(?:\\(?:.|\n)|[^"\\])*")
    | (?P<char>(?:\bb)?'(?:\\(?:x[0-9a-fA-F]{2}|u\{[^}]*\}|.)|[^'\\\n])')
    | (?P<lifetime>'[A-Za-z_]\w*)
    | (?P<word>(?:r\#)?[A-Za-z_]\w*)
    | (?P<number>\d\w*)
    | (?P<sign>::|=>|->|[^\s\w])
    """,
    re.VERBOSE,
)


class SourceError(Exception):
    """The text is not Rust, or not understood."""


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    line: int  # of its first character, counted from 1
    at: int  # where its first character stands in the text


def tokens(text):
    """Every token and comment of `text`, in order."""
    position, line = 0, 1
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            if not text[position].isspace():
                raise SourceError(f"line {line}: cannot read {text[position]!r}")
            line += text[position] == "\n"
            position += 1
            continue
        end = match.end()
        if match.lastgroup == "block_comment":
            end = _block_comment_end(text, position, line)
        piece = text[position:end]
        yield Token(match.lastgroup, piece, line, position)
        line += piece.count("\n")
        position = end


def _block_comment_end(text, position, line):
    depth = 0
    for edge in re.finditer(r"/\*|\*/", text[position:]):
        depth += 1 if edge[0] == "/*" else -1
        if depth == 0:
            return position + edge.end()
    raise SourceError(f"line {line}: comment without an end")


def is_comment(token):
    return token.kind.endswith("comment")


def code(text):
    """The tokens that a compiler reads; strings are left in, comments are not."""
    return [token for token in tokens(text) if not is_comment(token)]
