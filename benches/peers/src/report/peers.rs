//! The peers: which versions they are, and where they are ahead.

use super::markdown::number;
use crate::results::Results;
use crate::rounds::Lane;
use crate::scenario::Scenario;
use crate::subject::Kind;

const LOCK: &str = include_str!("../../Cargo.lock");
const PACKAGES: [&str; 8] = [
    "tripword",
    "breaker",
    "circuitbreaker-rs",
    "failsafe",
    "recloser",
    "seatbelt",
    "tower-resilience-circuitbreaker",
    "parking_lot",
];
/// Less than this is the same.
const AHEAD: f64 = 0.98;

pub(super) fn versions(_: &Results) -> String {
    let versions =
        PACKAGES.map(|name| format!("{name} {}", version(name).unwrap_or("of this tree")));
    format!("Versions: {}.\n", versions.join(", "))
}

fn version(name: &str) -> Option<&'static str> {
    let (_, package) = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

/// Who does a job in less time than tripword, in words.
pub(super) fn ahead(results: &Results) -> String {
    let found: Vec<_> = Scenario::ALL
        .into_iter()
        .flat_map(|scenario| ahead_in(results, scenario))
        .chain(lighter(results))
        .collect();
    if found.is_empty() {
        "No peer and no baseline took less time or memory than tripword at the same job.\n"
            .to_owned()
    } else {
        format!("Ahead of tripword at the same job:\n\n{}", found.concat())
    }
}

fn ahead_in(results: &Results, scenario: Scenario) -> Vec<String> {
    let lanes = results.of(scenario).lanes.iter();
    let ahead = lanes.filter_map(|lane| Some((lane, faster(results, scenario, lane)?)));
    ahead
        .map(|(lane, ratio)| {
            let name = results.subject(lane).full_name();
            format!("- {}: {name}, at {} × the time\n", scenario.title(), number(ratio))
        })
        .collect()
}

/// Who weighs less, new, with the same policy.
fn lighter(results: &Results) -> Vec<String> {
    let lighter = results.weighed().filter_map(|(subject, memory)| {
        let own = results.own_bytes(subject.kind.policy()?)?;
        let other = !matches!(subject.kind, Kind::Own(_));
        (other && memory.bytes < own).then(|| {
            let name = subject.full_name();
            format!("- Memory: {name}, {} bytes to {own}\n", memory.bytes)
        })
    });
    lighter.collect()
}

fn faster(results: &Results, scenario: Scenario, lane: &Lane) -> Option<f64> {
    let kind = results.subject(lane).kind;
    let ratio = results.ratio(scenario, lane)?;
    (matches!(kind, Kind::Peer(_) | Kind::Baseline(_)) && ratio < AHEAD).then_some(ratio)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_version() {
        assert!(PACKAGES.iter().all(|name| version(name).is_some()));
    }
}
