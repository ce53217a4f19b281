//! Reading a document so that each error names the path of the setting that it is about.
//!
//! A [`Located`] stands around each deserializer, visitor, table and seed, and keeps the path. An
//! error receives it where a visitor makes the error, and not further up as `serde_path_to_error`
//! would do it: the format then adds the line and column, and a syntax error stays what it is. The
//! same wrapper knows the names of a table, for "did you mean".

use crate::error::Key;
use core::cell::Cell;
use core::fmt::{self, Display, Formatter};
use serde::de::{self, IntoDeserializer, Unexpected};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

/// Reads a value whose errors begin with the path of the setting that they are about, such as
/// `breakers.payments.failure_rate`.
///
/// [`Builder`](crate::Builder) and [`Config`](crate::Config) are read in this way by themselves.
/// Use it to read an [`Overlay`](super::Overlay), or several, in a document of your own.
///
/// Tables are structs, and maps whose keys are text. A name that a struct does not have is
/// refused, with the nearest one that it has, and so is a name that is set twice. The format must
/// be one that describes itself, such as TOML, JSON, YAML and RON.
///
/// # Errors
///
/// Returns the errors of the format, and those of the types in `T` with the path in front.
///
/// # Examples
///
/// ```
/// use serde::Deserialize;
/// use std::collections::BTreeMap;
/// use tripword::file::{self, Overlay};
///
/// #[derive(Debug, Deserialize)]
/// struct Service {
///     port: u16,
///     breakers: BTreeMap<String, Overlay>,
/// }
///
/// let document = "port = 80\n[breakers.payments]\nfailurs = 3";
/// let error = file::read::<Service, _>(toml::Deserializer::parse(document)?).unwrap_err();
/// assert_eq!(error.message(), "breakers.payments.failurs: unknown name; did you mean failures?");
/// # Ok::<(), toml::de::Error>(())
/// ```
pub fn read<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    let root = Place { above: None, key: "", said: &Cell::new(false) };
    T::deserialize(root.with(from, &[]))
}

/// Returns an error that begins with `path`, as those of [`read`] do: for what a document of your
/// own refuses once it is read.
///
/// # Examples
///
/// ```
/// use tripword::file;
///
/// let path = ["breakers", "api.eu:443", "base"];
/// let error: toml::de::Error = file::error_at(&path, "there is no such profile");
/// assert_eq!(error.message(), r#"breakers."api.eu:443".base: there is no such profile"#);
/// ```
pub fn error_at<E: de::Error>(path: &[&str], message: impl Display) -> E {
    let keys: Vec<_> = path.iter().map(|key| Key(key).to_string()).collect();
    E::custom(format_args!("{}: {message}", keys.join(".")))
}

/// Where a value stands in its document.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    key: &'a str,
    /// Whether the error that is on its way is complete.
    said: &'a Cell<bool>,
}

impl<'a> Place<'a> {
    const fn with<X>(&'a self, inner: X, names: &'static [&'static str]) -> Located<'a, X> {
        let place = self;
        Located { inner, names, place }
    }

    const fn below(&'a self, key: &'a str) -> Self {
        Self { above: Some(self), key, said: self.said }
    }

    /// Puts the path in front of an error that is not complete.
    fn locate<T, E: de::Error>(&self, result: Result<T, E>) -> Result<T, E> {
        match result {
            Err(error) if !self.said.replace(true) && self.above.is_some() => {
                // Some formats end their text with a line break.
                let error = error.to_string();
                Err(E::custom(format_args!("{self}: {}", error.trim_end())))
            }
            result => result,
        }
    }

    /// Leaves an error as it is: a visitor has located it, or the format has found that it is no
    /// document.
    fn pass<T, E>(&self, result: Result<T, E>) -> Result<T, E> {
        result.inspect_err(|_| self.said.set(true))
    }
}

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(table) = self.above.filter(|table| table.above.is_some()) {
            write!(f, "{table}.")?;
        }
        Key(self.key).fmt(f)
    }
}

/// A part of serde's machinery, at a place; and for a table with known names, these.
struct Located<'a, X> {
    inner: X,
    names: &'static [&'static str],
    place: &'a Place<'a>,
}

impl<'de, X: DeserializeSeed<'de>> DeserializeSeed<'de> for Located<'_, X> {
    type Value = X::Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<X::Value, D::Error> {
        let value = self.inner.deserialize(self.place.with(from, &[]));
        self.place.locate(value)
    }
}

/// Asks the format for whatever the value is, so that a visitor refuses a value of the wrong type,
/// and not the format.
impl<'de, X: Deserializer<'de>> Deserializer<'de> for Located<'_, X> {
    type Error = X::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, X::Error> {
        self.deserialize_struct("", &[], visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, X::Error> {
        let visitor = self.place.with(visitor, names);
        self.place.pass(self.inner.deserialize_any(visitor))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, X::Error> {
        self.inner.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, X::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, X::Error> {
        self.inner.deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

macro_rules! visits {
    ($($method:ident($type:ty))*) => {$(
        fn $method<E: de::Error>(self, value: $type) -> Result<X::Value, E> {
            self.place.locate(self.inner.$method(value))
        }
    )*};
}

impl<'de, X: Visitor<'de>> Visitor<'de> for Located<'_, X> {
    type Value = X::Value;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    visits! {
        visit_bool(bool) visit_i64(i64) visit_i128(i128) visit_u64(u64) visit_u128(u128)
        visit_f64(f64) visit_str(&str) visit_string(String)
    }

    /// Reads null, which YAML writes for a table without an entry, and a unit, which RON writes.
    fn visit_unit<E: de::Error>(self) -> Result<X::Value, E> {
        let value = if self.names.is_empty() {
            self.inner.visit_unit()
        } else {
            let empty = core::iter::empty::<(&str, &str)>();
            let empty = de::value::MapDeserializer::new(empty);
            self.inner.visit_map(empty)
        };
        self.place.locate(value)
    }

    /// Refuses a list for a table, which serde would read as one.
    fn visit_seq<S: SeqAccess<'de>>(self, list: S) -> Result<X::Value, S::Error> {
        let value = if self.names.is_empty() {
            self.inner.visit_seq(list)
        } else {
            Err(de::Error::invalid_type(Unexpected::Seq, &self))
        };
        self.place.locate(value)
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<X::Value, M::Error> {
        let read = Vec::new();
        let entries = self.place.with(Entries { map, read }, self.names);
        self.place.locate(self.inner.visit_map(entries))
    }
}

/// The entries of a table, and the names that were read.
struct Entries<M> {
    map: M,
    read: Vec<String>,
}

impl<'de, M: MapAccess<'de>> MapAccess<'de> for Located<'_, Entries<M>> {
    type Error = M::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, M::Error> {
        let name = self.place.with(Name(&self.inner.read), self.names);
        let name = self.inner.map.next_key_seed(name);
        let Some(name) = self.place.pass(name)? else {
            return Ok(None);
        };
        self.inner.read.push(name.clone());
        seed.deserialize(name.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, M::Error> {
        let name = self.inner.read.last().map_or("", String::as_str);
        let place = self.place.below(name);
        place.pass(self.inner.map.next_value_seed(place.with(seed, &[])))
    }
}

/// The next name of a table, which is none of these, that were read.
struct Name<'a>(&'a [String]);

impl<'de> DeserializeSeed<'de> for Located<'_, Name<'_>> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        let name = String::deserialize(from)?;
        let complaint = if self.inner.0.contains(&name) {
            "set twice".to_string()
        } else if !self.names.is_empty() && !self.names.contains(&&*name) {
            unknown(&name, self.names)
        } else {
            return Ok(name);
        };
        let place = self.place.below(&name);
        place.locate(Err(de::Error::custom(complaint)))
    }
}

/// Names of other libraries, lower case and without what joins words, and what they are here.
const FOREIGN: [(&str, &str); 12] = [
    ("failureratethreshold", "failure_rate"),
    ("failureratio", "failure_rate"),
    ("slowcallratethreshold", "slow_call_rate"),
    ("slowcalldurationthreshold", "slow_call_duration"),
    ("slidingwindowsize", "last_calls"),
    ("samplingduration", "within"),
    ("minimumnumberofcalls", "minimum_calls"),
    ("minimumthroughput", "minimum_calls"),
    ("waitdurationinopenstate", "open_duration"),
    ("breakduration", "open_duration"),
    ("resettimeout", "open_duration"),
    ("failmax", "consecutive_failures"),
];

/// The name here of what other libraries name `name`, if it is one of `names`.
fn translated(name: &str, names: &[&str]) -> Option<&'static str> {
    let letters = name.chars().filter(|c| c.is_ascii_alphanumeric());
    let letters: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let (_, ours) = FOREIGN.iter().find(|(foreign, _)| *foreign == letters)?;
    names.contains(ours).then_some(ours)
}

/// What is wrong with `name`, which is none of `names`.
fn unknown(name: &str, names: &[&str]) -> String {
    if let Some(ours) = translated(name, names) {
        return format!("unknown name; did you mean {ours}?");
    }
    let distance = |known: &&str| strsim::damerau_levenshtein(name, known);
    match names.iter().min_by_key(|known| distance(known)) {
        Some(nearest) if distance(nearest) <= 1 + nearest.len() / 4 => {
            format!("unknown name; did you mean {nearest}?")
        }
        _ => format!("unknown name; there are {}", names.join(", ")),
    }
}
