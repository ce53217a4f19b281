//! Every atomic ordering and fence has its reason in a comment above it.
//!
//! A use of `Release` needs a comment that starts with `// Release:`, directly above its line or
//! above the first line of a call chain or statement around it. Several notes may follow one
//! another. An ordering stronger than Relaxed says what it `pairs with`, and names the model that
//! fails when it is weakened: `Model: loom-tests/tests/transition.rs`. A note for an ordering that
//! the code below does not use is refused.

#[cfg(test)]
mod tests;

use crate::source::{Source, library};
use anyhow::{Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub const ORDERINGS: [&str; 5] = ["Relaxed", "Acquire", "Release", "AcqRel", "SeqCst"];
pub const FENCES: [&str; 2] = ["fence", "compiler_fence"];
/// After a `}`, these continue the expression that the block belongs to; so does `as`.
const CONTINUES: &str = ".?,)];+-/=<>|^%";

pub struct Note {
    line: usize,
    ordering: &'static str,
    pub text: String,
}

/// The notes, by the line that they stand above.
pub struct Notes(BTreeMap<usize, Vec<Note>>);

pub fn check() -> Result<()> {
    let (mut seen, mut wrong) = (0, Vec::new());
    for source in library()? {
        seen += uses(&source).len();
        for (line, what) in complaints(&source, |model| Path::new(model).is_file()) {
            wrong.push(format!("{}:{line}: {what}", source.path));
        }
    }
    ensure!(seen > 0, "no ordering found in src/");
    println!("orderings: {seen} read, {} complaints", wrong.len());
    crate::report(&wrong)
}

/// What is wrong in one file: line and sentence.
fn complaints(source: &Source, exists: impl Fn(&str) -> bool) -> Vec<(usize, String)> {
    let notes = Notes::of(source);
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (index, imported) in names(source) {
        if imported && source.word(index + 1) == "as" {
            let what = format!("`{}` under another name", source.word(index));
            wrong.push((source.line(index), format!("{what} is hidden from this check")));
        }
    }
    for index in uses(source) {
        let (name, line) = (source.word(index), source.line(index));
        let found = notes.of_use(source, index);
        used.extend(found.iter().map(|note| note.line));
        if FENCES.contains(&name) {
            // Its ordering is a use of its own.
            if fenced(source, index).is_none() {
                wrong.push((line, "a fence must name its ordering in place".to_owned()));
            }
        } else if found.is_empty() {
            let right = format!("write `// {name}: ...` on the line above, first in its comment");
            wrong.push((line, format!("`{name}` has no reason: {right}")));
        }
    }
    for note in notes.0.values().flatten() {
        if used.contains(&note.line) {
            let found = note.complaints(&exists).into_iter();
            wrong.extend(found.map(|what| (note.line, format!("`{}:` {what}", note.ordering))));
        } else {
            let what = "but the code below does not use it";
            wrong.push((note.line, format!("a note for `{}`, {what}", note.ordering)));
        }
    }
    wrong.sort();
    wrong
}

/// The tokens that name an ordering or a fence, and whether an import does.
fn names(source: &Source) -> Vec<(usize, bool)> {
    let (mut found, mut importing) = (Vec::new(), false);
    for (index, word) in source.words().into_iter().enumerate() {
        match word {
            // `impl Trait + use<'a>` captures lifetimes and imports nothing.
            "use" => importing = source.word(index + 1) != "<",
            ";" => importing = false,
            _ if ORDERINGS.contains(&word) => found.push((index, importing)),
            _ if FENCES.contains(&word) => found.push((index, importing)),
            _ => {}
        }
    }
    found
}

/// The tokens that use an ordering or call a fence.
pub fn uses(source: &Source) -> Vec<usize> {
    let mut names = names(source);
    names.retain(|&(index, imported)| {
        let is_call = source.word(index + 1) == "(" && !["fn", "."].contains(&source.before(index));
        !imported && (ORDERINGS.contains(&source.word(index)) || is_call)
    });
    names.into_iter().map(|(index, _)| index).collect()
}

/// The ordering of a fence, and its closing bracket.
pub fn fenced(source: &Source, fence: usize) -> Option<(usize, usize)> {
    let close = source.tokens.get(fence + 1)?.partner?;
    let within = |index: &usize| (fence..close).contains(index);
    let ordering = source.find(&ORDERINGS).find(within)?;
    FENCES.contains(&source.word(fence)).then_some((ordering, close))
}

impl Notes {
    /// A block of comment lines must begin with a note to hold any.
    pub fn of(source: &Source) -> Self {
        let lines = source.comments.iter();
        let lines: Vec<_> = lines.map(|(at, line)| (*at, line.trim())).collect();
        let mut above = BTreeMap::new();
        for block in lines.chunk_by(|one, next| one.0 + 1 == next.0) {
            let mut notes: Vec<Note> = Note::head(block[0]).into_iter().collect();
            for &line in block.iter().skip(1) {
                match (notes.last_mut(), Note::head(line)) {
                    (None, _) => break,
                    (_, Some(note)) => notes.push(note),
                    (Some(note), None) => note.text += line.1.trim_start_matches('/'),
                }
            }
            above.insert(block[0].0 + block.len(), notes);
        }
        Self(above)
    }

    /// The notes for the ordering at `index`.
    pub fn of_use(&self, source: &Source, index: usize) -> Vec<&Note> {
        let places = places(source, index);
        let notes = places.iter().filter_map(|line| self.0.get(line)).flatten();
        notes.filter(|note| note.ordering == source.word(index)).collect()
    }

    /// Whether the ordering or fence at `index` has its reason.
    pub fn explain(&self, source: &Source, index: usize) -> bool {
        let ordering = fenced(source, index).map_or(index, |(ordering, _)| ordering);
        !self.of_use(source, ordering).is_empty()
    }
}

impl Note {
    fn head((line, comment): (usize, &str)) -> Option<Self> {
        let (name, text) = comment.strip_prefix("//")?.split_once(':')?;
        let ordering = ORDERINGS.into_iter().find(|&ordering| ordering == name.trim_start())?;
        let text = text.to_owned();
        Some(Self { line, ordering, text })
    }

    /// The models that the note names.
    pub fn models(&self) -> impl Iterator<Item = &str> {
        self.text.split("Model: ").skip(1).map(|rest| {
            let rest = rest.trim_start_matches('`');
            let end = rest.find(|c: char| !c.is_alphanumeric() && !"_./-".contains(c));
            rest[..end.unwrap_or(rest.len())].trim_end_matches('.')
        })
    }

    fn complaints(&self, exists: impl Fn(&str) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        if self.text.split_whitespace().count() < 3 {
            wrong.push("gives no reason".to_owned());
        }
        if self.ordering != "Relaxed" && !self.text.contains("pairs with") {
            wrong.push("must say what it `pairs with`".to_owned());
        }
        if self.ordering != "Relaxed" && self.models().next().is_none() {
            wrong.push("must name its model: `Model: loom-tests/tests/NAME.rs`".to_owned());
        }
        let gone = self.models().filter(|model| !exists(model));
        wrong.extend(gone.map(|model| format!("names a model that does not exist: {model}")));
        wrong
    }
}

/// The lines that a note may stand above: the token's own, and the first ones of each bracket, of
/// each call chain, and of the statement around it.
fn places(source: &Source, index: usize) -> BTreeSet<usize> {
    let brackets = source.brackets(index);
    let calls: Vec<_> = brackets.take_while(|&open| source.word(open) != "{").collect();
    let statement = statement_start(source, *calls.last().unwrap_or(&index));
    let mut places = BTreeSet::from([source.line(index), source.line(statement)]);
    for call in calls {
        places.extend([source.line(call), source.line(chain_start(source, call))]);
    }
    places
}

/// From a call's bracket back over `.method`, `path::`, `(..)`, `[..]` to the start of the chain.
fn chain_start(source: &Source, mut index: usize) -> usize {
    while let Some(before) = index.checked_sub(1) {
        let word = source.word(before);
        let is_name = word.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if let ")" | "]" = word {
            index = source.tokens[before].partner.unwrap_or(before);
        } else if is_name || [".", "::", "?", "&", "*"].contains(&word) {
            index = before;
        } else {
            break;
        }
    }
    index
}

/// Back to just after the `;`, `{`, `}` or `,` that ends what came before, within the same braces.
fn statement_start(source: &Source, mut index: usize) -> usize {
    let continues = |word: &str| word == "as" || CONTINUES.contains(word);
    while let Some(before) = index.checked_sub(1) {
        match source.word(before) {
            ";" | "," | "{" => break,
            "}" if !continues(source.word(index)) => break,
            ")" | "]" | "}" => index = source.tokens[before].partner.unwrap_or(before),
            _ => index = before,
        }
    }
    index
}
