//! A Rust file as a flat list of tokens, and the comments between them.
//!
//! Tokens rather than a syntax tree: those in the bodies of macros count as well.

use anyhow::{Result, anyhow, ensure};
use proc_macro2::{LexError, Span, TokenStream, TokenTree};
use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};
use std::process::Command;
use std::{fs, iter, str};

/// Signs of two characters that are one token here; the lexer returns them one by one.
const PAIRS: [&str; 3] = ["::", "=>", "->"];

pub struct Token {
    /// Its bytes in the text.
    pub at: Range<usize>,
    pub lines: RangeInclusive<usize>,
    /// The innermost open bracket around it.
    pub around: Option<usize>,
    /// The other bracket of the pair.
    pub partner: Option<usize>,
}

pub struct Source {
    pub path: String,
    pub text: String,
    pub tokens: Vec<Token>,
    /// The lines that hold a comment and nothing else.
    pub comments: BTreeMap<usize, String>,
}

impl Source {
    pub fn read(path: &str, text: &str) -> Result<Self> {
        let not_rust =
            |error: LexError| anyhow!("{path}:{}: not Rust: {error}", error.span().start().line);
        Ok(Self::of(path, text, text.parse().map_err(not_rust)?))
    }

    /// From some of the tokens of `text`.
    pub fn of(path: &str, text: &str, stream: TokenStream) -> Self {
        let (path, text) = (path.to_owned(), text.to_owned());
        let mut comments: BTreeMap<_, _> = (1..).zip(text.lines().map(str::to_owned)).collect();
        comments.retain(|_, line| !line.trim().is_empty());
        let tokens = Vec::new();
        let mut source = Self { path, text, tokens, comments };
        source.flatten(stream, None);
        for line in source.tokens.iter().flat_map(|token| token.lines.clone()) {
            source.comments.remove(&line);
        }
        source
    }

    fn flatten(&mut self, stream: TokenStream, around: Option<usize>) {
        for tree in stream {
            let text = &self.text[tree.span().byte_range()];
            if text.starts_with("//") || text.starts_with("/*") {
                // The lexer turns doc comments into attributes, whose tokens all stand here.
            } else if let TokenTree::Group(group) = tree {
                let open = self.push(group.span_open(), around);
                self.flatten(group.stream(), Some(open));
                let close = self.push(group.span_close(), around);
                self.tokens[open].partner = Some(close);
                self.tokens[close].partner = Some(open);
            } else {
                self.push(tree.span(), around);
            }
        }
    }

    fn push(&mut self, span: Span, around: Option<usize>) -> usize {
        let at = span.byte_range();
        let is_first = |it: &&mut Token| PAIRS.contains(&&self.text[it.at.start..at.end]);
        if let Some(first) = self.tokens.last_mut().filter(is_first) {
            first.at.end = at.end;
        } else {
            let lines = span.start().line..=span.end().line;
            let partner = None;
            self.tokens.push(Token { at, lines, around, partner });
        }
        self.tokens.len() - 1
    }

    /// The text of a token, or nothing beyond the first and last.
    pub fn word(&self, index: usize) -> &str {
        let at = self.tokens.get(index).map_or(0..0, |token| token.at.clone());
        &self.text[at]
    }

    pub fn before(&self, index: usize) -> &str {
        self.word(index.wrapping_sub(1))
    }

    pub fn words(&self) -> Vec<&str> {
        let all = 0..self.tokens.len();
        all.map(|index| self.word(index)).collect()
    }

    /// The tokens that are one of `words`.
    pub fn find(&self, words: &[&str]) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter(|&index| words.contains(&self.word(index)))
    }

    pub fn line(&self, index: usize) -> usize {
        *self.tokens[index].lines.start()
    }

    /// The open brackets around a token, from the inside.
    pub fn brackets(&self, index: usize) -> impl Iterator<Item = usize> {
        iter::successors(self.tokens[index].around, |&open| self.tokens[open].around)
    }

    /// Each function that has a body, from its name to its last brace.
    pub fn functions(&self) -> impl Iterator<Item = RangeInclusive<usize>> {
        self.find(&["fn"]).filter_map(|at| {
            let beside = |&end: &usize| self.tokens[end].around == self.tokens[at].around;
            let ends = self.find(&["{", ";"]).filter(beside);
            let body = ends.into_iter().find(|&end| end > at)?;
            Some(at + 1..=self.tokens[body].partner?)
        })
    }
}

/// The files of the tree: those that git tracks, and those that `git add` would add.
pub fn files() -> Result<Vec<String>> {
    let arguments = "-c safe.directory=* ls-files -z --cached --others --exclude-standard";
    let listed = Command::new("git").args(arguments.split(' ')).output()?;
    let errors = String::from_utf8_lossy(&listed.stderr);
    ensure!(listed.status.success(), "git: {errors}");
    let names = str::from_utf8(&listed.stdout)?.split_terminator('\0');
    let there = names.filter(|name| fs::exists(name).unwrap_or(false));
    Ok(there.map(str::to_owned).collect())
}

/// The Rust files of the core and of the crates around it.
pub fn library() -> Result<Vec<Source>> {
    let is_ours = |folder: &str| folder.is_empty() || folder.starts_with("crates/");
    let mut names = files()?;
    names.retain(|name| name.ends_with(".rs") && krate(name).is_some_and(is_ours));
    let read = |name: &String| Source::read(name, &fs::read_to_string(name)?);
    names.iter().map(read).collect()
}

/// The folder of the crate to whose `src` a file belongs; nothing for the core.
pub fn krate(path: &str) -> Option<&str> {
    let (folder, _) = path.split_once("src/")?;
    Some(folder.trim_end_matches('/'))
}
