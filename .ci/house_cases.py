"""Files that `.ci/house --self-test` must judge rightly. What is refused everywhere is put together from pieces here."""


def _path(*parts):
    return "/".join(("", *parts))


def _host(*parts):
    return ".".join(parts)


GOOD = [
    ("src/a.rs", "//! Words.\n" * 400),
    ("src/a.rs", '#![forbid(unsafe_code)]\n//! An `unsafe`-free crate, unsafe-free in prose too.\n'),
    ("src/docs/limits.md", "Build with `unsafe-assume-single-core`, that is `--cfg portable_atomic_unsafe_assume_single_core`.\n"),
    ("src/a.rs", '/// No `Mutex`, no RwLock.\n/* Condvar */ const S: &str = "Mutex";\n'),
    ("src/docs/design.md", "A `Mutex` would wait.\n"),
    ("tests/a.rs", "use std::sync::Mutex;\n" + "// line\n" * 500),
    ("examples/a.rs", f"let route = {_path('work')!r}; let url = 'http://localhost{_path('tmp', 'x')}';\n"),
    ("a.sh", f"ls $here{_path('home', 'x')} target{_path('tmp', 'x')} ${{dir}}{_path('root', 'x')}\n"),
    ("Cargo.lock", 'source = "registry+https://github.com/rust-lang/%s-index"\n' % _host("crates", "io")),
]

BAD = [
    ("src/a.rs", "//! Words.\n" * 401, "401 lines"),
    ("src/docs/a.md", "Words.\n" * 401, "401 lines"),
    ("src/deep/a.rs", "fn f() { unsafe { g() } }\n", "the crate is `unsafe`-free"),
    ("src/a.rs", "// This needs `unsafe` here.\n", "the crate is `unsafe`-free"),
    ("src/docs/a.md", "So it is unsafe.\n", "the crate is `unsafe`-free"),
    ("src/a.rs", "use std::sync::Mutex;\n", "`Mutex`: no call waits"),
    ("src/a.rs", "fn f(l: &'a sync::RwLock<u8>) {}\n", "`RwLock`: no call waits"),
    ("src/a.rs", "fn f(guard: MutexGuard<'_, u8>) {}\n", "`MutexGuard`: no call waits"),
    ("src/a.rs", 'const C: char = \'"\'; fn f(m: Mutex<u8>) { "quoted" }\n', "`Mutex`: no call waits"),
    ("src/a.rs", "use parking_lot::Once;\n", "`parking_lot`: no call waits"),
    ("src/a.rs", "/* no end\n", "comment without an end"),
    ("README.md", f"Look in {_path('work', 'main')}.\n", "a path of one machine"),
    ("tests/a.rs", f'File::create("{_path("tmp", "x")}");\n', "a path of one machine"),
    (".ci/a", f"cd {_path('root', 'x')}\n", "a path of one machine"),
    ("Cargo.toml", f'x = {{ path = "{_path("home", "me", "x")}" }}\n', "a path of one machine"),
    ("fuzz/a.svg", f"file://{_path('home', 'me', 'x')}\n", "a path of one machine"),
    ("README.md", f"https://{_host('crates', 'io')}/x\n", "the host name of a package registry"),
    ("Cargo.toml", f"https://{_host('index', 'crates', 'io')}/\n", "the host name of a package registry"),
    (".ci/a", f"http://deb.{_host('debian', 'org')}/debian\n", "the host name of a package registry"),
    (".ci/a", f"https://files.{_host('pythonhosted', 'org')}/x\n", "the host name of a package registry"),
    (
        "Cargo.lock",
        'source = "registry+https://github.com/rust-lang/%s-index" %s\n' % (_host("crates", "io"), _host("crates", "io")),
        "the host name of a package registry",
    ),
]

# The files of a tree, its tests/suite.rs and its Cargo.toml; and which of the files are never built.
TESTS = (
    ["Cargo.toml", "src/a.rs", "tests/a.rs", "tests/b.rs", "tests/deep/mod.rs", "tests/lost.rs", "tests/suite.rs"],
    "//! mod lost;\n#[cfg(x)]\nmod a;\nmod deep;\n",
    '[[bench]]\nname = "lost"\n\n[[test]]\nname = "b"\n\n[[test]]\nname = "suite"\ntest = false\n',
)
NEVER_BUILT = ["tests/lost.rs"]
