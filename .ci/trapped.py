"""Calls `prepare` of LIBRARY, then FUNCTION with a breakpoint, which kills, at the start of each function NAME.

    trapped.py LIBRARY FUNCTION NAME...
"""

import ctypes
import resource
import subprocess
import sys

PAGE = 4096
READ_WRITE_EXECUTE = 7
BREAKPOINT = 0xCC


def offsets(library):
    """Where each function of the library begins."""
    listed = subprocess.run(["nm", "--defined-only", library], check=True, stdout=subprocess.PIPE, text=True).stdout
    return {name: int(start, 16) for start, _, name in (line.split(" ", 2) for line in listed.splitlines())}


def trap(address):
    """A function may begin on any byte of a page of code, which is writable only while we say so."""
    page = ctypes.c_void_p(address - address % PAGE)
    if ctypes.CDLL(None).mprotect(page, ctypes.c_size_t(PAGE), READ_WRITE_EXECUTE) != 0:
        sys.exit("trapped: this system lets nobody set a breakpoint in code")
    ctypes.memset(address, BREAKPOINT, 1)


def main(path, name, *trapped):
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    library, starts = ctypes.CDLL(path), offsets(path)
    function = getattr(library, name)
    base = ctypes.cast(function, ctypes.c_void_p).value - starts[name]
    if library.prepare() != 0:
        sys.exit("trapped: the library is not prepared")
    for symbol in trapped:
        trap(base + starts[symbol])
    return function()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
