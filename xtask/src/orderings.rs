//! Every atomic ordering and fence has its reason in a comment above it.
//!
//! A use of `Release` needs a comment that starts with `// Release:`, directly above the line of the
//! ordering or above the first line of the call chain or statement around it. Several notes may
//! follow one another. An ordering stronger than Relaxed says what it `pairs with` and names the
//! model that fails when it is weakened: `Model: loom-tests/tests/transition.rs`. A note for an
//! ordering that the code below does not use is refused.

#[cfg(test)]
mod tests;

use crate::source::{Source, library};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
pub const FENCES: [&str; 2] = ["fence", "compiler_fence"];
/// After a `}`, these continue the expression that the block belongs to.
const CONTINUES: [&str; 16] =
    [".", "?", ",", ")", "]", ";", "+", "-", "/", "=", "<", ">", "|", "^", "%", "as"];

pub struct Note {
    ordering: String,
    line: usize,
    pub text: String,
}

/// The notes, by the line that they stand above.
pub struct Notes(BTreeMap<usize, Vec<Note>>);

pub fn check() -> Result<()> {
    let (mut seen, mut wrong) = (0, Vec::new());
    for source in library()? {
        seen += uses(&source).len();
        let found = complaints(&source, |model| Path::new(model).is_file());
        wrong.extend(found.iter().map(|(line, what)| format!("{}:{line}: {what}", source.path)));
    }
    ensure!(seen > 0, "no ordering found in src/");
    println!("orderings: {seen} read, {} complaints", wrong.len());
    crate::report(&wrong)
}

/// What is wrong in one file: line and sentence.
fn complaints(source: &Source, exists: impl Fn(&str) -> bool) -> Vec<(usize, String)> {
    let notes = Notes::of(source);
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for index in aliases(source) {
        let what = format!("`{}` under another name is hidden from this check", source.word(index));
        wrong.push((source.tokens[index].line, what));
    }
    for index in uses(source) {
        let (name, line) = (source.word(index), source.tokens[index].line);
        if FENCES.contains(&name) {
            // The ordering within is checked by itself.
            if fenced(source, index).is_none() {
                wrong.push((line, "a fence must name its ordering in place".to_owned()));
            }
            continue;
        }
        let found = notes.of_use(source, index);
        if found.is_empty() {
            let right = format!("write `// {name}: ...` on the line above, first in its comment");
            wrong.push((line, format!("`{name}` has no reason: {right}")));
        }
        used.extend(found.iter().map(|note| note.line));
    }
    for note in notes.0.values().flatten() {
        if used.contains(&note.line) {
            wrong.extend(note.complaints(&exists).into_iter().map(|what| (note.line, what)));
        } else {
            let what = format!("a note for `{}`, but the code below does not use it", note.ordering);
            wrong.push((note.line, what));
        }
    }
    wrong.sort();
    wrong
}

/// The tokens that name an ordering or a fence, and whether they are imported there.
fn names(source: &Source) -> Vec<(usize, bool)> {
    let (mut found, mut importing) = (Vec::new(), false);
    for index in 0..source.tokens.len() {
        match source.word(index) {
            // `impl Trait + use<'a>` captures lifetimes and imports nothing.
            "use" if source.word(index + 1) != "<" => importing = true,
            ";" => importing = false,
            word if ORDERINGS.contains(&word) || FENCES.contains(&word) => {
                found.push((index, importing));
            }
            _ => {}
        }
    }
    found
}

fn aliases(source: &Source) -> impl Iterator<Item = usize> {
    let names = names(source).into_iter();
    names.filter(|&(at, imported)| imported && source.word(at + 1) == "as").map(|(at, _)| at)
}

/// The tokens that use an ordering or call a fence.
pub fn uses(source: &Source) -> Vec<usize> {
    let is_use = |index| {
        let is_call = source.word(index + 1) == "(" && !["fn", "."].contains(&source.before(index));
        ORDERINGS.contains(&source.word(index)) || is_call
    };
    let names = names(source).into_iter().filter(|&(index, imported)| !imported && is_use(index));
    names.map(|(index, _)| index).collect()
}

/// The ordering of a fence.
pub fn fenced(source: &Source, fence: usize) -> Option<usize> {
    let close = source.tokens[fence + 1].partner?;
    (fence + 2..close).find(|&index| ORDERINGS.contains(&source.word(index)))
}

impl Notes {
    /// A block of comment lines must begin with a note to hold any.
    pub fn of(source: &Source) -> Self {
        let lines: Vec<_> = source.comments.iter().map(|(at, line)| (*at, line.trim())).collect();
        let blocks = lines.chunk_by(|above, below| above.0 + 1 == below.0);
        let blocks = blocks.filter(|block| Note::head(block[0]).is_some());
        Self(blocks.map(|block| (block[block.len() - 1].0 + 1, Note::all(block))).collect())
    }

    /// The notes for the ordering at `index`.
    pub fn of_use(&self, source: &Source, index: usize) -> Vec<&Note> {
        let above = places(source, index).into_iter().filter_map(|line| self.0.get(&line));
        above.flatten().filter(|note| note.ordering == source.word(index)).collect()
    }
}

impl Note {
    fn head((line, comment): (usize, &str)) -> Option<Self> {
        let (name, text) = comment.strip_prefix("//")?.trim_start().split_once(':')?;
        let note = Self { ordering: name.to_owned(), line, text: text.trim().to_owned() };
        ORDERINGS.contains(&name).then_some(note)
    }

    fn all(block: &[(usize, &str)]) -> Vec<Self> {
        let mut notes: Vec<Self> = Vec::new();
        for &line in block {
            match (Self::head(line), notes.last_mut()) {
                (None, Some(note)) => note.text += &format!(" {}", line.1.trim_matches(['/', ' '])),
                (head, _) => notes.extend(head),
            }
        }
        notes
    }

    /// The models that the note names.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        let is_path = |c: char| c.is_alphanumeric() || "_./-".contains(c);
        let names = self.text.split("Model: ").skip(1).map(|rest| rest.trim_start_matches('`'));
        names.map(move |rest| rest.split(|c| !is_path(c)).next().unwrap_or("").trim_matches('.'))
    }

    fn complaints(&self, exists: impl Fn(&str) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.text.split_whitespace().count() < 3 {
            wrong.push("gives no reason".to_owned());
        }
        if self.ordering != "Relaxed" {
            if !self.text.contains("pairs with") {
                wrong.push("must say what it `pairs with`".to_owned());
            }
            if self.models().next().is_none() {
                wrong.push("must name its model: `Model: loom-tests/tests/NAME.rs`".to_owned());
            }
            let gone = self.models().filter(|model| !exists(model));
            wrong.extend(gone.map(|model| format!("names a model that does not exist: {model}")));
        }
        wrong.into_iter().map(|what| format!("`{}:` {what}", self.ordering)).collect()
    }
}

/// The lines that a note for a token may stand above: its own line, and the first line of each call
/// chain and of the statement around it.
fn places(source: &Source, index: usize) -> BTreeSet<usize> {
    let calls: Vec<_> =
        source.brackets(index).take_while(|&open| source.word(open) != "{").collect();
    let statement = statement_start(source, *calls.last().unwrap_or(&index));
    let chains = calls.iter().map(|&open| chain_start(source, open));
    let starts = chains.chain(calls.iter().copied()).chain([index, statement]);
    starts.map(|start| source.tokens[start].line).collect()
}

/// From a call's bracket back over `.method`, `path::`, `(..)`, `[..]` to the start of the chain.
fn chain_start(source: &Source, mut index: usize) -> usize {
    while let Some(before) = index.checked_sub(1) {
        let word = source.word(before);
        let is_name = word.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        match source.opener(before) {
            Some(open) if word != "}" => index = open,
            _ if is_name || [".", "::", "?", "&", "*"].contains(&word) => index = before,
            _ => break,
        }
    }
    index
}

/// Back to just after the `;`, `{`, `}` or `,` that ends what came before, within the same braces.
fn statement_start(source: &Source, mut index: usize) -> usize {
    while let Some(before) = index.checked_sub(1) {
        match (source.word(before), source.opener(before)) {
            (";" | "," | "{", _) => break,
            ("}", _) if !CONTINUES.contains(&source.word(index)) => break,
            (_, opener) => index = opener.unwrap_or(before),
        }
    }
    index
}
