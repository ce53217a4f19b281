use super::bed::watch;
use super::weakening::{Weakening, all, of_orderings};
use super::{Failure, Outcome, complaint, page};
use crate::source::Source;
use anyhow::anyhow;
use std::collections::BTreeMap;
use std::process::Command;

const NOTED: &str = "pairs with the Release below. Model: loom-tests/tests/a.rs";

/// Each weakening of a file as `function: line -> weakened [models]`.
fn found(text: &str) -> Vec<String> {
    let source = Source::read("src/a.rs", &text.replace("NOTED", NOTED)).unwrap();
    let line = |w: &Weakening| {
        let argued = if w.argued { " argued" } else { "" };
        format!("{}: {} -> {} {:?}{argued}", w.function, w.snippet, w.short(), w.models)
    };
    of_orderings(&source).iter().map(line).collect()
}

#[test]
fn orderings_and_fences_are_found() {
    let cases: &[(&str, &[&str])] = &[
        (
            "fn f(&self) {\n// Acquire: NOTED\nlet x = w.load(Acquire);\n}",
            &[r#"f: let x = w.load(Acquire) -> Relaxed ["a"]"#],
        ),
        (
            "fn f(&self) {\n// Release: NOTED\n// Acquire: Argued: NOTED\n\
             w.replace(a, b, Release, Acquire)\n}",
            &[
                r#"f: w.replace(a, b, [Release], Acquire) -> Relaxed ["a"]"#,
                r#"f: w.replace(a, b, Release, [Acquire]) -> Relaxed ["a"] argued"#,
            ],
        ),
        (
            "fn f() { w.replace(a, b, AcqRel, AcqRel) }",
            &[
                "f: fn f() { w.replace(a, b, [AcqRel], AcqRel) } -> Relaxed []",
                "f: fn f() { w.replace(a, b, AcqRel, [AcqRel]) } -> Relaxed []",
            ],
        ),
        (
            "fn f() {\n w.load(core::sync::atomic::Ordering::SeqCst);\n}",
            &["f: w.load(core::sync::atomic::Ordering::SeqCst) -> Relaxed []"],
        ),
        ("fn f() {\n fence(Release);\n}", &["f: fence(Release) -> () []"]),
        (
            "fn f() {\n // SeqCst: NOTED\n sync::fence(SeqCst);\n}",
            &[r#"f: sync::fence(SeqCst) -> () ["a"]"#, r#"f: sync::fence(SeqCst) -> AcqRel ["a"]"#],
        ),
        ("fn f() { w.load(Relaxed); }", &[]),
        ("use crate::sync::Ordering::{Acquire, Release};", &[]),
        ("// w.load(Acquire)\nfn f() {}", &[]),
        (
            "fn f() { fn g() {}\n if x {\n w.load(Acquire);\n }\n}",
            &["f: w.load(Acquire) -> Relaxed []"],
        ),
        ("fn f() { fn g() {\n w.load(Acquire);\n} }", &["g: w.load(Acquire) -> Relaxed []"]),
        ("x! { fn f() {\n w.load(Acquire);\n} }", &["f: w.load(Acquire) -> Relaxed []"]),
    ];
    for (text, expected) in cases {
        assert_eq!(found(text), *expected, "{text}");
    }
}

#[test]
fn the_whole_path_is_replaced() {
    let text = "fn f() { w.load(sync::Ordering::Acquire); g::fence(Release) }";
    let source = Source::read("src/a.rs", text).unwrap();
    let applied: Vec<_> = of_orderings(&source).iter().map(|w| w.apply(text)).collect();
    assert_eq!(
        applied,
        [
            "fn f() { w.load(crate::sync::Ordering::Relaxed); g::fence(Release) }",
            "fn f() { w.load(sync::Ordering::Acquire); () }",
        ]
    );
}

/// What two files become with a check taken out, or the error.
fn placed(files: [&str; 2], check: &str) -> Result<String, String> {
    let sources = files.map(|text| Source::read("src/a.rs", text).unwrap());
    let checks: BTreeMap<String, Weakening> = toml::from_str(check).unwrap();
    let found = all(&sources, &checks, &["a"]).map_err(|error| error.to_string())?;
    Ok(found.iter().map(|weakening| weakening.apply(files[0])).collect())
}

#[test]
fn a_check_stands_once() {
    let if_equal = "[wrong]\nsnippet = 'if a == b'\nweakened = 'if true'";
    let once = "fn f() { if a == b { g() } }";
    let weakened = Ok("fn f() { if true { g() } }".to_owned());
    assert_eq!(placed([once, "fn h() { if a == c {} }"], if_equal), weakened);
    assert_eq!(placed(["fn f() { if a\n    == b { g() } }", ""], if_equal), weakened);
    let gone = placed(["fn f() { g() }", "// if a == b"], if_equal).unwrap_err();
    assert_eq!(gone, "checks.toml: wrong: `if a == b` stands in src/ 0 times, not once");
    let twice = placed([once, "fn h() { if a == b {} }"], if_equal).unwrap_err();
    assert_eq!(twice, "checks.toml: wrong: `if a == b` stands in src/ 2 times, not once");
    let in_f = format!("{if_equal}\nfunction = 'f'");
    assert_eq!(placed([once, "fn h() { if a == b {} }"], &in_f), weakened);
    let unknown = placed([once, ""], &format!("{if_equal}\nmodels = ['a', 'b']")).unwrap_err();
    assert!(unknown.ends_with("there is no model b.rs"), "{unknown}");
}

fn failed(suite: &str, hung: bool) -> Outcome {
    let (suite, test) = (suite.to_owned(), "t".to_owned());
    Ok(Some(Failure { suite, test, hung }))
}

#[test]
fn outcomes_are_judged() {
    let plain = || Weakening { models: vec!["a".to_owned()], ..Weakening::default() };
    let argued = || Weakening { argued: true, ..plain() };
    let hanging = || Weakening { hangs: true, ..plain() };
    let unnamed = Weakening::default;
    let broken = || Err(anyhow!("does not compile"));
    let cases = [
        (plain(), failed("a", false), None),
        (plain(), Ok(None), Some("no test fails; it is not needed")),
        (plain(), failed("b", false), Some("`b.rs`: t, not a: name")),
        (plain(), failed("suite", false), Some("`suite.rs`: t, not a: name")),
        (plain(), failed("a", true), Some("t (does not end); if it should")),
        (plain(), broken(), Some("does not compile")),
        (argued(), Ok(None), None),
        (argued(), failed("a", false), Some("not argued")),
        (argued(), broken(), Some("does not compile")),
        (hanging(), failed("a", true), None),
        (hanging(), failed("a", false), None),
        (hanging(), Ok(None), Some("no test fails; it is not needed")),
        (unnamed(), failed("b", false), None),
        (unnamed(), Ok(None), Some("no test fails; it is not needed")),
    ];
    for (number, (weakening, outcome, expected)) in cases.into_iter().enumerate() {
        match (complaint(&weakening, &outcome), expected) {
            (None, None) => {}
            (Some(said), Some(expected)) => assert!(said.contains(expected), "{number}: {said}"),
            (said, expected) => panic!("case {number}: says {said:?}, not {expected:?}"),
        }
    }
}

#[test]
fn the_page_lists_what_was_caught_and_what_is_argued() {
    let caught = Weakening {
        file: "src/a/b.rs".into(),
        function: "f".into(),
        snippet: "x | y".into(),
        weakened: "z".into(),
        ..Weakening::default()
    };
    let argued = Weakening {
        argued: true,
        function: "g".into(),
        weakened: "crate::sync::Ordering::Relaxed".into(),
        ..Weakening::default()
    };
    let page = page(&[(&caught, failed("a", true)), (&argued, Ok(None))]);
    for expected in [
        "Of 2 weakenings 1 made",
        "| `a/b.rs` f | `x \\| y` | `z` | `a.rs`: t (does not end) |\n\nArgued:",
        "|---|---|---|---|\n| `` g | `` | `Relaxed` | no test fails |\n",
    ] {
        assert!(page.contains(expected), "{expected:?} is not in {page}");
    }
}

/// What a script that prints as tests do results in.
fn watched(script: &str) -> Outcome {
    let mut shell = Command::new("sh");
    shell.args(["-c", script]);
    watch(shell, "a")
}

#[test]
fn tests_are_watched_up_to_the_first_failure() {
    let endless = "echo 'test t ... '; echo 'Model exceeded maximum number of branches.'; exit 101";
    let killed =
        "echo 'test t ... '; echo '  unsuccessful: `a` (signal: 9, SIGKILL: kill)'; exit 101";
    let cases = [
        ("echo 'test s ... ok'; echo 'test t ... FAILED'; sh -c 'exec tail -f /dev/null'", false),
        ("echo 'test t - should panic ... FAILED'", false),
        ("echo 'test t ... printed'; echo FAILED", false),
        ("printf 'test t ... '; exit 134", false),
        (endless, true),
        (killed, true),
    ];
    for (script, hung) in cases {
        let found = watched(script).unwrap();
        assert_eq!(found, failed("a", hung).unwrap(), "{script}");
    }
    assert_eq!(watched("echo 'test t ... ok'").unwrap(), None);
    assert_eq!(watched("true").unwrap_err().to_string(), "a runs no test");
}
