//! A table of settings by name.

use super::setting::{Blank, Entry, Path, Setting};
use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use std::vec::Vec;

/// What can be read from a table and written as one. Its default is that nothing is set.
pub(super) trait Table: Default {
    /// Empty for the document itself.
    const NAME: &'static str;
    const SETTINGS: &'static [&'static str];

    fn read_value<'de, M: MapAccess<'de>>(
        &mut self,
        name: &str,
        map: &mut M,
    ) -> Result<(), M::Error>;
    fn write_entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;

    /// Takes the setting `name` from `other`, set or not.
    #[cfg(feature = "registry")]
    fn take(&mut self, name: &str, other: &Self);
}

/// Says which setting stands where.
macro_rules! of {
    ($table:ident at $path:literal: $($name:literal => $($place:ident).+),+ $(,)?) => {
        impl $crate::config::document::table::Table for $table {
            const NAME: &'static str = $path;
            const SETTINGS: &'static [&'static str] = &[$($name),+];

            fn read_value<'de, M: serde::de::MapAccess<'de>>(
                &mut self,
                name: &str,
                map: &mut M,
            ) -> Result<(), M::Error> {
                $(if name == $name {
                    self.$($place).+ = $crate::config::document::table::value::<Self, _, _>($name, map)?;
                })+
                Ok(())
            }

            fn write_entries<M: serde::ser::SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
                let unset = Self::default();
                $($crate::config::document::table::entry::<Self, _, _>(
                    $name,
                    &self.$($place).+,
                    &unset.$($place).+,
                    map,
                )?;)+
                Ok(())
            }

            #[cfg(feature = "registry")]
            fn take(&mut self, name: &str, other: &Self) {
                $(if name == $name {
                    self.$($place).+.clone_from(&other.$($place).+);
                })+
            }
        }
    };
}
pub(super) use of;

pub(super) fn value<'de, T: Table, V: Setting, M: MapAccess<'de>>(
    name: &'static str,
    map: &mut M,
) -> Result<V, M::Error> {
    let table = T::NAME;
    map.next_value_seed(Blank(Path { table, name }, PhantomData))
}

pub(super) fn entry<T: Table, V: Setting, M: SerializeMap>(
    name: &'static str,
    value: &V,
    unset: &V,
    map: &mut M,
) -> Result<(), M::Error> {
    if value == unset {
        return Ok(());
    }
    let table = T::NAME;
    map.serialize_entry(name, &Entry(Path { table, name }, value))
}

pub(super) fn write<T: Table, S: Serializer>(table: &T, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(None)?;
    table.write_entries(&mut map)?;
    map.end()
}

pub(super) fn read<'de, T: Table, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    Ok(read_noting_names(from)?.0)
}

/// What was read, and the settings that were named there.
pub(super) fn read_noting_names<'de, T: Table, D: Deserializer<'de>>(
    from: D,
) -> Result<(T, Vec<&'static str>), D::Error> {
    let mut reading = Reading::<T>::default();
    match from.deserialize_map(&mut reading) {
        Ok(()) => Ok((reading.table, reading.names)),
        // What went wrong inside has a name already.
        Err(error) if reading.is_inside || T::NAME.is_empty() => Err(error),
        Err(error) => Err(Path {
            table: "",
            name: T::NAME,
        }
        .blame(error)),
    }
}

#[derive(Default)]
struct Reading<T> {
    table: T,
    names: Vec<&'static str>,
    is_inside: bool,
}

impl<'de, T: Table> Visitor<'de> for &mut Reading<T> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a table of settings")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        self.is_inside = true;
        while let Some(name) = map.next_key_seed(Name::<T>(PhantomData))? {
            if self.names.contains(&name) {
                let table = T::NAME;
                let path = Path { table, name };
                return Err(de::Error::custom(format_args!("{path}: set twice")));
            }
            self.names.push(name);
            self.table.read_value(name, &mut map)?;
        }
        Ok(())
    }
}

/// The name of a setting of `T`.
struct Name<T>(PhantomData<T>);

impl<'de, T: Table> DeserializeSeed<'de> for Name<T> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl<T: Table> Visitor<'_> for Name<T> {
    type Value = &'static str;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a setting")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let mut known = T::SETTINGS.iter().copied();
        known
            .find(|&known| known == name)
            .ok_or_else(|| unknown::<T, E>(name))
    }
}

fn unknown<T: Table, E: de::Error>(name: &str) -> E {
    let table = T::NAME;
    let path = Path { table, name };
    let known = T::SETTINGS.join(", ");
    E::custom(format_args!("{path}: no such setting; there are {known}"))
}
