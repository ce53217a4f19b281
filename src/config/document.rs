//! A [`Builder`] as a document: a table of settings by name, with tables for what has parts. Only what was set is written, and every
//! refusal names its setting.

#[cfg(feature = "registry")]
pub(super) mod overlay;
mod parts;
mod setting;
mod table;
mod text;

use super::backoff::Growth;
use super::builder::DEFAULT_OPEN;
use super::{Backoff, Builder, Config, Probes, Ramp};
use core::time::Duration;
use parts::BackoffTable;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};

/// A document as it stands: a builder, but for the two names of its backoff.
#[derive(Debug, Default, Clone)]
struct Document {
    builder: Builder,
    open_duration: Option<Duration>,
    backoff: Option<BackoffTable>,
}

table::of! { Document at "":
    "consecutive_failures" => builder.consecutive_failures,
    "failures" => builder.failures,
    "failure_rate" => builder.failure_rate,
    "slow_call_rate" => builder.slow_call_rate,
    "slow_call_duration" => builder.slow_call_duration,
    "last_calls" => builder.last_calls,
    "within" => builder.within,
    "buckets" => builder.buckets,
    "stripes" => builder.stripes,
    "minimum_calls" => builder.minimum_calls,
    "open_duration" => open_duration,
    "jitter" => builder.jitter,
    "seed" => builder.seed,
    "probe_lease" => builder.probe_lease,
    "lease_expiry" => builder.lease_expiry,
    "start" => builder.start,
    "mode" => builder.mode,
    "count_panics" => builder.count_panics,
    "live" => builder.live,
    "backoff" => backoff,
    "probes" => builder.probes,
    "ramp" => builder.ramp,
}

impl Document {
    fn of(builder: Builder) -> Result<Self, &'static str> {
        if builder.trip_when.is_some() {
            return Err("trip_when: a function cannot be written");
        }
        let (open_duration, backoff) = match builder.backoff.0 {
            Growth::Fixed(duration) => (Some(duration), None),
            Growth::Exponential { base, cap, factor } => {
                (None, Some(BackoffTable::new(base, cap, factor)))
            }
            Growth::ByStreak(_) => return Err("backoff: a function cannot be written"),
        };
        Ok(Self {
            builder,
            open_duration: open_duration.filter(|&set| set != DEFAULT_OPEN),
            backoff,
        })
    }

    fn builder(self) -> Result<Builder, &'static str> {
        match (self.open_duration, self.backoff) {
            (None, None) => Ok(self.builder),
            (Some(duration), None) => Ok(self.builder.open_duration(duration)),
            (None, Some(table)) => Ok(self.builder.backoff(table.backoff()?)),
            (Some(_), Some(_)) => Err("open_duration and backoff: set one of them, not both"),
        }
    }
}

/// Only with the feature `serde`. Writes what was set, or rather what differs from the defaults, and an error where that is a function
/// or not a finite number.
impl Serialize for Builder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = Document::of(*self).map_err(ser::Error::custom)?;
        table::write(&document, serializer)
    }
}

/// Only with the feature `serde`. Checks the types of the settings, not yet their bounds.
impl<'de> Deserialize<'de> for Builder {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let document: Document = table::read(deserializer)?;
        document.builder().map_err(de::Error::custom)
    }
}

/// Only with the feature `serde`. A [`Builder`] that is then checked.
///
/// ```
/// use tripword::{CircuitBreaker, Config};
///
/// let config: Config = toml::from_str("consecutive_failures = 3")?;
/// let breaker = CircuitBreaker::from(config);
///
/// let error = toml::from_str::<Config>("consecutive_failures = 0").unwrap_err();
/// assert_eq!(error.message(), "consecutive_failures must be from 1 to 65535, not 0");
/// # let _ = breaker;
/// # Ok::<(), toml::de::Error>(())
/// ```
impl<'de> Deserialize<'de> for Config {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Builder::deserialize(deserializer)?
            .config()
            .map_err(de::Error::custom)
    }
}
