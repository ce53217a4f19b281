//! One setting of a document: how its value is read and written, and what is said where it cannot be.

use core::fmt::{self, Display, Formatter};
use core::marker::PhantomData;
use serde::de::{self, DeserializeSeed, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::string::ToString;

/// Where a setting stands, written `probes.max_probes`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'a> {
    /// Empty: the document itself.
    pub(super) table: &'static str,
    pub(super) name: &'a str,
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let dot = if self.table.is_empty() { "" } else { "." };
        write!(f, "{}{dot}{}", self.table, self.name)
    }
}

impl Path<'_> {
    /// `error`, with the name of the setting in front. A format may end its own text with a line break.
    pub(super) fn blame<E: de::Error>(self, error: E) -> E {
        let said = error.to_string();
        match names(&said, &self.to_string()) {
            true => error,
            false => E::custom(format_args!("{self}: {}", said.trim_end())),
        }
    }
}

/// Whether what a format says has `place` in front, or a path that leads there, without quotes: so do errors of YAML.
pub(super) fn names(said: &str, place: &str) -> bool {
    let place = place.replace('"', "");
    said.match_indices(&*place).any(|(start, _)| {
        let (before, after) = (&said[..start], &said[start + place.len()..]);
        let is_whole = before.is_empty() || before.ends_with('.');
        is_whole && (after.starts_with(": ") || after.starts_with('.'))
    })
}

/// What a setting can be.
pub(super) trait Setting: Sized + PartialEq {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error>;
    fn write<S: Serializer>(&self, path: Path<'_>, to: S) -> Result<S::Ok, S::Error>;
}

/// A setting to be read.
pub(super) struct Blank<T>(pub(super) Path<'static>, pub(super) PhantomData<T>);

impl<'de, T: Setting> DeserializeSeed<'de> for Blank<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::read(self.0, from)
    }
}

/// A setting to be written.
pub(super) struct Entry<'a, T>(pub(super) Path<'static>, pub(super) &'a T);

impl<T: Setting> Serialize for Entry<'_, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.1.write(self.0, to)
    }
}

impl<T: Setting> Setting for Option<T> {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        T::read(path, from).map(Some)
    }

    fn write<S: Serializer>(&self, path: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(set) => set.write(path, to),
            None => to.serialize_none(),
        }
    }
}

impl Setting for bool {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        Self::deserialize(from).map_err(|error| path.blame(error))
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bool(*self)
    }
}

impl Setting for u32 {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        from.deserialize_u32(Count)
            .map_err(|error| path.blame(error))
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(*self)
    }
}

struct Count;

impl Visitor<'_> for Count {
    type Value = u32;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "a whole number from 0 to {}", u32::MAX)
    }

    fn visit_u64<E: de::Error>(self, given: u64) -> Result<u32, E> {
        u32::try_from(given).map_err(|_| E::invalid_value(Unexpected::Unsigned(given), &self))
    }

    fn visit_i64<E: de::Error>(self, given: i64) -> Result<u32, E> {
        u32::try_from(given).map_err(|_| E::invalid_value(Unexpected::Signed(given), &self))
    }
}

/// A seed. Formats that have no whole number above 63 bits are common, so the upper half is written as the negative number of the same
/// bits.
impl Setting for u64 {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        from.deserialize_i64(Bits)
            .map_err(|error| path.blame(error))
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_i64(*self as i64)
    }
}

struct Bits;

impl Visitor<'_> for Bits {
    type Value = u64;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number of 64 bits")
    }

    fn visit_u64<E>(self, given: u64) -> Result<u64, E> {
        Ok(given)
    }

    fn visit_i64<E>(self, given: i64) -> Result<u64, E> {
        Ok(given as u64)
    }
}

impl Setting for f64 {
    fn read<'de, D: Deserializer<'de>>(path: Path<'_>, from: D) -> Result<Self, D::Error> {
        from.deserialize_f64(Fraction)
            .map_err(|error| path.blame(error))
    }

    fn write<S: Serializer>(&self, path: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        if !self.is_finite() {
            // JSON would write `null`. No such number passes the checks.
            return Err(ser::Error::custom(format_args!(
                "{path}: {self} cannot be written"
            )));
        }
        to.serialize_f64(*self)
    }
}

struct Fraction;

impl Visitor<'_> for Fraction {
    type Value = f64;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a number such as 0.5")
    }

    fn visit_f64<E>(self, given: f64) -> Result<f64, E> {
        Ok(given)
    }

    fn visit_u64<E>(self, given: u64) -> Result<f64, E> {
        Ok(given as f64)
    }

    fn visit_i64<E>(self, given: i64) -> Result<f64, E> {
        Ok(given as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_place_is_named_where_it_stands_in_front_or_at_the_end_of_a_path() {
        for said in ["a: no", "a.b: no", "breakers.a: no", "x.a.b: no"] {
            assert!(names(said, "a"), "{said}");
            assert!(names(said, "\"a\""), "{said}");
        }
        for said in [
            "",
            "no",
            "a",
            "a no",
            "xa: no",
            "x a: no",
            "xa no",
            "breakers.a no",
        ] {
            assert!(!names(said, "a"), "{said}");
        }
    }
}
