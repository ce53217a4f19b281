//! Defaults and named breakers, from one file.

use crate::builder::RegistryBuilder;
use crate::reconfigure::ReconfigureAllError;
use crate::registry::{Plan, Registry};
use serde::de::{Deserialize, Deserializer, Error};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::Hash;
use tripword::file::{self, Overlay};
use tripword::{Builder, Clock, Config, Observer};

/// Settings of a whole registry, from a file of defaults and of breakers by name. With the feature
/// `serde`, and from any format that describes itself, such as TOML, JSON, YAML and RON.
///
/// A breaker has the settings of its own table, then those of the defaults, then those that a
/// [`Builder`] begins with. [`Overlay::over`] says which settings replace each other.
///
/// # Examples
///
/// ```
/// use tripword_registry::{Registry, Settings};
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
/// payments.breaker().trip();
///
/// // The file was edited. What is open stays open.
/// let edited: Settings = toml::from_str(&file.replace("0.5", "0.6"))?;
/// registry.reload(edited)?;
/// assert!(payments.try_acquire().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Unknown and invalid settings are refused, with their path:
///
/// ```
/// use tripword_registry::Settings;
///
/// let refusal = |file| toml::from_str::<Settings>(file).unwrap_err().message().to_owned();
/// assert_eq!(
///     refusal("[breakers.payments]\nlast_calls = 100\nfailure_rate = 50"),
///     "breakers.payments.failure_rate: must be from 0.000001 to 1, not 50",
/// );
/// assert_eq!(
///     refusal("[breakers.payments]\nlast_call = 100"),
///     "breakers.payments.last_call: unknown name; did you mean last_calls?",
/// );
/// assert_eq!(
///     refusal("[defaults]\njitter = 'some'"),
///     r#"defaults.jitter: invalid value: string "some", expected a number such as 0.5"#,
/// );
/// ```
#[derive(Debug, Clone, Default)]
pub struct Settings {
    defaults: Config,
    breakers: BTreeMap<Box<str>, Config>,
}

impl Settings {
    /// The settings of the breaker `name`: its own, or the defaults if the file does not name it.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Settings;
    ///
    /// let file = "[breakers.payments]\nconsecutive_failures = 3";
    /// let settings: Settings = toml::from_str(file)?;
    /// assert_eq!(settings.config_for("payments").consecutive_failures(), 3);
    /// assert_eq!(settings.config_for("search").consecutive_failures(), 5);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn config_for(&self, name: &str) -> Config {
        *self.breakers.get(name).unwrap_or(&self.defaults)
    }

    /// The settings of the breaker `name`, and whether the file names it.
    fn plan<K: Borrow<str>>(self) -> Plan<K> {
        Box::new(move |name| {
            let named = self.breakers.contains_key(name.borrow());
            (self.config_for(name.borrow()), named)
        })
    }

    /// The names in the file, in order.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Settings;
    ///
    /// let settings: Settings = toml::from_str("[breakers.search]\n[breakers.payments]")?;
    /// assert!(settings.names().eq(["payments", "search"]));
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.breakers.keys().map(|name| &**name)
    }
}

impl<K: Borrow<str>, C, O> RegistryBuilder<K, C, O> {
    /// Makes each breaker by the `settings` for its name, and pins the names in the file: their
    /// breakers are never evicted, and do not count against the [`cap`](Self::cap). Only with the
    /// feature `serde`.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::{Registry, Settings};
    ///
    /// let settings: Settings = toml::from_str("[defaults]\nconsecutive_failures = 2")?;
    /// let registry = Registry::builder().settings(settings).build();
    /// let payments = registry.get_or_create("payments");
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 2);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn settings(mut self, settings: Settings) -> Self {
        self.plan = settings.plan();
        self
    }
}

impl<K, C, O> Registry<K, C, O>
where
    K: Borrow<str> + Hash + Eq + Clone,
    C: Clock,
    O: Observer,
{
    /// Replaces the settings of all breakers by `settings`, as
    /// [`reconfigure_all`](Self::reconfigure_all) does: all or none, and every state stays. Only
    /// with the feature `serde`.
    ///
    /// A mode is set where the file's mode has changed since the last file. Where the mode was set
    /// by hand in between, it stays, and the name is returned.
    ///
    /// The names in the new file are pinned from now on. Those that only an earlier file had stay
    /// pinned until they are removed.
    ///
    /// # Errors
    ///
    /// As [`reconfigure_all`](Self::reconfigure_all).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Mode;
    /// use tripword_registry::{Registry, Settings};
    ///
    /// let read = |file| toml::from_str::<Settings>(file).expect("valid settings");
    /// let registry = Registry::builder().settings(read("[defaults]\nlive = true")).build();
    /// let payments = registry.get_or_create("payments");
    ///
    /// registry.reload(read("[defaults]\nlive = true\nconsecutive_failures = 2"))?;
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 2);
    ///
    /// let incident = "[defaults]\nlive = true\n[breakers.payments]\nmode = 'force-open'";
    /// let kept = registry.reload(read(incident))?;
    /// assert_eq!((payments.breaker().mode(), kept.len()), (Mode::ForceOpen, 0));
    /// # Ok::<(), tripword_registry::ReconfigureAllError>(())
    /// ```
    pub fn reload(&self, settings: Settings) -> Result<Vec<K>, ReconfigureAllError<K>> {
        self.replace_plan(settings.plan())
    }
}

/// A file as it stands.
#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "the tables defaults and breakers")]
struct File {
    defaults: Overlay,
    breakers: BTreeMap<String, Overlay>,
}

impl<'de> Deserialize<'de> for Settings {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let File { defaults, breakers } = file::read(from)?;
        let defaults = defaults.over(Builder::new());
        let checked = |builder: Builder, path: &[&str]| {
            let config = builder.config();
            config.map_err(|error| D::Error::custom(error.at(path)))
        };
        let breakers = breakers.into_iter().map(|(name, own)| {
            let config = checked(own.over(defaults), &["breakers", &name])?;
            Ok((name.into_boxed_str(), config))
        });
        Ok(Self {
            defaults: checked(defaults, &["defaults"])?,
            breakers: breakers.collect::<Result<_, D::Error>>()?,
        })
    }
}
