//! Settings that are text in a document: durations, and words.

use super::setting::{Path, Setting};
use crate::config::LeaseExpiry;
use crate::config::builder::Lend;
use crate::state::{Mode, State};
use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use core::time::Duration;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;
use std::string::{String, ToString};

trait Text: Sized + PartialEq {
    /// What it is, and how it is written.
    const KIND: &'static str;

    fn from_text(text: &str) -> Option<Self>;
    fn to_text(&self) -> String;
}

impl<T: Text> Setting for T {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Reading(PhantomData))
            .map_err(|error| path.blame(error))
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_text())
    }
}

struct Reading<T>(PhantomData<T>);

impl<T: Text> Visitor<'_> for Reading<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(T::KIND)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        let not = || E::custom(format_args!("{text:?} is not {}", T::KIND));
        T::from_text(text).ok_or_else(not)
    }
}

impl Text for Duration {
    const KIND: &'static str = r#"a duration; write one such as "30s" or "250ms""#;

    /// Each term by itself, since humantime panics where the sum of several passes the longest duration.
    fn from_text(text: &str) -> Option<Self> {
        let mut sum = None;
        let mut rest = text;
        while !rest.is_empty() {
            let (term, after) = rest.split_at(end_of_term(rest));
            let term = humantime::parse_duration(term).ok()?;
            sum = Some(sum.unwrap_or(Self::ZERO).checked_add(term)?);
            rest = after;
        }
        sum
    }

    fn to_text(&self) -> String {
        humantime::format_duration(*self).to_string()
    }
}

/// Where the first of the terms of `text` ends, each a number and a unit: before the digit after a letter.
fn end_of_term(text: &str) -> usize {
    let mut after_a_unit = false;
    let next = text.find(|c: char| {
        after_a_unit |= c.is_alphabetic();
        after_a_unit && c.is_ascii_digit()
    });
    next.unwrap_or(text.len())
}

impl Text for Lend {
    const KIND: &'static str =
        r#"a lease; write a duration such as "60s", or "none" for one without end"#;

    fn from_text(text: &str) -> Option<Self> {
        match text {
            "none" => Some(Self::Forever),
            text => Duration::from_text(text).map(Self::For),
        }
    }

    fn to_text(&self) -> String {
        match self {
            Self::Forever => "none".to_string(),
            Self::For(lease) => lease.to_text(),
        }
    }
}

impl Text for LeaseExpiry {
    const KIND: &'static str = r#"what a lease ends in; write "reopen" or "reprobe""#;

    fn from_text(text: &str) -> Option<Self> {
        let all = [Self::Reopen, Self::Reprobe];
        all.into_iter().find(|expiry| expiry.to_text() == text)
    }

    fn to_text(&self) -> String {
        match self {
            Self::Reopen => "reopen".to_string(),
            Self::Reprobe => "reprobe".to_string(),
        }
    }
}

impl Text for Mode {
    const KIND: &'static str =
        r#"a mode; write "normal", "force-open", "force-closed" or "shadow""#;

    fn from_text(text: &str) -> Option<Self> {
        let all = [
            Self::Normal,
            Self::ForceOpen,
            Self::ForceClosed,
            Self::Shadow,
        ];
        all.into_iter().find(|mode| mode.to_text() == text)
    }

    fn to_text(&self) -> String {
        let text = match self {
            Self::Normal => "normal",
            Self::ForceOpen => "force-open",
            Self::ForceClosed => "force-closed",
            Self::Shadow => "shadow",
        };
        text.to_string()
    }
}

impl Text for State {
    const KIND: &'static str = r#"a state to start in; write "closed", "open" or "half-open""#;

    /// Any state, as a [`Builder`](crate::Builder) takes any; to start recovering is refused by its checks.
    fn from_text(text: &str) -> Option<Self> {
        let all = [Self::Closed, Self::Open, Self::HalfOpen, Self::Recovering];
        all.into_iter().find(|state| state.to_text() == text)
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}
