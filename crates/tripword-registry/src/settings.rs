//! Defaults and named breakers, from one file.

#[cfg(feature = "serde")]
mod file;

use crate::builder::RegistryBuilder;
use crate::reconfigure::ReconfigureAllError;
use crate::registry::Registry;
use crate::reloaded::Reloaded;
use crate::shared::{Plan, Planned};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::hash::Hash;
use std::iter::once;
use std::sync::Arc;
use tripword::{Clock, Config, Observer, config};

/// Settings of a whole registry: defaults, and those of breakers by name. They are made in code
/// ([`new`](Self::new)) or, with the feature `serde`, read from a file in any format that describes
/// itself, such as TOML, JSON, YAML and RON.
///
/// In a file, a breaker has the settings of its own table, then those of its profiles, then those
/// of the defaults, then those that a [`Builder`](tripword::Builder) begins with. A profile is a
/// table that others name as their `base`; it can have a base, too, up to 8 in a row.
/// `tripword::file::Overlay::over` says which settings replace each other. Breakers from a file are
/// [`live`](tripword::Builder::live), which takes 144 bytes each, unless the file says
/// `live = false`.
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
///
///     [profiles.slow]
///     open_duration = "30s"
///     probes = { successes_to_close = 3 }
///
///     [breakers.payments]
///     base = "slow"
///     failure_rate = 0.5
///     last_calls = 100
///     window_room = 500              # how far the window can grow in a reload
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
/// assert_eq!(
///     refusal("[profiles.a]\nbase = 'b'\n[profiles.b]\nbase = 'a'"),
///     "profiles.b.base: profiles must not be based on themselves: a -> b -> a",
/// );
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    defaults: Arc<Config>,
    breakers: BTreeMap<Box<str>, Arc<Config>>,
}

/// With how many others new settings are compared, to be shared.
const COMPARED: usize = 256;

impl Settings {
    /// Makes settings in code: `defaults` for every name, until [`with`](Self::with) adds others.
    /// Unlike those of a file, they are [`live`](tripword::Builder::live) only if they say so.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Builder;
    /// use tripword_registry::{Registry, Settings};
    ///
    /// let defaults = Builder::new().consecutive_failures(5).live();
    /// let stricter = |failures| defaults.consecutive_failures(failures).config();
    /// let settings = Settings::new(defaults.config()?).with("payments", stricter(3)?);
    /// let registry = Registry::builder().settings(settings.clone()).build();
    ///
    /// let payments = registry.get_or_create("payments");
    /// registry.reload(settings.with("payments", stricter(2)?)).expect("all are live");
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 2);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn new(defaults: Config) -> Self {
        Self { defaults: Arc::new(defaults), breakers: BTreeMap::new() }
    }

    /// Adds the settings of the breaker `name`, or replaces them. They are whole: what they are to
    /// have in common with the defaults, take from the same [`Builder`](tripword::Builder).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Config, config};
    /// use tripword_registry::Settings;
    ///
    /// let strict = config!(consecutive_failures(3));
    /// let settings = Settings::new(Config::default()).with("payments", strict);
    /// assert_eq!(settings.config_for("payments"), strict);
    /// assert_eq!(settings.config_for("search"), Config::default());
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<Box<str>>, config: Config) -> Self {
        let mut known = once(&self.defaults).chain(self.breakers.values()).take(COMPARED);
        let known = known.find(|known| ***known == config).cloned();
        let shared = known.unwrap_or_else(|| Arc::new(config));
        self.breakers.insert(name.into(), shared);
        self
    }

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
        **self.shared_for(name)
    }

    fn shared_for(&self, name: &str) -> &Arc<Config> {
        self.breakers.get(name).unwrap_or(&self.defaults)
    }

    /// The settings of the breaker `name`, and whether the file names it.
    fn plan<K: Borrow<str>>(self) -> Plan<K> {
        Box::new(move |name| {
            let named = self.breakers.contains_key(name.borrow());
            let config = self.shared_for(name.borrow()).clone();
            Planned { config, named }
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

impl Default for Settings {
    /// Makes the settings of an empty file: the defaults of a [`Builder`](tripword::Builder), live.
    fn default() -> Self {
        Self::new(const { config!(live()) })
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
        self.text_names()
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
    /// let registry = Registry::builder().settings(read("")).build();
    /// let payments = registry.get_or_create("payments");
    ///
    /// registry.reload(read("[defaults]\nconsecutive_failures = 2"))?;
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 2);
    ///
    /// let incident = "[breakers.payments]\nmode = 'force-open'";
    /// let kept = registry.reload(read(incident))?;
    /// assert_eq!((payments.breaker().mode(), kept.len()), (Mode::ForceOpen, 0));
    /// # Ok::<(), tripword_registry::ReconfigureAllError>(())
    /// ```
    pub fn reload(&self, settings: Settings) -> Result<Vec<K>, ReconfigureAllError<K>> {
        self.replace_plan(settings.plan())
    }

    /// Replaces the settings of all breakers that can take those of `settings` while they are in
    /// use. The others keep theirs and are returned, so that one breaker does not hold up the rest.
    ///
    /// Modes are set as by [`reload`](Self::reload), also of breakers that keep their settings. A
    /// breaker that is made later, or anew once it was removed, has the new settings.
    ///
    /// # Errors
    ///
    /// [`ReconfigureAllError::Busy`] if another thread is replacing settings. Nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::{Registry, Settings};
    ///
    /// let file = |calls: u32| {
    ///     let own = "[breakers.payments]\nfailures = 3\nlast_calls = ";
    ///     let settings = format!("[defaults]\nconsecutive_failures = {calls}\n{own}{calls}");
    ///     toml::from_str::<Settings>(&settings)
    /// };
    /// let registry = Registry::builder().settings(file(10)?).build();
    /// let [payments, search] = ["payments", "search"].map(|name| registry.get_or_create(name));
    ///
    /// let reloaded = registry.reload_what_can(file(100)?).expect("no other thread reloads");
    /// assert_eq!(search.breaker().config().consecutive_failures(), 100);
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 10);
    /// assert_eq!(
    ///     reloaded.to_string(),
    ///     "1 changed, 0 unchanged, 1 refused: last_calls (100) must be at most what the \
    ///      breaker's words hold (24) (is 10, would be 100): \"payments\"",
    /// );
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn reload_what_can(
        &self,
        settings: Settings,
    ) -> Result<Reloaded<K>, ReconfigureAllError<K>> {
        self.replace_what_can(settings.plan())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_settings_are_shared() {
        let strict = config!(consecutive_failures(3));
        let settings = Settings::new(Config::default())
            .with("payments", strict)
            .with("search", strict)
            .with("mail", Config::default());
        let of = |name| settings.shared_for(name);
        assert!(Arc::ptr_eq(of("payments"), of("search")));
        assert!(Arc::ptr_eq(of("mail"), of("any other")));
        assert!(!Arc::ptr_eq(of("mail"), of("payments")));
    }
}
