//! Serialization of snapshots.

use super::{ProbeCounts, Snapshot};
use crate::counts::Counts;
use crate::nanos::millis_rounded_up;
use crate::transition::Cause;
use core::time::Duration;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::string::ToString;

/// With feature `serde`: state and mode as labels of metrics, times in whole milliseconds (`for_ms`
/// since the last transition, `remaining_ms` rounded up), and the message of `Display` as `text`.
/// There is no `Deserialize`.
impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let age = self.since.map(|since| self.now.saturating_since(since));
        let mut document = to.serialize_struct("Snapshot", 12)?;
        document.serialize_field("text", &self.to_string())?;
        document.serialize_field("state", self.state.label())?;
        document.serialize_field("mode", self.mode.label())?;
        document.serialize_field("generation", &self.generation)?;
        document.serialize_field("for_ms", &age.map(millis))?;
        document.serialize_field("cause", &self.cause)?;
        document.serialize_field("remaining_ms", &self.remaining.map(millis_rounded_up))?;
        document.serialize_field("streak", &self.streak)?;
        document.serialize_field("consecutive_failures", &self.consecutive_failures)?;
        document.serialize_field("consecutive_failure_limit", &self.consecutive_failure_limit)?;
        document.serialize_field("counts", &self.counts)?;
        document.serialize_field("probes", &self.probes)?;
        document.end()
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// With feature `serde`: the label, and the message of `Display` as `text`.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut document = to.serialize_struct("Cause", 2)?;
        document.serialize_field("label", self.label())?;
        document.serialize_field("text", &self.to_string())?;
        document.end()
    }
}

/// With feature `serde`: the counts, and the two rates.
impl Serialize for Counts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut document = to.serialize_struct("Counts", 5)?;
        document.serialize_field("calls", &self.calls)?;
        document.serialize_field("failures", &self.failures)?;
        document.serialize_field("slow_calls", &self.slow_calls)?;
        document.serialize_field("failure_rate", &self.failure_rate())?;
        document.serialize_field("slow_call_rate", &self.slow_call_rate())?;
        document.end()
    }
}

/// With feature `serde`: the counts and their limits.
impl Serialize for ProbeCounts {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut document = to.serialize_struct("ProbeCounts", 5)?;
        document.serialize_field("in_flight", &self.in_flight)?;
        document.serialize_field("successes", &self.successes)?;
        document.serialize_field("successes_to_close", &self.successes_to_close)?;
        document.serialize_field("failures", &self.failures)?;
        document.serialize_field("failures_to_open", &self.failures_to_open)?;
        document.end()
    }
}
