//! How large the library is, and how it is written: the figures that reviews compare.

#[cfg(test)]
mod tests;

use crate::imports::circles;
use crate::orderings::{Notes, uses};
use crate::source::{Source, files, library};
use anyhow::Result;
use quote::ToTokens;
use std::collections::BTreeSet;
use std::fs;
use syn::spanned::Spanned;
use syn::{Attribute, ImplItem, ImplItemFn, Item, Visibility};

/// The most that `--check` allows in the core and in the adapters. Wanted are 500 functions in the
/// core, 150 in the adapters, and 1,200 lines of CI code: what is above that only may shrink.
const LIMITS: [(&str, [usize; 2]); 7] = [
    ("functions", [840, 390]),
    ("lines of a function, 90th percentile", [15, 15]),
    ("lines of a function, longest", [45, 45]),
    ("comment lines over 100 columns", [0, 0]),
    ("matches on a bool", [0, 0]),
    ("circles of imports", [0, 0]),
    ("lines of CI code", [1_930, 0]),
];
/// Every public method of these should have an example.
const MAIN_TYPES: [&str; 6] =
    ["CircuitBreaker", "Held", "Builder", "Config", "Registry", "NamedBreaker"];
const TYPES: [&str; 5] = ["struct", "enum", "union", "trait", "type"];

type Figure = (&'static str, usize);

pub fn print() -> Result<()> {
    println!("| | core | adapters | at most |\n|---|---:|---:|---:|");
    for (name, [core, adapters]) in all()? {
        let limits = limits(name).map_or(String::new(), |[core, more]| format!("{core}, {more}"));
        println!("| {name} | {core} | {adapters} | {limits} |");
    }
    for circle in circles(&without_tests(&library()?)?.0) {
        println!("\nA circle of imports:\n\n- {}", circle.join("\n- "));
    }
    Ok(())
}

pub fn check() -> Result<()> {
    let mut complaints = Vec::new();
    for (name, values) in all()? {
        for (value, limit) in values.into_iter().zip(limits(name).into_iter().flatten()) {
            if value > limit {
                complaints.push(format!("{name}: {value}, at most {limit}"));
            }
        }
    }
    crate::report(&complaints)
}

fn limits(name: &str) -> Option<[usize; 2]> {
    LIMITS.iter().find(|limit| limit.0 == name).map(|limit| limit.1)
}

/// Each figure of the core and of the adapters.
fn all() -> Result<Vec<(&'static str, [usize; 2])>> {
    let (core, mut adapters): (Vec<_>, Vec<_>) =
        library()?.into_iter().partition(|source| source.path.starts_with("src/"));
    adapters.retain(|source| source.path.starts_with("crates/tripword-"));
    let both = figures(&core)?.into_iter().zip(figures(&adapters)?);
    let both = both.map(|((name, core), (_, adapters))| (name, [core, adapters]));
    let ci = ("lines of CI code", [ci_lines()?, 0]);
    Ok(both.chain([ci]).collect())
}

fn figures(sources: &[Source]) -> Result<Vec<Figure>> {
    let (code, methods) = without_tests(sources)?;
    let whole = |count: fn(&Source) -> usize| sources.iter().map(count).sum::<usize>();
    let sum = |count: fn(&Source) -> usize| code.iter().map(count).sum::<usize>();
    let mut lengths: Vec<_> = code.iter().flat_map(function_lines).collect();
    lengths.sort_unstable();
    let percentile = |percent: usize| {
        let rank = (lengths.len() * percent).div_ceil(100);
        lengths.get(rank.saturating_sub(1)).copied().unwrap_or(0)
    };
    let largest = sources.iter().map(lines).max().unwrap_or(0);
    let with_example = methods.iter().filter(|&&has_example| has_example).count();
    Ok(vec![
        ("files", sources.len()),
        ("lines", whole(lines)),
        ("code lines without tests, comments", sum(code_lines)),
        ("functions", lengths.len()),
        ("lines of a function, median", percentile(50)),
        ("lines of a function, 90th percentile", percentile(90)),
        ("lines of a function, longest", percentile(100)),
        ("lines of the largest file", largest),
        ("`pub` types", sum(|code| public(code, &TYPES))),
        ("`pub fn`", sum(|code| public(code, &["fn"]))),
        ("orderings", sum(|code| uses(code).len())),
        ("orderings with a reason", sum(reasons)),
        ("`# Examples` headings", whole(example_headings)),
        ("public methods of the main types", methods.len()),
        ("of them with an example", with_example),
        ("comment lines over 100 columns", whole(wide_comments)),
        ("matches on a bool", sum(bool_matches)),
        ("circles of imports", circles(&code).len()),
    ])
}

/// The code outside test modules, and whether each public method of a main type has an example.
fn without_tests(sources: &[Source]) -> Result<(Vec<Source>, Vec<bool>)> {
    let (mut code, mut methods, mut tests) = (Vec::new(), Vec::new(), Vec::new());
    for Source { path, text, .. } in sources {
        let mut file = syn::parse_file(text)?;
        let folder = path.trim_end_matches(".rs").trim_end_matches("/lib");
        file.items.retain(|item| {
            let module = test_module(item);
            tests.extend(module.iter().map(|name| format!("{folder}/{name}")));
            module.is_none()
        });
        code.push(Source::of(path, text, file.to_token_stream()));
        methods.extend(file.items.into_iter().flat_map(main_methods).map(|method| {
            let has_example = |docs: &Attribute| text[docs.span().byte_range()].contains("```");
            method.attrs.iter().any(has_example)
        }));
    }
    // A test module may be a file, with others below it.
    let is_test = |path: &str| tests.iter().any(|test| path.starts_with(test.as_str()));
    code.retain(|source| !is_test(&source.path));
    Ok((code, methods))
}

/// The name of a module that only tests have.
fn test_module(item: &Item) -> Option<String> {
    let Item::Mod(module) = item else {
        return None;
    };
    let is_test = module.attrs.iter().any(|attribute| {
        let text = attribute.to_token_stream().to_string().replace(' ', "");
        text.starts_with("#[cfg(test") || text.starts_with("#[cfg(all(test")
    });
    is_test.then(|| module.ident.to_string())
}

fn main_methods(item: Item) -> Vec<ImplItemFn> {
    let Item::Impl(block) = item else {
        return Vec::new();
    };
    let name = block.self_ty.to_token_stream().into_iter().next().map(|name| name.to_string());
    if !name.is_some_and(|name| MAIN_TYPES.contains(&name.as_str())) {
        return Vec::new();
    }
    let methods = block.items.into_iter().filter_map(|item| match item {
        ImplItem::Fn(method) => Some(method),
        // `const_unless_loom!` holds one method.
        ImplItem::Macro(call) => call.mac.parse_body().ok(),
        _ => None,
    });
    let is_public = |method: &ImplItemFn| matches!(method.vis, Visibility::Public(_));
    methods.filter(is_public).collect()
}

fn lines(source: &Source) -> usize {
    source.text.lines().count()
}

fn code_lines(code: &Source) -> usize {
    let lines = code.tokens.iter().flat_map(|token| token.lines.clone());
    lines.collect::<BTreeSet<_>>().len()
}

fn function_lines(code: &Source) -> Vec<usize> {
    let lines = |from, to| code.line(to) - code.line(from) + 1;
    code.functions().map(|function| lines(*function.start(), *function.end())).collect()
}

/// How many `pub` items there are of some kinds.
fn public(code: &Source, kinds: &[&str]) -> usize {
    let is_of_kind = |&at: &usize| {
        let mut words = (at + 1..).map(|next| code.word(next));
        let item = words.find(|word| !["const", "async", "unsafe", "extern"].contains(word));
        item.is_some_and(|item| kinds.contains(&item))
    };
    code.find(&["pub"]).filter(is_of_kind).count()
}

fn reasons(code: &Source) -> usize {
    let notes = Notes::of(code);
    uses(code).iter().filter(|&&index| notes.explain(code, index)).count()
}

fn example_headings(source: &Source) -> usize {
    let comments = source.comments.values().map(|line| line.trim_start_matches([' ', '/', '!']));
    comments.filter(|text| ["# Examples", "# Example"].contains(text)).count()
}

fn wide_comments(source: &Source) -> usize {
    let comments = source.comments.values();
    comments.filter(|line| line.chars().count() > 100).count()
}

/// Braces in which `true` or `false` is the pattern of an arm.
fn bool_matches(code: &Source) -> usize {
    let values = code.find(&["true", "false"]);
    let arms = values.filter(|&at| code.word(at + 1) == "=>");
    let mut braces: BTreeSet<_> = arms.filter_map(|at| code.tokens[at].around).collect();
    braces.retain(|&open| code.word(open) == "{");
    braces.len()
}

/// All lines of what checks the repository, but not of its tests.
fn ci_lines() -> Result<usize> {
    let own = [".ci/", ".github/workflows/", "xtask/", "justfile"];
    let mut names = files()?;
    names.retain(|name| own.iter().any(|own| name.starts_with(own)));
    names.retain(|name| !name.ends_with("/tests.rs"));
    let lines = |name| Ok(fs::read_to_string(name)?.lines().count());
    names.iter().map(lines).sum()
}
