//! Settings laid over others: those of one breaker over the defaults of its file.

use super::parts::ProbesTable;
use super::setting::names;
use super::table::{self, Table};
use super::{Config, Document};
use core::fmt::Display;
use serde::{Deserialize, Deserializer, de};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// Settings as they stand in a file, and which of them stand there.
#[derive(Debug, Default, Clone)]
pub(crate) struct Overlay {
    document: Document,
    named: Vec<&'static str>,
}

impl Overlay {
    /// These settings, and where they say nothing, those `below`.
    ///
    /// # Errors
    ///
    /// What is wrong with them together, with the name of the setting in front.
    pub(crate) fn over(&self, below: &Self) -> Result<Config, String> {
        let mut merged = below.document.clone();
        for name in self.named.iter().copied().flat_map(excluded_by) {
            merged.take(name, &Document::default());
        }
        for name in &self.named {
            merged.take(name, &self.document);
        }
        let builder = merged.builder().map_err(ToString::to_string)?;
        builder
            .config()
            .map_err(|error| with_its_path(&error.to_string()))
    }
}

/// The settings that say the same thing as `name` in another way: who sets one means none of the others.
fn excluded_by(name: &str) -> &'static [&'static str] {
    match name {
        "open_duration" => &["backoff"],
        "backoff" => &["open_duration"],
        "last_calls" => &["within", "buckets", "stripes"],
        "within" => &["last_calls", "buckets", "stripes"],
        _ => &[],
    }
}

/// A broken rule, such as `failure_rate must be …`, with the setting in front if it begins with one.
fn with_its_path(rule: &str) -> String {
    for verb in [" must ", " needs "] {
        let Some((name, rest)) = rule.split_once(verb) else {
            continue;
        };
        if Document::SETTINGS.contains(&name) {
            return format!("{name}:{verb}{rest}");
        }
        if ProbesTable::SETTINGS.contains(&name) {
            return format!("{}.{name}:{verb}{rest}", ProbesTable::NAME);
        }
    }
    rule.to_string()
}

/// `error`, with the path of the table at `place` in front, unless the format has told it.
pub(crate) fn blame_inside<E: de::Error>(place: &impl Display, error: E) -> E {
    match names(&error.to_string(), &place.to_string()) {
        true => error,
        false => blame(place, error),
    }
}

/// `error`, which may begin with the path of a setting, with that of its table in front.
pub(crate) fn blame<E: de::Error>(table: &impl Display, error: impl Display) -> E {
    let error = error.to_string();
    // The toml crate says on a line of its own what this says in front.
    let error = match error.split_once("\nin `") {
        Some((said, _)) => said,
        None => error.trim_end(),
    };
    let between = if begins_with_a_path(error) { "." } else { ": " };
    E::custom(format_args!("{table}{between}{error}"))
}

fn begins_with_a_path(error: &str) -> bool {
    let of_a_path = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    let path = error.split_once(": ").map(|(path, _)| path);
    path.is_some_and(|path| !path.is_empty() && path.chars().all(of_a_path))
}

impl<'de> Deserialize<'de> for Overlay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (document, named) = table::read_noting_names(from)?;
        Ok(Self { document, named })
    }
}
