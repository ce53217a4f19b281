use super::{Figure, LIMITS, figures};
use crate::source::Source;

fn measured(text: &str) -> Vec<Figure> {
    figures(&[Source::read("src/a.rs", text).unwrap()]).unwrap()
}

/// One figure of a file.
fn of(name: &str, text: &str) -> usize {
    measured(text).iter().find(|figure| figure.0 == name).unwrap().1
}

#[test]
fn code_lines_are_those_without_tests_and_comments() {
    let text = "//! Page.\n\n/// Item.\nfn f() {\n    // why\n    g(); /* how */\n}\n\
                const A: &str = \"\n// text\n\";\n#[cfg(test)]\nmod tests {\n    fn h() {}\n}\n";
    assert_eq!(of("lines", text), 14);
    assert_eq!(of("lines of the largest file", text), 14);
    assert_eq!(of("code lines without tests, comments", text), 6);
    assert_eq!(of("functions", text), 1);
}

#[test]
fn functions_are_counted_in_macros_and_traits_as_well() {
    let text = "trait T { fn a(&self); fn b(&self) {} }\nx! { const fn c() {\n\n\n} }\n\
                macro_rules! m { ($n:ident) => { fn $n() {} } }\n\
                fn d(f: fn(u8) -> u8) -> [u8; 1] {\n}\n\
                #[cfg(all(test, feature = \"std\"))]\nmod tests { fn e() {} }\n";
    assert_eq!(of("functions", text), 4);
    assert_eq!(of("lines of a function, median", text), 1);
    assert_eq!(of("lines of a function, longest", text), 4);
}

#[test]
fn a_file_that_is_a_test_module_counts_as_one() {
    let read = |path, text| Source::read(path, text).unwrap();
    let sync = read("src/sync.rs", "#[cfg(all(test, unix))]\nmod counted;\nfn a() {}");
    let counted = read("src/sync/counted.rs", "mod deeper; fn b() {}");
    let deeper = read("src/sync/counted/deeper.rs", "fn c() {}");
    let figures = figures(&[sync, counted, deeper]).unwrap();
    assert!(figures.contains(&("functions", 1)));
}

#[test]
fn percentiles_are_of_the_sorted_lengths() {
    let functions = (1..=10).rev().map(|lines| format!("fn f() {{{}}}\n", "\n".repeat(lines - 1)));
    let text = functions.collect::<String>();
    assert_eq!(of("lines of a function, median", &text), 5);
    assert_eq!(of("lines of a function, 90th percentile", &text), 9);
    assert_eq!(of("lines of a function, longest", &text), 10);
    assert_eq!(of("lines of a function, 90th percentile", ""), 0);
}

#[test]
fn public_items_are_those_that_say_pub_alone() {
    let text = "pub struct A; pub(crate) struct B; pub enum C {} pub trait D {} pub type E = A;\n\
                impl A { pub const fn f() {} pub async fn g() {} pub(super) fn h() {} fn i() {} }\n\
                #[cfg(test)] mod tests { pub fn j() {} }";
    assert_eq!(of("`pub` types", text), 4);
    assert_eq!(of("`pub fn`", text), 2);
}

#[test]
fn orderings_and_fences_with_a_reason() {
    let text = "fn f() {\n// Relaxed: one word, read alone.\nw.load(Relaxed);\nw.load(Acquire);\n\
                // SeqCst: pairs with itself.\nfence(SeqCst);\n}";
    assert_eq!(of("orderings", text), 4);
    assert_eq!(of("orderings with a reason", text), 3);
}

#[test]
fn methods_of_main_types_and_their_examples() {
    let text = "impl<C: Clock> CircuitBreaker<C> {\n/// # Examples\n///\n/// ```\n/// ```\n\
                pub fn a() {}\npub fn b() {}\nfn c() {}\n\
                const_unless_loom! {\n/// ```\npub const fn d() {}\n}\n}\n\
                impl Clone for Permit { fn clone() {} }\nimpl Other { pub fn e() {} }";
    assert_eq!(of("public methods of the main types", text), 3);
    assert_eq!(of("of them with an example", text), 2);
    assert_eq!(of("`# Examples` headings", text), 1);
}

#[test]
fn comments_wider_than_a_hundred_columns() {
    let wide = |start: &str, columns: usize| format!("{start:é<columns$}\nfn f() {{}}\n");
    let count = |text: &str| of("comment lines over 100 columns", text);
    assert_eq!(count(&wide("/// ", 100)), 0);
    assert_eq!(count(&wide("/// ", 101)), 1);
    assert_eq!(count(&wide("    // ", 101)), 1);
    assert_eq!(count(&format!("const A: &str = \"\n{}\";", wide("// ", 101))), 0);
}

#[test]
fn matches_on_a_bool() {
    let one = "fn f() { match a { true => 1, false => 2 } }";
    let none = "fn f() { match a { Some(true) => 1, (false, _) => 2, _ => 3 }; g!(true => 1) }";
    assert_eq!(of("matches on a bool", one), 1);
    assert_eq!(of("matches on a bool", &format!("x! {{ {one} {one} }}")), 2);
    assert_eq!(of("matches on a bool", none), 0);
}

#[test]
fn circles_outside_tests() {
    let read = |path, text| Source::read(path, text).unwrap();
    let down = read("src/a.rs", "mod b; pub use b::B;\n#[cfg(test)]\nmod tests { use super::b; }");
    let up = read("src/a/b.rs", "use super::A;");
    let in_tests = read("src/a/b.rs", "#[cfg(test)]\nmod tests { use crate::a::A; }");
    let circles = |sources: [Source; 2]| *figures(&sources).unwrap().last().unwrap();
    assert_eq!(circles([down, up]), ("circles of imports", 1));
    let down = read("src/a.rs", "mod b; pub use b::B;");
    assert_eq!(circles([down, in_tests]), ("circles of imports", 0));
}

#[test]
fn each_limit_is_that_of_a_figure() {
    let mut names: Vec<_> = measured("").into_iter().map(|figure| figure.0).collect();
    names.push("lines of CI code");
    assert!(LIMITS.iter().all(|limit| names.contains(&limit.0)));
}
