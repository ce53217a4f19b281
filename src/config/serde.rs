//! Settings as a document: tables of settings by name, of which only those that are set are
//! written.

mod path;
mod value;

pub use path::{error_at, read};

use super::backoff::{Backoff, Growth};
use super::builder::{Builder, DEFAULT_OPEN, Lend};
use super::probes::{LeaseExpiry, Probes, Ramp, Rule};
use super::settings::Config;
use crate::state::{Mode, State};
use core::time::Duration;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use std::string::String;
use value::Setting;

/// Declares a table, each of whose settings may be left out.
macro_rules! table {
    ($name:ident { $($setting:ident: $type:ty),+ $(,)? }) => {
        #[derive(Debug, Default, Clone, Serialize, Deserialize)]
        #[serde(default, deny_unknown_fields, expecting = "a table of settings")]
        struct $name {
            $(#[serde(with = "value", skip_serializing_if = "Option::is_none")]
            $setting: Option<$type>,)+
        }
    };
    // Twice, the second time with the name of a profile.
    ($name:ident, $based:ident { $($setting:ident: $type:ty),+ $(,)? }) => {
        table!($name { $($setting: $type),+ });
        table!($based { base: String, $($setting: $type),+ });

        impl $based {
            fn split(self) -> (Option<String>, $name) {
                (self.base, $name { $($setting: self.$setting),+ })
            }
        }
    };
}

table!(
    Settings,
    BasedSettings {
        consecutive_failures: u32,
        failures: u32,
        failure_rate: f64,
        slow_call_rate: f64,
        slow_call_duration: Duration,
        abandoned_after: Duration,
        last_calls: u32,
        window_room: u32,
        within: Duration,
        buckets: u32,
        stripes: u32,
        minimum_calls: u32,
        open_duration: Duration,
        longest_open: Duration,
        jitter: f64,
        seed: u64,
        probe_lease: Lend,
        lease_expiry: LeaseExpiry,
        start: State,
        mode: Mode,
        count_panics: bool,
        live: bool,
        backoff: Backoff,
        probes: Probes,
        ramp: Ramp,
    }
);

table!(BackoffTable { base: Duration, cap: Duration, factor: f64 });

table!(ProbesTable {
    max_probes: u32,
    successes_to_close: u32,
    failures_to_open: u32,
    sample: u32,
    rate: f64,
});

table!(RampTable { from: f64, over: Duration });

/// The settings that a document names, to be laid over others: those of one breaker over the
/// defaults of a file, for instance.
///
/// [`read`] reads a document in which overlays have a place of their own, with the path of the
/// setting in each error. Once the settings are together, [`Builder::config`] checks them, and
/// [`ConfigError::at`](crate::ConfigError::at) adds the path to the error.
///
/// # Examples
///
/// ```
/// use serde::Deserialize;
/// use std::collections::BTreeMap;
/// use tripword::Builder;
/// use tripword::file::{self, Overlay};
///
/// #[derive(Deserialize)]
/// struct File {
///     defaults: Overlay,
///     breakers: BTreeMap<String, Overlay>,
/// }
///
/// let document = r#"
///     [defaults]
///     consecutive_failures = 5
///     open_duration = "10s"
///
///     [breakers.payments]
///     consecutive_failures = 3
///
///     [breakers.search]
///     consecutive_failures = 0
/// "#;
/// let file: File = file::read(toml::Deserializer::parse(document)?)?;
/// let defaults = file.defaults.over(Builder::new());
///
/// let payments = file.breakers["payments"].over(defaults).config().expect("they are valid");
/// assert_eq!(payments.consecutive_failures(), 3);
/// assert_eq!(payments.first_open_duration().as_secs(), 10);
///
/// let error = file.breakers["search"].over(defaults).config().unwrap_err();
/// assert_eq!(
///     error.at(&["breakers", "search"]).to_string(),
///     "breakers.search.consecutive_failures: must be from 1 to 65535, not 0",
/// );
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Overlay(Settings);

/// An [`Overlay`] that may name another one as its base, by `base = "slow"`: for documents with
/// profiles. What a base is, and where it is found, is up to the document.
///
/// # Examples
///
/// ```
/// use tripword::Builder;
/// use tripword::file::Profile;
///
/// let payments: Profile = toml::from_str("base = 'slow'\nconsecutive_failures = 3")?;
/// assert_eq!(payments.base(), Some("slow"));
/// let config = payments.overlay().over(Builder::new()).config().expect("they are valid");
/// assert_eq!(config.consecutive_failures(), 3);
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Debug, Default, Clone)]
pub struct Profile {
    base: Option<String>,
    own: Overlay,
}

impl Profile {
    /// Returns the name of the base, if the document names one.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Returns the settings that the document names here.
    #[must_use]
    pub const fn overlay(&self) -> &Overlay {
        &self.own
    }
}

impl Overlay {
    /// Returns the settings `base` with those that are named here in place of their own.
    ///
    /// Three things are replaced as a whole: a table (`probes`, `backoff`, `ramp`), the open
    /// duration (`open_duration` or `backoff`), and the window: `last_calls` and `within` replace
    /// each other, and `buckets`, `stripes` and, by `within`, `window_room` with them.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Builder;
    /// use tripword::file::Overlay;
    ///
    /// let base = Builder::new().last_calls(100).failures(30);
    /// let overlay: Overlay = toml::from_str("failures = 20")?;
    /// let config = overlay.over(base).config().expect("they are valid");
    /// assert_eq!(config.words(), base.config().expect("they are valid").words());
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    pub fn over(&self, base: Builder) -> Builder {
        let (own, mut all) = (&self.0, base);
        if own.last_calls.is_some() || own.within.is_some() {
            (all.last_calls, all.within) = (None, None);
            (all.buckets, all.stripes) = (None, None);
        }
        if own.within.is_some() {
            all.window_room = None;
        }
        macro_rules! replace {
            (optional: $($optional:ident)+; others: $($other:ident)+) => {
                $(all.$optional = own.$optional.or(all.$optional);)+
                $(all.$other = own.$other.unwrap_or(all.$other);)+
            };
        }
        replace! {
            optional: consecutive_failures failures failure_rate slow_call_rate slow_call_duration
                abandoned_after last_calls window_room within buckets stripes minimum_calls longest_open seed
                probe_lease ramp;
            others: jitter probes lease_expiry start mode count_panics live backoff
        }
        match own.open_duration {
            Some(duration) => all.open_duration(duration),
            None => all,
        }
    }

    /// The settings that were read, unless two of them exclude each other.
    fn new<E: de::Error>(settings: Settings) -> Result<Self, E> {
        if settings.open_duration.is_some() && settings.backoff.is_some() {
            let both = "open_duration excludes backoff: set one of them, not both";
            return Err(E::custom(both));
        }
        Ok(Self(settings))
    }

    /// What of `builder` differs from the defaults, or why it cannot be written.
    fn of(builder: Builder) -> Result<Self, &'static str> {
        if builder.trip_when.is_some() {
            return Err("trip_when: a function cannot be written");
        }
        let (open_duration, backoff) = match builder.backoff.0 {
            Growth::ByStreak(_) => return Err("backoff: a function cannot be written"),
            Growth::Fixed(duration) => (Some(duration).filter(|&set| set != DEFAULT_OPEN), None),
            Growth::Exponential { .. } => (None, Some(builder.backoff)),
        };
        let unset = Builder::new();
        macro_rules! settings {
            (optional: $($optional:ident)+; others: $($other:ident)+) => {
                Settings {
                    open_duration,
                    backoff,
                    $($optional: builder.$optional,)+
                    $($other: Some(builder.$other).filter(|&set| set != unset.$other),)+
                }
            };
        }
        Ok(Self(settings! {
            optional: consecutive_failures failures failure_rate slow_call_rate slow_call_duration
                abandoned_after last_calls window_room within buckets stripes minimum_calls longest_open seed
                probe_lease ramp;
            others: jitter probes lease_expiry start mode count_panics live
        }))
    }
}

/// With the feature `serde`: reads what a document names, without its path. See [`read`].
impl<'de> Deserialize<'de> for Overlay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Settings::deserialize(from).and_then(Self::new)
    }
}

/// With the feature `serde`: reads what a document names, without its path. See [`read`].
impl<'de> Deserialize<'de> for Profile {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (base, own) = BasedSettings::deserialize(from)?.split();
        Ok(Self { base, own: Overlay::new(own)? })
    }
}

/// With the feature `serde`: writes what was named.
impl Serialize for Overlay {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// With the feature `serde`: checks the types of the settings, not yet their ranges.
impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        read::<Overlay, D>(from).map(|overlay| overlay.over(Self::new()))
    }
}

/// With the feature `serde`: writes the settings that differ from the defaults. Functions are
/// refused, and so are numbers that are not finite.
impl Serialize for Builder {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let overlay = Overlay::of(*self).map_err(ser::Error::custom)?;
        overlay.serialize(to)
    }
}

/// With the feature `serde`: a [`Builder`] that is then checked.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Config};
///
/// let config: Config = toml::from_str("consecutive_failures = 3")?;
/// assert!(CircuitBreaker::from(config).try_acquire().is_ok());
///
/// let error = toml::from_str::<Config>("consecutive_failures = 0").unwrap_err();
/// assert_eq!(error.message(), "consecutive_failures: must be from 1 to 65535, not 0");
/// # Ok::<(), toml::de::Error>(())
/// ```
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let builder = Builder::deserialize(from)?;
        builder.config().map_err(|error| de::Error::custom(error.at(&[])))
    }
}

impl Setting for Backoff {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let BackoffTable { base, cap, factor } = Deserialize::deserialize(from)?;
        let base = base.ok_or_else(|| de::Error::missing_field("base"))?;
        let cap = cap.ok_or_else(|| de::Error::missing_field("cap"))?;
        let backoff = Self::exponential(base, cap);
        Ok(factor.map_or(backoff, |factor| backoff.factor(factor)))
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut table = BackoffTable::default();
        if let Growth::Exponential { base, cap, factor } = self.0 {
            (table.base, table.cap) = (Some(base), Some(cap));
            table.factor = Some(factor).filter(|&factor| factor != Self::DEFAULT_FACTOR);
        }
        table.serialize(to)
    }
}

impl Setting for Probes {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let table = ProbesTable::deserialize(from)?;
        let counts = [
            ("successes_to_close", table.successes_to_close),
            ("failures_to_open", table.failures_to_open),
        ];
        let count = counts.iter().find(|(_, set)| set.is_some());
        let [successes, failures] = counts.map(|(_, set)| set.unwrap_or(1));
        let rule = match (table.sample, table.rate, count) {
            (None, None, _) => Rule::Counts { successes, failures },
            (Some(size), Some(rate), None) => Rule::Sample { size, rate },
            (None, Some(_), _) => return Err(de::Error::custom("rate requires sample")),
            (Some(_), None, _) => return Err(de::Error::custom("sample requires rate")),
            (_, _, Some((name, _))) => {
                return Err(de::Error::custom(format_args!(
                    "sample excludes {name}: set one of them, not both"
                )));
            }
        };
        let max_probes = table.max_probes.unwrap_or(1);
        Ok(Self { max_probes, rule })
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let set = |number: u32| Some(number).filter(|&number| number != 1);
        let mut table = ProbesTable { max_probes: set(self.max_probes), ..ProbesTable::default() };
        match self.rule {
            Rule::Counts { successes, failures } => {
                table.successes_to_close = set(successes);
                table.failures_to_open = set(failures);
            }
            Rule::Sample { size, rate } => {
                (table.sample, table.rate) = (Some(size), Some(rate));
            }
        }
        table.serialize(to)
    }
}

impl Setting for Ramp {
    fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let RampTable { from, over } = Deserialize::deserialize(from)?;
        let from = from.ok_or_else(|| de::Error::missing_field("from"))?;
        let over = over.ok_or_else(|| de::Error::missing_field("over"))?;
        Ok(Self::new(from, over))
    }

    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let (from, over) = (Some(self.from), Some(self.over));
        RampTable { from, over }.serialize(to)
    }
}
