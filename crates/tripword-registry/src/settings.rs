//! Defaults and named breakers, from one file.

use super::{ReconfigureAllError, Registry, RegistryBuilder};
use crate::clock::Clock;
use crate::config::{Config, Overlay, blame, blame_inside};
use crate::observer::Observer;
use core::borrow::Borrow;
use core::fmt::{self, Display, Formatter};
use core::hash::Hash;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::boxed::Box;
use std::collections::BTreeMap;
use std::string::String;

/// Settings for a whole registry, from a file of defaults and of breakers by name. Only with the feature `serde`; any format will do that
/// describes itself, such as TOML, JSON and YAML.
///
/// What a breaker does not set is as the defaults say, and what these do not set as [`Builder`](crate::Builder) says. Three things are replaced
/// whole: a table (`probes`, `backoff`, `ramp`), the window (`last_calls` or `within`), and the open time (`open_duration` or `backoff`).
///
/// ```
/// use tripword::registry::{Registry, Settings};
///
/// let file = r#"
///     [defaults]
///     consecutive_failures = 5
///     open_duration = "10s"
///     live = true                    # so that they can be replaced
///
///     [breakers.payments]
///     failure_rate = 0.5
///     last_calls = 100
///     open_duration = "30s"
/// "#;
/// let registry = Registry::builder().settings(toml::from_str(file)?).build();
/// let payments = registry.get_or_create("payments");
/// payments.trip();
///
/// // The file was edited. What is open stays open.
/// let edited: Settings = toml::from_str(&file.replace("0.5", "0.6"))?;
/// registry.reload(edited)?;
/// assert!(payments.try_acquire().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Settings that are unknown or cannot be are refused with their path:
///
/// ```
/// use tripword::registry::Settings;
///
/// let refusal = |file| toml::from_str::<Settings>(file).unwrap_err().message().to_owned();
/// assert_eq!(
///     refusal("[breakers.payments]\nlast_calls = 100\nfailure_rate = 50"),
///     "breakers.payments.failure_rate: must be from 0.000001 to 1, not 50",
/// );
/// assert_eq!(
///     refusal("[defaults]\nopen_duration = '10 parsecs'"),
///     r#"defaults.open_duration: "10 parsecs" is not a duration; write one such as "30s" or "250ms""#,
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Settings {
    defaults: Config,
    breakers: BTreeMap<Box<str>, Config>,
}

impl Settings {
    /// The settings of the breaker `name`: its own, or the defaults if the file does not name it.
    #[must_use]
    pub fn config_for(&self, name: &str) -> Config {
        *self.breakers.get(name).unwrap_or(&self.defaults)
    }

    /// The names in the file, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.breakers.keys().map(|name| &**name)
    }
}

impl<K: Borrow<str>, C, O> RegistryBuilder<K, C, O> {
    /// Makes each breaker by the `settings` for its name. Only with the feature `serde`.
    pub fn settings(self, settings: Settings) -> Self {
        self.config_for(move |name| settings.config_for(name.borrow()))
    }
}

impl<K, C, O> Registry<K, C, O>
where
    K: Borrow<str> + Hash + Eq + Clone,
    C: Clock,
    O: Observer,
{
    /// Replaces the settings of all breakers by `settings`, as [`reconfigure_all`](Self::reconfigure_all) does: all or none, and every state
    /// stays. Only with the feature `serde`.
    ///
    /// # Errors
    ///
    /// As [`reconfigure_all`](Self::reconfigure_all).
    pub fn reload(&self, settings: Settings) -> Result<(), ReconfigureAllError<K>> {
        self.reconfigure_all(move |name| settings.config_for(name.borrow()))
    }
}

/// A file as it stands.
#[derive(Default)]
struct File {
    defaults: Option<Overlay>,
    breakers: Option<BTreeMap<Box<str>, Overlay>>,
}

impl File {
    fn settings<E: de::Error>(self) -> Result<Settings, E> {
        let none = Overlay::default();
        let defaults = self.defaults.unwrap_or_default();
        let breakers = self.breakers.unwrap_or_default().into_iter();
        Ok(Settings {
            defaults: defaults
                .over(&none)
                .map_err(|error| blame(&"defaults", error))?,
            breakers: breakers
                .map(|(name, own)| match own.over(&defaults) {
                    Ok(config) => Ok((name, config)),
                    Err(error) => Err(blame(&Place(&name), error)),
                })
                .collect::<Result<_, E>>()?,
        })
    }
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Tables)?.settings()
    }
}

struct Tables;

impl<'de> Visitor<'de> for Tables {
    type Value = File;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the tables defaults and breakers")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<File, M::Error> {
        let mut file = File::default();
        while let Some(table) = map.next_key::<String>()? {
            match &*table {
                "defaults" => once(
                    &table,
                    &mut file.defaults,
                    map.next_value_seed(At("defaults"))?,
                )?,
                "breakers" => once(&table, &mut file.breakers, map.next_value_seed(Breakers)?)?,
                _ => {
                    let known = "no such table; there are defaults and breakers";
                    return Err(blame(&Key(&table), known));
                }
            }
        }
        Ok(file)
    }
}

fn once<T, E: de::Error>(table: &str, place: &mut Option<T>, value: T) -> Result<(), E> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(blame(&table, "set twice")),
    }
}

/// The settings at a place in the file.
struct At<P>(P);

impl<'de, P: Display> DeserializeSeed<'de> for At<P> {
    type Value = Overlay;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Overlay, D::Error> {
        Overlay::deserialize(from).map_err(|error| blame_inside(&self.0, error))
    }
}

/// The breakers by name.
struct Breakers;

impl<'de> DeserializeSeed<'de> for Breakers {
    type Value = BTreeMap<Box<str>, Overlay>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Breakers {
    type Value = BTreeMap<Box<str>, Overlay>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a table of breakers by name")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut breakers = BTreeMap::new();
        while let Some(name) = map.next_key::<String>()? {
            let own = map.next_value_seed(At(Place(&name)))?;
            if breakers.insert(name.as_str().into(), own).is_some() {
                return Err(blame(&Place(&name), "set twice"));
            }
        }
        Ok(breakers)
    }
}

/// Where the settings of a breaker stand.
struct Place<'a>(&'a str);

impl Display for Place<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "breakers.{}", Key(self.0))
    }
}

/// A name in a path, in quotes where TOML wants them.
struct Key<'a>(&'a str);

impl Display for Key<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        match !self.0.is_empty() && self.0.chars().all(is_bare) {
            true => f.write_str(self.0),
            false => write!(f, "{:?}", self.0),
        }
    }
}
