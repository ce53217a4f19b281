//! Snippets that the check must accept, and others that it must refuse with the sentence given.

use super::complaints;
use crate::source::Source;

const MODEL: &str = "loom-tests/tests/transition.rs";

fn judged(text: &str) -> Vec<(usize, String)> {
    match Source::read("a.rs", text) {
        Ok(source) => complaints(&source, |model| model == MODEL),
        Err(error) => vec![(0, error.to_string())],
    }
}

#[test]
fn accepts_what_has_its_reason() {
    for (name, text) in GOOD {
        assert_eq!(judged(text), [], "{name}");
    }
}

#[test]
fn refuses_what_has_none() {
    for (name, text, expected) in BAD {
        let found = judged(text);
        let is_said = found.iter().any(|(_, what)| what.contains(expected));
        assert!(is_said, "{name}: should say {expected:?}, but says {found:?}");
    }
}

const GOOD: &[(&str, &str)] = &[
    ("an import", "use crate::sync::{AtomicU64, Ordering::{Acquire, Relaxed, Release}, fence};"),
    ("a re-export", "pub(crate) use core::sync::atomic::{AtomicU64, Ordering, fence};"),
    (
        "comments and strings",
        r##"
        /// Loads with `Ordering::Acquire` and calls fence(SeqCst).
        /* Release /* AcqRel */ SeqCst */
        fn f() -> &'static str { "Ordering::Relaxed \" fence(" }
        const C: char = '"'; const R: &str = r#"Relaxed " SeqCst"#;
        "##,
    ),
    ("another kind of ordering", "fn f(a: u8) -> bool { a.cmp(&1) == core::cmp::Ordering::Less }"),
    ("a longer word", "fn f() { ReleaseNotes::new(Acquired, defence(1)) }"),
    (
        "relaxed, same line below",
        "
        fn f(&self) -> u64 {
            // Relaxed: one word; nothing else is read on its strength.
            self.word.load(Relaxed)
        }
        ",
    ),
    (
        "a qualified name",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.
            self.word.load(Ordering::Relaxed);
        }
        ",
    ),
    (
        "stronger, in two lines",
        "
        fn f(&self) {
            // Acquire: pairs
            // with the Release CAS in StateCell::open; makes the bucket visible. Model:
            // loom-tests/tests/transition.rs.
            let now = self.word.load(Acquire);
        }
        ",
    ),
    (
        "two orderings, two notes, chain split by rustfmt",
        "
        fn f(&self) {
            let won = self
                .word
                // Release: pairs with the Acquire in load. Model: loom-tests/tests/transition.rs
                // Relaxed: the loser starts again with a load of its own.
                .compare_exchange_weak(
                    current.bits(),
                    next(current, || { now() }).bits(),
                    Release,
                    Relaxed,
                )
                .is_ok();
        }
        ",
    ),
    (
        "above the first line of the statement",
        "
        fn f(&self) {
            other();
            // Release: pairs with the Acquire in load. Model: `loom-tests/tests/transition.rs`.
            // Relaxed: the loser starts again with a load of its own.
            match self
                .word
                .compare_exchange(current, next, Ordering::Release, Ordering::Relaxed)
            {
                Ok(_) => {}
                Err(_) => {}
            }
        }
        ",
    ),
    (
        "above a `let` that breaks after `=`",
        "
        fn f(&self) {
            if ready() { go() }
            // Relaxed: one word; nothing else is read on its strength.
            let value =
                wrap(&self.word)[0].load(Relaxed);
        }
        ",
    ),
    (
        "above an arm of two patterns",
        "
        fn f(&self) {
            match self.kind {
                Kind::Plain => Plain { word: 1 },
                // Relaxed: one word; nothing else is read on its strength.
                Kind::Boxed
                | Kind::Static => self.word.load(Relaxed),
            }
        }
        ",
    ),
    (
        "above a statement that goes on after a block",
        "
        fn f(&self) {
            other();
            // Relaxed: one word; nothing else is read on its strength.
            let value = Plain {
                word: 1,
            }
            .word + self.word.load(Relaxed);
        }
        ",
    ),
    (
        "above an attribute",
        r#"
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.
            #[cfg(feature = "std")]
            self.word.store(1, Relaxed);
        }
        "#,
    ),
    (
        "an ordering among the arguments",
        "
        fn f(&self) {
            self.word.compare_exchange(
                seen,
                next,
                // Relaxed: one word; nothing else is read on its strength.
                Relaxed,
                // Relaxed: the loser starts again with a load of its own.
                Relaxed,
            );
        }
        ",
    ),
    (
        "a chain among the arguments",
        "
        fn f(&self) {
            settle(
                first(),
                // Relaxed: one word; nothing else is read on its strength.
                self.word
                    .load(Relaxed),
            );
        }
        ",
    ),
    (
        "a chain of brackets among the arguments",
        "
        fn f(&self) {
            settle(
                first(),
                // Relaxed: one word; nothing else is read on its strength.
                words(self.slot)[0]
                    .as_ref()?
                    .load(Relaxed),
            );
        }
        ",
    ),
    (
        "a match arm",
        "
        fn f(&self) {
            match self.kind {
                Kind::Plain { .. } => {}
                // Relaxed: one word; nothing else is read on its strength.
                Kind::Boxed(words) => words[0].load(Relaxed),
                _ => 0,
            }
        }
        ",
    ),
    (
        "an else-if",
        "
        fn f(&self) {
            if ready() {
                go();
                // Relaxed: one word; nothing else is read on its strength.
            } else if self.word.load(Relaxed) == 0 {
                stop();
            }
        }
        ",
    ),
    (
        "a fence",
        "
        fn f(&self) {
            // SeqCst: pairs with the same fence elsewhere. Model: loom-tests/tests/transition.rs
            fence(SeqCst);
        }
        ",
    ),
    (
        "a constant",
        "
        // Relaxed: one word; nothing else is read on its strength.
        const READ: Ordering = Ordering::Relaxed;
        ",
    ),
    (
        "two uses under one note",
        "
        fn f(&self) {
            // Relaxed: a report, and reports promise no order.
            let both = (self.hot.load(Relaxed), self.cold.load(Relaxed));
        }
        ",
    ),
    ("a definition of fence", "pub(crate) fn fence(order: Ordering) { todo!() }"),
    ("a field called fence", "struct Garden { fence: u8, gate: (u8,) }"),
    ("captured lifetimes", "fn f<'a>(x: &'a u8) -> impl Copy + use<'a> { x }"),
];

const BAD: &[(&str, &str, &str)] = &[
    ("bare, no note", "fn f(&self) { self.word.load(Relaxed); }", "`Relaxed` has no reason"),
    (
        "qualified, no note",
        "fn f(&self) { self.word.load(Ordering::Acquire); }",
        "`Acquire` has no reason",
    ),
    (
        "by a long path",
        "fn f(&self) { self.word.load(core::sync::atomic::Ordering::SeqCst); }",
        "`SeqCst` has no reason",
    ),
    (
        "in a macro",
        "macro_rules! m { ($w:expr) => { $w.load(AcqRel) }; }",
        "`AcqRel` has no reason",
    ),
    (
        "after an import on the same line",
        "use x::Relaxed; fn f(w: W) { w.load(Relaxed); }",
        "`Relaxed` has no reason",
    ),
    (
        "a note inside a string",
        r#"fn f(w: W) { g("// Relaxed: not a note at all", w.load(Relaxed)); }"#,
        "has no reason",
    ),
    (
        "wrong ordering named",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.
            self.word.load(Acquire);
        }
        ",
        "`Acquire` has no reason",
    ),
    (
        "one of two named",
        "
        fn f(&self) {
            // Release: pairs with the Acquire in load. Model: loom-tests/tests/transition.rs
            self.word.compare_exchange(a, b, Release, Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a blank line between",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.

            self.word.load(Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a blank line between the note and another comment",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.

            // We look at the word.
            self.word.load(Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a note of the statement before",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.
            self.word.load(Relaxed);
            self.word.store(1, Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a note of the block around",
        "
        fn f(&self) {
            // Relaxed: one word; nothing else is read on its strength.
            while self.word.load(Relaxed) != 0 {
                self.word.store(1, Relaxed);
            }
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a note of another arm",
        "
        fn f(&self) {
            match kind {
                // Relaxed: one word; nothing else is read on its strength.
                A => one.load(Relaxed),
                B => two.load(Relaxed),
            }
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "at the end of the line",
        "
        fn f(&self) {
            self.word.load(Relaxed); // Relaxed: one word; nothing else is read.
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a doc comment",
        "
        /// Relaxed: one word; nothing else is read on its strength.
        const READ: Ordering = Ordering::Relaxed;
        ",
        "`Relaxed` has no reason",
    ),
    (
        "prose before the note",
        "
        fn f(&self) {
            // We look at the word.
            // Relaxed: one word; nothing else is read on its strength.
            self.word.load(Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "an empty note",
        "
        fn f(&self) {
            // Relaxed: fine.
            self.word.load(Relaxed);
        }
        ",
        "gives no reason",
    ),
    (
        "no partner",
        "
        fn f(&self) {
            // Acquire: makes the bucket visible. Model: loom-tests/tests/transition.rs
            self.word.load(Acquire);
        }
        ",
        "must say what it `pairs with`",
    ),
    (
        "no model",
        "
        fn f(&self) {
            // Acquire: pairs with the Release CAS in StateCell::open.
            self.word.load(Acquire);
        }
        ",
        "must name its model",
    ),
    (
        "a model that is not there",
        "
        fn f(&self) {
            // Acquire: pairs with the Release CAS in open. Model: loom-tests/tests/gone.rs
            self.word.load(Acquire);
        }
        ",
        "names a model that does not exist: loom-tests/tests/gone.rs",
    ),
    (
        "the model stands in the other note",
        "
        fn f(&self) {
            // AcqRel: pairs with itself in open. Model: loom-tests/tests/transition.rs
            // Acquire: pairs with the Release half of the same.
            self.word.compare_exchange(a, b, AcqRel, Acquire);
        }
        ",
        "`Acquire:` must name its model",
    ),
    ("a bare fence", "fn f() { fence(SeqCst); }", "`SeqCst` has no reason"),
    (
        "a fence by path",
        "fn f() { core::sync::atomic::fence(Ordering::SeqCst); }",
        "`SeqCst` has no reason",
    ),
    (
        "a fence with an ordering from elsewhere",
        "fn f(order: Ordering) { fence(order); }",
        "must name its ordering in place",
    ),
    (
        "after captured lifetimes",
        "fn f<'a>(w: &'a W) -> impl Copy + use<'a> { w.load(Relaxed) }",
        "`Relaxed` has no reason",
    ),
    (
        "at the end of the line before",
        "
        fn f(&self) {
            other(); // Relaxed: one word; nothing else is read.
            self.word.load(Relaxed);
        }
        ",
        "`Relaxed` has no reason",
    ),
    (
        "a fence beside an ordering",
        "
        fn f(order: Ordering) {
            // Relaxed: one word; nothing else is read on its strength.
            (self.word.load(Relaxed), fence(order))
        }
        ",
        "must name its ordering in place",
    ),
    (
        "an idle note",
        "
        fn f(&self) {
            // Release: pairs with the Acquire in load. Model: loom-tests/tests/transition.rs
            self.word.publish(1);
        }
        ",
        "the code below does not use it",
    ),
    (
        "an ordering under another name",
        "use crate::sync::Ordering::{Relaxed as Loose};",
        "under another name",
    ),
    ("a bracket that closes nothing", "fn f() { (] }", "a.rs:1: not Rust"),
    ("a bracket left open", "fn f() { (", "a.rs:1: not Rust"),
];
