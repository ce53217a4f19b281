//! What a reload that applies what it can has done.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tripword::{Config, ReconfigureError};

/// How many names of a group are returned.
const NAMES: usize = 10;

/// What [`Registry::reload_what_can`](crate::Registry::reload_what_can) has done. `Display` prints
/// one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reloaded<K = Arc<str>> {
    /// How many breakers have new settings, or a new mode. Those that are refused are not among
    /// them, although they take a new mode, too.
    pub changed: usize,
    /// How many breakers had these settings already.
    pub unchanged: usize,
    /// Those that keep their old settings, in groups with one reason.
    pub refused: Vec<Refused<K>>,
    /// Those whose mode was set by hand, and stays although that of their settings changed.
    pub modes_kept: Vec<K>,
}

/// Breakers that keep their settings for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused<K = Arc<str>> {
    /// The setting that they cannot change, with its limit where it has one.
    pub why: ReconfigureError,
    /// Its old value.
    pub old: String,
    /// Its new value.
    pub new: String,
    /// The first ten names.
    pub names: Vec<K>,
    /// How many names there are.
    pub count: usize,
}

/// Refusals by their reason.
pub(crate) struct Groups<K>(BTreeMap<[String; 3], Refused<K>>);

impl<K> Groups<K> {
    pub(crate) const fn new() -> Self {
        Self(BTreeMap::new())
    }

    pub(crate) fn add(&mut self, name: K, why: ReconfigureError, old: &Config, new: &Config) {
        let setting = match why {
            ReconfigureError::NotLive => "live",
            ReconfigureError::TooManyCalls { .. } => "last_calls",
            ReconfigureError::Fixed { setting } => setting,
            _ => "",
        };
        let [old, new] = [old, new].map(|config| config.show(setting).to_string());
        let group =
            self.0.entry([why.to_string(), old, new]).or_insert_with_key(|[_, old, new]| {
                let (old, new, names) = (old.clone(), new.clone(), Vec::new());
                Refused { why, old, new, names, count: 0 }
            });
        group.count += 1;
        if group.names.len() < NAMES {
            group.names.push(name);
        }
    }

    pub(crate) fn into_vec(self) -> Vec<Refused<K>> {
        self.0.into_values().collect()
    }
}

impl<K: fmt::Display> fmt::Display for Reloaded<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let refused: usize = self.refused.iter().map(|group| group.count).sum();
        let Self { changed, unchanged, .. } = self;
        write!(f, "{changed} changed, {unchanged} unchanged, {refused} refused")?;
        let mut between = ": ";
        for group in &self.refused {
            write!(f, "{between}{group}")?;
            between = "; ";
        }
        Ok(())
    }
}

impl<K: fmt::Display> fmt::Display for Refused<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (is {}, would be {}): ", self.why, self.old, self.new)?;
        let mut between = "";
        for name in &self.names {
            // In quotes, with control characters and quotes in it escaped.
            write!(f, "{between}{:?}", name.to_string())?;
            between = ", ";
        }
        match self.count - self.names.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
