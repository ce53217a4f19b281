//! A Rust file as a flat list of tokens with their places, and the comments between them.
//!
//! Tokens, not a syntax tree: bodies of macros are read as well, and comments are what no token covers.

use anyhow::{Context, Result, anyhow, ensure};
use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::ops::Range;
use std::process::Command;
use std::{fs, str};

/// Signs of two characters that are one token here; the lexer gives them one by one.
const PAIRS: [&str; 3] = ["::", "=>", "->"];

pub struct Token {
    /// Bytes of the text.
    pub at: Range<usize>,
    pub line: usize,
    pub last_line: usize,
    /// The innermost open bracket around it.
    pub around: Option<usize>,
    /// Of a bracket, the other one.
    pub partner: Option<usize>,
    /// Whether it belongs to an item under `#[cfg(test)]`.
    pub test: bool,
}

pub struct Source {
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
    /// The lines that hold a comment and nothing else, by number.
    pub comments: BTreeMap<usize, String>,
}

impl Source {
    pub fn read(path: &str, text: &str) -> Result<Self> {
        let stream: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
            anyhow!("{path}:{}: not Rust: {error}", error.span().start().line)
        })?;
        let mut source = Self {
            path: path.to_owned(),
            text: text.to_owned(),
            tokens: Vec::new(),
            comments: (1..).zip(text.lines().map(str::to_owned)).collect(),
        };
        source.flatten(stream, None, false);
        source.comments.retain(|_, line| !line.trim().is_empty());
        for token in &source.tokens {
            (token.line..=token.last_line).for_each(|line| drop(source.comments.remove(&line)));
        }
        Ok(source)
    }

    fn flatten(&mut self, stream: TokenStream, around: Option<usize>, in_test: bool) {
        let mut test = in_test;
        for tree in stream {
            let span = tree.span();
            // A comment for rustdoc comes as an attribute whose tokens all stand where it does.
            if ["//", "/*"].iter().any(|sign| self.text[span.byte_range()].starts_with(sign)) {
                continue;
            }
            let TokenTree::Group(group) = tree else {
                self.push(span, around, test);
                test &= in_test || self.word(self.tokens.len() - 1) != ";";
                continue;
            };
            if begins_test(&group) {
                test = true;
                self.tokens.last_mut().into_iter().for_each(|hash| hash.test = true);
            }
            let open = self.push(group.span_open(), around, test);
            self.flatten(group.stream(), Some(open), test);
            let close = self.push(group.span_close(), around, test);
            self.tokens[open].partner = Some(close);
            self.tokens[close].partner = Some(open);
            test &= in_test || group.delimiter() != Delimiter::Brace;
        }
    }

    fn push(&mut self, span: Span, around: Option<usize>, test: bool) -> usize {
        let at = span.byte_range();
        if let Some(last) = self.tokens.last_mut() {
            if last.at.end == at.start && PAIRS.contains(&&self.text[last.at.start..at.end]) {
                last.at.end = at.end;
                return self.tokens.len() - 1;
            }
        }
        let (line, last_line) = (span.start().line, span.end().line);
        self.tokens.push(Token { at, line, last_line, around, partner: None, test });
        self.tokens.len() - 1
    }

    /// The text of a token; nothing beyond the end.
    pub fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| &self.text[token.at.clone()])
    }

    pub fn before(&self, index: usize) -> &str {
        index.checked_sub(1).map_or("", |before| self.word(before))
    }

    pub fn words(&self) -> Vec<&str> {
        (0..self.tokens.len()).map(|index| self.word(index)).collect()
    }

    /// The opening bracket of a closing one.
    pub fn opener(&self, index: usize) -> Option<usize> {
        self.tokens[index].partner.filter(|&partner| partner < index)
    }

    /// The brackets around a token, from within.
    pub fn brackets(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.tokens[index].around, |&open| self.tokens[open].around)
    }

    /// The functions: of each its name's token and the braces around its body.
    pub fn functions(&self) -> Vec<(usize, Range<usize>)> {
        let names = (1..self.tokens.len()).filter(|&name| self.word(name - 1) == "fn");
        names.filter_map(|name| Some((name, self.body(name)?))).collect()
    }

    /// The first braces beside `index`, unless a `;` comes before them.
    fn body(&self, index: usize) -> Option<Range<usize>> {
        let around = self.tokens[index].around;
        let beside = (index + 1..self.tokens.len()).filter(|&at| self.tokens[at].around == around);
        let open = beside.into_iter().find(|&at| ["{", ";"].contains(&self.word(at)))?;
        self.tokens[open].partner.map(|close| open..close)
    }
}

fn begins_test(group: &Group) -> bool {
    let text = group.stream().to_string().replace(' ', "");
    group.delimiter() == Delimiter::Bracket
        && ["cfg(test", "cfg(all(test"].iter().any(|start| text.starts_with(start))
}

/// The files of the tree: those that git tracks, and those that `git add` would take.
pub fn files() -> Result<Vec<String>> {
    let listed = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"])
        .args(["--exclude-standard", "--deduplicate"])
        .output()
        .context("git")?;
    ensure!(listed.status.success(), "git: {}", String::from_utf8_lossy(&listed.stderr));
    let names = str::from_utf8(&listed.stdout)?.split_terminator('\0').map(str::to_owned);
    Ok(names.filter(|name| fs::exists(name).unwrap_or(false)).collect())
}

/// The library's Rust files: of the core and of the crates around it.
pub fn library() -> Result<Vec<Source>> {
    let files = files()?.into_iter();
    let names = files.filter(|name| {
        let inside = name.strip_prefix("crates/").and_then(|rest| Some(rest.split_once('/')?.1));
        inside.unwrap_or(name).starts_with("src/") && name.ends_with(".rs")
    });
    let sources: Vec<_> = names
        .map(|name| Source::read(&name, &fs::read_to_string(&name)?))
        .collect::<Result<_>>()?;
    ensure!(!sources.is_empty(), "no Rust file in src/");
    Ok(sources)
}
