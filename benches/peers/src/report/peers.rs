//! The peers: which versions they are, and where they are ahead.

use super::markdown::number;
use crate::results::Results;
use crate::rounds::{Lane, Outcome};
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

pub(super) fn versions() -> String {
    let versions =
        PACKAGES.map(|name| format!("{name} {}", version(name).unwrap_or("of this tree")));
    format!("Versions: {}.\n", versions.join(", "))
}

fn version(name: &str) -> Option<&'static str> {
    let (_, package) = LOCK.split_once(&format!("name = \"{name}\"\nversion = \""))?;
    package.split('"').next()
}

/// Which breakers do a job in less time or memory than tripword, in words.
pub(super) fn ahead(results: &Results) -> String {
    let faster = results.outcomes.iter().flat_map(faster);
    let found: Vec<_> = faster.chain(lighter(results)).collect();
    if found.is_empty() {
        "No peer and no baseline took less time or memory than tripword at the same job.\n"
            .to_owned()
    } else {
        format!("Ahead of tripword at the same job:\n\n{}", found.concat())
    }
}

fn faster(outcome: &Outcome) -> Vec<String> {
    let ahead = outcome.lanes.iter().filter_map(|lane| Some((lane, is_faster(outcome, lane)?)));
    ahead
        .map(|(lane, ratio)| {
            let name = outcome.subject(lane).full_name();
            format!("- {}: {name}, at {} × the time\n", outcome.question.title, number(ratio))
        })
        .collect()
}

fn is_faster(outcome: &Outcome, lane: &Lane) -> Option<f64> {
    let kind = outcome.subject(lane).kind;
    let ratio = outcome.ratio(lane)?;
    (matches!(kind, Kind::Peer(_) | Kind::Baseline(_)) && ratio < AHEAD).then_some(ratio)
}

/// Which weigh less, new, with the same policy.
fn lighter(results: &Results) -> Vec<String> {
    let lighter = results.weighed.iter().filter_map(|(subject, memory)| {
        let own = results.own_memory(subject.kind.policy()?)?.bytes;
        let other = !matches!(subject.kind, Kind::Own(_));
        (other && memory.bytes < own).then(|| {
            let name = subject.full_name();
            format!("- Memory: {name}, {} bytes to {own}\n", memory.bytes)
        })
    });
    lighter.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_has_a_version() {
        assert!(PACKAGES.iter().all(|name| version(name).is_some()));
    }
}
