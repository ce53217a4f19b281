//! What is weakened: each ordering stronger than Relaxed, each fence, and each check of the list.

use crate::orderings::{FENCES, Notes, ORDERINGS, fenced, uses};
use crate::source::Source;
use anyhow::{Result, ensure};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::Path;

/// The whole path, since a file need not import the weaker ordering.
const PATH: &str = "crate::sync::Ordering::";

/// One of the code, or an entry of `checks.toml`, whose place is found later.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weakening {
    #[serde(skip)]
    pub file: String,
    #[serde(default)]
    pub function: String,
    /// The bytes of the file that `weakened` replaces.
    #[serde(skip)]
    pub at: Range<usize>,
    /// What is shown of the code as it is.
    pub snippet: String,
    pub weakened: String,
    /// One of these must fail.
    #[serde(default)]
    pub models: Vec<String>,
    /// The note only argues: no test may fail.
    #[serde(skip)]
    pub argued: bool,
    #[serde(default)]
    pub hangs: bool,
}

impl fmt::Display for Weakening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, function, snippet, .. } = self;
        write!(f, "{file} {function}: {snippet} -> {}", self.short())
    }
}

impl Weakening {
    /// The same from the first to the last of some tokens.
    fn placed(self, source: &Source, first: usize, last: usize) -> Self {
        let around = source.functions().filter(|function| function.contains(&first));
        let function = around.last().map_or("", |function| source.word(*function.start()));
        let at = source.tokens[first].at.start..source.tokens[last].at.end;
        let (file, function) = (source.path.clone(), function.to_owned());
        Self { file, function, at, ..self }
    }

    pub fn short(&self) -> String {
        self.weakened.replace(PATH, "")
    }

    pub fn apply(&self, text: &str) -> String {
        [&text[..self.at.start], &self.weakened, &text[self.at.end..]].concat()
    }
}

/// Every weakening, in the order of the code.
pub fn all(
    sources: &[Source],
    checks: &BTreeMap<String, Weakening>,
    models: &[&str],
) -> Result<Vec<Weakening>> {
    let mut found: Vec<_> = sources.iter().flat_map(of_orderings).collect();
    let mut wrong = Vec::new();
    for (name, check) in checks {
        let places = of_check(sources, check)?;
        if places.len() != 1 {
            let count = format!("stands in src/ {} times, not once", places.len());
            wrong.push(format!("checks.toml: {name}: `{}` {count}", check.snippet));
        }
        found.extend(places);
    }
    for weakening in &found {
        for model in &weakening.models {
            if !models.contains(&model.as_str()) {
                wrong.push(format!("{weakening}: there is no model {model}.rs"));
            }
        }
    }
    ensure!(wrong.is_empty(), wrong.join("\n"));
    found.sort_by_key(|weakening| (weakening.file.clone(), weakening.at.start));
    Ok(found)
}

/// An ordering becomes Relaxed, a fence nothing; a SeqCst fence becomes an AcqRel one as well.
pub fn of_orderings(source: &Source) -> Vec<Weakening> {
    let notes = Notes::of(source);
    let mut found = Vec::new();
    let mut weaken = |first, last, ordering, weakened: &str| {
        let noted = notes.of_use(source, ordering);
        let paths = noted.iter().flat_map(|note| note.models());
        let names = paths.filter_map(|path| Path::new(path).file_stem()?.to_str());
        let mut models: Vec<_> = names.map(str::to_owned).collect();
        models.dedup();
        let weakening = Weakening {
            snippet: line_of(source, ordering),
            weakened: weakened.to_owned(),
            models,
            argued: noted.iter().any(|note| note.text.contains("Argued:")),
            ..Weakening::default()
        };
        found.push(weakening.placed(source, path_start(source, first), last));
    };
    for index in uses(source) {
        let around = source.tokens[index].around.map_or("", |open| source.before(open));
        if let Some((ordering, close)) = fenced(source, index) {
            weaken(index, close, ordering, "()");
            if source.word(ordering) == "SeqCst" {
                weaken(ordering, ordering, ordering, &format!("{PATH}AcqRel"));
            }
        } else if source.word(index) != "Relaxed" && !FENCES.contains(&around) {
            weaken(index, index, index, &format!("{PATH}Relaxed"));
        }
    }
    found
}

/// The check at each place where its snippet stands.
fn of_check(sources: &[Source], check: &Weakening) -> Result<Vec<Weakening>> {
    let snippet = Source::read("checks.toml", &check.snippet)?;
    let (snippet, mut found) = (snippet.words(), Vec::new());
    for source in sources {
        let words = source.words();
        let starts = (0..words.len()).filter(|&start| words[start..].starts_with(&snippet));
        for start in starts {
            found.push(check.clone().placed(source, start, start + snippet.len() - 1));
        }
    }
    found.retain(|place| check.function.is_empty() || check.function == place.function);
    Ok(found)
}

fn path_start(source: &Source, mut index: usize) -> usize {
    while source.before(index) == "::" {
        index -= 2;
    }
    index
}

/// The line of an ordering, which stands in brackets if there are others beside it.
fn line_of(source: &Source, index: usize) -> String {
    let line = source.line(index);
    let mut text = source.text.lines().nth(line - 1).unwrap_or("").to_owned();
    let on_the_line = source.find(&ORDERINGS).filter(|&other| source.line(other) == line);
    if on_the_line.count() > 1 {
        let at = source.tokens[index].at.clone();
        let start = source.text[..at.start].rfind('\n').map_or(0, |end| end + 1);
        text.insert(at.end - start, ']');
        text.insert(at.start - start, '[');
    }
    text.trim().trim_end_matches(';').trim_end_matches(" {").to_owned()
}
