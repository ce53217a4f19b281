//! The values of settings in a document: numbers, durations and words.

use crate::config::builder::Lend;
use crate::config::probes::LeaseExpiry;
use crate::state::{Mode, State};
use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use core::time::Duration;
use serde::de::{self, Unexpected, Visitor};
use serde::{Deserializer, Serializer, ser};
use std::string::String;

/// What a setting can be: a value, or a table.
pub(super) trait Setting: Sized {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

/// Reads a setting that a document names, which is then never null.
pub(super) fn deserialize<'de, T: Setting, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::read(from).map(Some)
}

/// Writes a setting bare, without the `Some` that some formats would put around it.
pub(super) fn serialize<T: Setting, S: Serializer>(
    setting: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match setting {
        Some(setting) => setting.write(to),
        None => to.serialize_none(),
    }
}

/// A setting that is not a table.
trait Value: Sized {
    /// What it is, and how it is written.
    const KIND: &'static str;

    /// The setting that a value of any type is, if it is one.
    fn of(given: Unexpected<'_>) -> Option<Self>;
    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;
}

impl<T: Value> Setting for T {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reading(PhantomData))
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.put(to)
    }
}

struct Reading<T>(PhantomData<T>);

macro_rules! visits {
    ($($method:ident($type:ty) $kind:ident)*) => {$(
        fn $method<E: de::Error>(self, given: $type) -> Result<T, E> {
            let given = Unexpected::$kind(given);
            T::of(given).ok_or_else(|| E::invalid_value(given, &self))
        }
    )*};
}

impl<T: Value> Visitor<'_> for Reading<T> {
    type Value = T;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(T::KIND)
    }

    visits! {
        visit_bool(bool) Bool visit_i64(i64) Signed visit_u64(u64) Unsigned
        visit_f64(f64) Float visit_str(&str) Str
    }
}

impl Value for bool {
    const KIND: &'static str = "true or false";

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Bool(given) => Some(given),
            _ => None,
        }
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*self)
    }
}

impl Value for u32 {
    const KIND: &'static str = "a whole number from 0 to 4294967295";

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Unsigned(given) => given.try_into().ok(),
            Unexpected::Signed(given) => given.try_into().ok(),
            _ => None,
        }
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(*self)
    }
}

/// The name of a profile.
impl Value for String {
    const KIND: &'static str = "the name of a profile";

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Str(name) => Some(name.into()),
            _ => None,
        }
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

/// A seed. Formats that have no whole number above 63 bits are common, so the upper half is
/// written as the negative number of the same bits.
impl Value for u64 {
    const KIND: &'static str = "a whole number of 64 bits";

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Unsigned(given) => Some(given),
            Unexpected::Signed(given) => Some(given as u64),
            _ => None,
        }
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(*self as i64)
    }
}

impl Value for f64 {
    const KIND: &'static str = "a number such as 0.5";

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Float(given) => Some(given),
            Unexpected::Unsigned(given) => Some(given as Self),
            Unexpected::Signed(given) => Some(given as Self),
            _ => None,
        }
    }

    /// JSON would write a number that is not finite as `null`, and no setting allows it.
    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if !self.is_finite() {
            return Err(ser::Error::custom(format_args!("{self} cannot be written")));
        }
        to.serialize_f64(*self)
    }
}

impl Value for Duration {
    const KIND: &'static str = r#"a duration such as "30s" or "250ms""#;

    /// Reads each term by itself, since humantime panics where the sum of several exceeds the
    /// longest duration.
    fn of(given: Unexpected<'_>) -> Option<Self> {
        let Unexpected::Str(mut rest) = given else {
            return None;
        };
        let mut sum = None;
        while !rest.is_empty() {
            let (term, after) = rest.split_at(end_of_term(rest));
            let term = humantime::parse_duration(term).ok()?;
            sum = Some(sum.unwrap_or(Self::ZERO).checked_add(term)?);
            rest = after;
        }
        sum
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&humantime::format_duration(*self))
    }
}

/// Where the first of the terms of `text` ends, each a number and a unit: before the digit after a
/// letter.
fn end_of_term(text: &str) -> usize {
    let mut after_a_unit = false;
    let next = text.find(|c: char| {
        after_a_unit |= c.is_alphabetic();
        after_a_unit && c.is_ascii_digit()
    });
    next.unwrap_or(text.len())
}

impl Value for Lend {
    const KIND: &'static str = r#"a duration such as "60s", or "none" for a lease without end"#;

    fn of(given: Unexpected<'_>) -> Option<Self> {
        match given {
            Unexpected::Str("none") => Some(Self::Forever),
            given => Duration::of(given).map(Self::For),
        }
    }

    fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Forever => to.serialize_str("none"),
            Self::For(lease) => lease.put(to),
        }
    }
}

/// Settings that are one of a few words.
macro_rules! words {
    ($($type:ident: $kind:literal, $label:path, $($variant:ident)+;)+) => {$(
        impl Value for $type {
            const KIND: &'static str = $kind;

            fn of(given: Unexpected<'_>) -> Option<Self> {
                let mut all = [$(Self::$variant),+].into_iter();
                all.find(|&value| given == Unexpected::Str($label(value)))
            }

            fn put<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str($label(*self))
            }
        }
    )+};
}

// A `Builder` takes any state, and so does a document; `recovering` is refused with the other
// checks.
words! {
    LeaseExpiry: r#""reopen" or "reprobe""#, LeaseExpiry::label, Reopen Reprobe;
    Mode: r#""normal", "force-open", "force-closed" or "shadow""#,
        Mode::label, Normal ForceOpen ForceClosed Shadow;
    State: r#""closed", "open" or "half-open""#,
        State::label, Closed Open HalfOpen Recovering;
}
