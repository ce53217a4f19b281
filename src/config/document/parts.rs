//! Settings that are tables in a document, because they have parts.

use super::setting::{Path, Setting};
use super::table;
use super::{Backoff, Probes, Ramp};
use crate::config::probes::Rule;
use core::time::Duration;
use serde::de::{self, Deserializer};
use serde::ser::Serializer;

type Refusal = &'static str;

/// The factor of a backoff unless a setting says otherwise.
const DEFAULT_FACTOR: f64 = 2.0;

#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct BackoffTable {
    base: Option<Duration>,
    cap: Option<Duration>,
    factor: Option<f64>,
}

table::of! { BackoffTable at "backoff":
    "base" => base,
    "cap" => cap,
    "factor" => factor,
}

impl BackoffTable {
    pub(super) fn new(base: Duration, cap: Duration, factor: f64) -> Self {
        Self {
            base: Some(base),
            cap: Some(cap),
            factor: (factor != DEFAULT_FACTOR).then_some(factor),
        }
    }

    pub(super) fn backoff(self) -> Result<Backoff, Refusal> {
        let base = self.base.ok_or("backoff.base: missing")?;
        let cap = self.cap.ok_or("backoff.cap: missing")?;
        let factor = self.factor.unwrap_or(DEFAULT_FACTOR);
        Ok(Backoff::exponential(base, cap).factor(factor))
    }
}

#[derive(Debug, Default)]
pub(super) struct ProbesTable {
    max_probes: Option<u32>,
    successes_to_close: Option<u32>,
    failures_to_open: Option<u32>,
    sample: Option<u32>,
    rate: Option<f64>,
}

table::of! { ProbesTable at "probes":
    "max_probes" => max_probes,
    "successes_to_close" => successes_to_close,
    "failures_to_open" => failures_to_open,
    "sample" => sample,
    "rate" => rate,
}

impl ProbesTable {
    fn new(probes: Probes) -> Self {
        let mut table = Self {
            max_probes: set(probes.max_probes),
            ..Self::default()
        };
        match probes.rule {
            Rule::Counts {
                successes,
                failures,
            } => {
                table.successes_to_close = set(successes);
                table.failures_to_open = set(failures);
            }
            Rule::Sample { size, rate } => {
                table.sample = Some(size);
                table.rate = Some(rate);
            }
        }
        table
    }

    fn probes(self) -> Result<Probes, Refusal> {
        Ok(Probes {
            max_probes: or_one(self.max_probes),
            rule: self.rule()?,
        })
    }

    fn rule(&self) -> Result<Rule, Refusal> {
        match (self.sample, self.rate) {
            (None, None) => Ok(Rule::Counts {
                successes: or_one(self.successes_to_close),
                failures: or_one(self.failures_to_open),
            }),
            (Some(size), Some(rate)) => self.no_counts().map(|()| Rule::Sample { size, rate }),
            (Some(_), None) => Err("probes.sample: set probes.rate, too, by which it is judged"),
            (None, Some(_)) => Err("probes.rate: set probes.sample, too, which it judges"),
        }
    }

    fn no_counts(&self) -> Result<(), Refusal> {
        match (self.successes_to_close, self.failures_to_open) {
            (Some(_), _) => {
                Err("probes.sample and probes.successes_to_close: set one of them, not both")
            }
            (_, Some(_)) => {
                Err("probes.sample and probes.failures_to_open: set one of them, not both")
            }
            (None, None) => Ok(()),
        }
    }
}

/// What differs from the default of every number of probes.
fn set(probes: u32) -> Option<u32> {
    (probes != 1).then_some(probes)
}

fn or_one(probes: Option<u32>) -> u32 {
    probes.unwrap_or(1)
}

#[derive(Debug, Default)]
struct RampTable {
    from: Option<f64>,
    over: Option<Duration>,
}

table::of! { RampTable at "ramp":
    "from" => from,
    "over" => over,
}

impl RampTable {
    fn ramp(self) -> Result<Ramp, Refusal> {
        let from = self.from.ok_or("ramp.from: missing")?;
        let over = self.over.ok_or("ramp.over: missing")?;
        Ok(Ramp::new(from, over))
    }
}

impl Setting for BackoffTable {
    fn read<'de, D: Deserializer<'de>>(_: Path<'_>, from: D) -> Result<Self, D::Error> {
        table::read(from)
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        table::write(self, to)
    }
}

impl Setting for Probes {
    fn read<'de, D: Deserializer<'de>>(_: Path<'_>, from: D) -> Result<Self, D::Error> {
        let table: ProbesTable = table::read(from)?;
        table.probes().map_err(de::Error::custom)
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        table::write(&ProbesTable::new(*self), to)
    }
}

impl Setting for Ramp {
    fn read<'de, D: Deserializer<'de>>(_: Path<'_>, from: D) -> Result<Self, D::Error> {
        let table: RampTable = table::read(from)?;
        table.ramp().map_err(de::Error::custom)
    }

    fn write<S: Serializer>(&self, _: Path<'_>, to: S) -> Result<S::Ok, S::Error> {
        let table = RampTable {
            from: Some(self.from),
            over: Some(self.over),
        };
        table::write(&table, to)
    }
}
