use super::circles;
use crate::source::Source;

fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let sources: Vec<_> =
        files.iter().map(|(path, text)| Source::read(path, text).unwrap()).collect();
    circles(&sources)
}

#[test]
fn imports_that_go_down_are_no_circle() {
    let files = [
        ("src/lib.rs", "mod a; mod b; pub use a::A;"),
        ("src/a.rs", "use crate::b::{B, c::C}; pub struct A(B);"),
        ("src/b.rs", "mod c; use c::C; pub struct B(C);"),
        ("src/b/c.rs", "/// For [`crate::A`].\npub struct C;"),
    ];
    assert_eq!(found(&files), [[""; 0]; 0]);
}

#[test]
fn two_files_that_import_each_other() {
    let files = [("src/a.rs", "use crate::b::B;"), ("src/b.rs", "fn f() { x!(crate::a::g()) }")];
    assert_eq!(found(&files), [["src/a.rs -> src/b.rs", "src/b.rs -> src/a.rs"]]);
}

#[test]
fn a_parent_that_re_exports_a_child_which_imports_it() {
    let files = [
        ("src/a.rs", "pub(crate) mod b; pub use b::{B, C}; pub struct A;"),
        ("src/a/b.rs", "use super::A; pub struct B(A);"),
    ];
    assert_eq!(found(&files), [["src/a.rs -> src/a/b.rs (re-export)", "src/a/b.rs -> src/a.rs"]]);
}

#[test]
fn a_re_export_and_a_use_of_the_same_file_are_a_use() {
    let files =
        [("src/a.rs", "mod b; pub use b::B; fn f() { b::g() }"), ("src/a/b.rs", "use super::*;")];
    assert_eq!(found(&files), [["src/a.rs -> src/a/b.rs", "src/a/b.rs -> src/a.rs"]]);
}

#[test]
fn a_circle_of_three_through_groups_and_supers() {
    let files = [
        ("src/x/a.rs", "use super::{super::y, b::B};"),
        ("src/x/b.rs", "use crate::{z::Z, x::{c::{self, D}}};"),
        ("src/x/c.rs", "use self::super::a::A;"),
        ("src/y.rs", ""),
        ("src/z.rs", ""),
    ];
    assert_eq!(found(&files).len(), 1);
    assert_eq!(found(&files)[0].len(), 3);
}

#[test]
fn macros_and_modules_within_the_file_do_not_count() {
    let files = [
        ("src/lib.rs", "mod a; mod b; pub use a::A;"),
        ("src/a.rs", "use crate::b::B;"),
        ("src/b.rs", "macro_rules! m { () => { $crate::a::A } } fn f() { crate::a!() }"),
        ("src/b/c.rs", "mod d { pub(super) use super::E; }"),
    ];
    assert_eq!(found(&files), [[""; 0]; 0]);
}

#[test]
fn an_adapter_has_a_root_of_its_own() {
    let files = [
        ("crates/x/src/lib.rs", "mod a; pub use a::A;"),
        ("crates/x/src/a.rs", "use crate::B; fn f() { std::a::b() }"),
    ];
    assert_eq!(found(&files).len(), 1);
}
