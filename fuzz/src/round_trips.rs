//! What is written is read back, what cannot be read is refused, and what is shown can be shown.

use crate::bytes::Bytes;
use crate::chosen::Chosen;
use crate::document::Document;
use crate::times::{duration, moment};
use std::fmt::Display;
use tripword::{
    Builder, Cause, Config, ConfigError, ManualClock, Mode, Nanos, Snapshot, State, TripCause,
};

/// Settings through JSON and TOML and back; any text as a document; any figures in a snapshot.
pub fn round_trips(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    match bytes.below(4) {
        0 => written(&Chosen::new(&mut bytes)),
        1 => assembled(&Document::new(&mut bytes)),
        2 => any_text(bytes.rest()),
        _ => shown(&mut bytes),
    }
}

fn written(chosen: &Chosen) {
    let builder = chosen.builder();
    let (json, toml) = (serde_json::to_string(&builder), toml::to_string(&builder));
    assert_eq!(json.is_ok(), chosen.can_be_written(), "{json:?}");
    assert_eq!(toml.is_ok(), chosen.can_be_written(), "{toml:?}");
    if let (Ok(json), Ok(toml)) = (json, toml) {
        same(&serde_json::from_str(&json).expect(&json), &builder, &json);
        same(&toml::from_str(&toml).expect(&toml), &builder, &toml);
        checked(serde_json::from_str(&json), &builder);
        checked(toml::from_str(&toml), &builder);
    }
}

/// As their `Debug` tells, which knows nothing of documents and says each setting by its name.
fn same(read: &Builder, said: &Builder, document: &str) {
    assert_eq!(format!("{read:?}"), format!("{said:?}"), "{document}");
}

/// A [`Config`] is read as what the checks make of the builder.
fn checked<E: Display>(read: Result<Config, E>, builder: &Builder) {
    match (read, builder.config()) {
        (Ok(read), Ok(config)) => assert_eq!(format!("{read:?}"), format!("{config:?}")),
        (Err(read), Err(refusal)) => says(&read, &refusal),
        (read, config) => panic!("{:?}, and not {config:?}", read.map_err(|e| e.to_string())),
    }
}

fn says(read: &impl Display, refusal: &ConfigError) {
    let (read, refusal) = (read.to_string(), refusal.at(&[]).to_string());
    assert!(read.contains(&refusal), "{read:?}, and not {refusal:?}");
}

/// The same document is read alike in both formats, or in neither.
fn assembled(document: &Document) {
    let (json, toml) = (document.json(), document.toml());
    if let (Some(of_json), Some(of_toml)) = (read_json(&json), read_toml(&toml)) {
        same(&of_json, &of_toml, &toml);
    }
}

fn any_text(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    read_toml(&text);
    read_json(&text);
}

/// The settings that `text` is, which can then be written.
fn read_toml(text: &str) -> Option<Builder> {
    let read = understood(toml::from_str(text))?;
    if let Ok(written) = toml::to_string(&read) {
        same(&toml::from_str(&written).expect(&written), &read, &written);
    }
    checked(toml::from_str(text), &read);
    Some(read)
}

fn read_json(text: &str) -> Option<Builder> {
    let read = understood(serde_json::from_str(text))?;
    if let Ok(written) = serde_json::to_string(&read) {
        same(&serde_json::from_str(&written).expect(&written), &read, &written);
    }
    checked(serde_json::from_str(text), &read);
    Some(read)
}

fn understood<E: Display>(read: Result<Builder, E>) -> Option<Builder> {
    let refusal = |refusal: &E| assert!(!refusal.to_string().is_empty());
    read.inspect_err(refusal).ok()
}

/// A snapshot of anything, its figures replaced: every holder can set them.
fn shown(bytes: &mut Bytes<'_>) {
    let clock = ManualClock::at(Nanos::from_nanos(moment(bytes)));
    let breaker = Builder::new().build_with(&clock).expect("the defaults");
    let mut snapshot = breaker.snapshot();
    replace(&mut snapshot, bytes);
    assert!(!snapshot.to_string().is_empty());
    assert!(snapshot.counts.successes() <= snapshot.counts.calls);
    assert!(!format!("{snapshot:?}").is_empty());
}

fn replace(snapshot: &mut Snapshot, bytes: &mut Bytes<'_>) {
    let states = [State::Closed, State::Open, State::HalfOpen, State::Recovering];
    snapshot.state = bytes.pick(&states);
    snapshot.mode = bytes.pick(&[Mode::Normal, Mode::ForceOpen, Mode::ForceClosed, Mode::Shadow]);
    snapshot.since = bytes.maybe(|bytes| Nanos::from_nanos(moment(bytes)));
    snapshot.cause = bytes.maybe(cause);
    snapshot.streak = bytes.byte();
    snapshot.consecutive_failures = bytes.u32();
    snapshot.consecutive_failure_limit = bytes.u32();
    snapshot.remaining = bytes.maybe(duration);
    snapshot.counts.calls = bytes.u32();
    snapshot.counts.failures = bytes.u32();
    snapshot.counts.slow_calls = bytes.u32();
    snapshot.probes.in_flight = bytes.byte();
}

fn cause(bytes: &mut Bytes<'_>) -> Cause {
    let (failures, calls, limit) = (bytes.u32(), bytes.u32(), bytes.u32());
    Cause::Tripped(match bytes.below(5) {
        0 => TripCause::ConsecutiveFailures(failures),
        1 => TripCause::Failures { failures, calls, limit },
        2 => TripCause::FailureRate { failures, calls, limit_ppm: limit },
        3 => TripCause::SlowCallRate { slow_calls: failures, calls, limit_ppm: limit },
        _ => TripCause::TripWhen { failures, calls },
    })
}
