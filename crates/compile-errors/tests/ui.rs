//! Wrong uses do not compile, and the messages say what to write instead.
#![cfg(not(cross))]

#[test]
fn wrong_uses_are_refused_with_these_messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
