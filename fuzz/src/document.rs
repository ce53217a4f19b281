//! Documents from bytes: names of settings with values that are right, wrong or odd, once or twice,
//! in the right table or in another.

use crate::bytes::Bytes;
use crate::times::duration;
use std::fmt::Write;

const NAMES: [&str; 32] = [
    "consecutive_failures",
    "failures",
    "failure_rate",
    "slow_call_rate",
    "slow_call_duration",
    "last_calls",
    "within",
    "buckets",
    "stripes",
    "minimum_calls",
    "open_duration",
    "longest_open",
    "jitter",
    "seed",
    "probe_lease",
    "lease_expiry",
    "start",
    "mode",
    "count_panics",
    "live",
    "base",
    "cap",
    "factor",
    "max_probes",
    "successes_to_close",
    "failures_to_open",
    "sample",
    "rate",
    "from",
    "over",
    "trip_when",
    "",
];

const TABLES: [&str; 4] = ["backoff", "probes", "ramp", "seed"];

/// Whatever TOML and JSON both write so.
const VALUES: [&str; 25] = [
    "0",
    "1",
    "2",
    "3",
    "10",
    "255",
    "65535",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-1",
    "0.5",
    "1.0",
    "1e-6",
    "-0.0",
    "true",
    "false",
    "\"none\"",
    "\"1s 500ms\"",
    "\"10s\"",
    "\"reprobe\"",
    "\"half-open\"",
    "\"force-open\"",
    "[]",
    "\"584942417355y\"",
];

type Entries = Vec<(&'static str, String)>;

/// A document of settings.
#[derive(Debug)]
pub(crate) struct Document {
    settings: Entries,
    tables: Vec<(&'static str, Entries)>,
}

impl Document {
    pub(crate) fn new(bytes: &mut Bytes<'_>) -> Self {
        Self {
            settings: entries(bytes, 8),
            tables: (0..bytes.below(4)).map(|_| (bytes.pick(&TABLES), entries(bytes, 5))).collect(),
        }
    }

    pub(crate) fn toml(&self) -> String {
        let mut text = lines(&self.settings);
        for (table, entries) in &self.tables {
            write!(text, "[{table}]\n{}", lines(entries)).expect("room");
        }
        text
    }

    pub(crate) fn json(&self) -> String {
        let mut members: Vec<_> = self.settings.iter().map(member).collect();
        for (table, entries) in &self.tables {
            let inner: Vec<_> = entries.iter().map(member).collect();
            members.push(format!("{table:?}: {{{}}}", inner.join(", ")));
        }
        format!("{{{}}}", members.join(", "))
    }
}

fn entries(bytes: &mut Bytes<'_>, end: u32) -> Entries {
    let number = bytes.below(end);
    (0..number).map(|_| (bytes.pick(&NAMES), value(bytes))).collect()
}

fn value(bytes: &mut Bytes<'_>) -> String {
    match bytes.below(4) {
        0 => format!("\"{:?}\"", duration(bytes)),
        1 => format!("{:?}", f64::from_bits(bytes.u64())),
        _ => bytes.pick(&VALUES).to_owned(),
    }
}

fn lines(entries: &Entries) -> String {
    let lines = entries.iter().map(|(name, value)| format!("{name} = {value}\n"));
    lines.collect()
}

fn member((name, value): &(&'static str, String)) -> String {
    format!("{name:?}: {value}")
}
