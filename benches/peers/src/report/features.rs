//! What it costs to turn on something, each by itself.

use super::markdown::{self, number};
use crate::results::Results;
use crate::rounds::Lane;
use crate::scenario::Scenario;
use crate::subjects::PLAIN;

const HEAD: &[&str] = &["opens at", "with", ">ns a healthy call", ">more", ">bytes"];

pub(super) fn table(results: &Results) -> String {
    let lanes = results.of(Scenario::Healthy).lanes.iter();
    let rows: Vec<_> = lanes.map(|lane| row(results, lane)).collect();
    format!(
        "### What it costs to turn on\n\ntripword alone, healthy, one thread. `metrics` and `tracing` have no recorder and no subscriber.\n\n{}",
        markdown::table(HEAD, &rows)
    )
}

fn row(results: &Results, lane: &Lane) -> Vec<String> {
    let subject = results.subject(lane);
    let policy = subject.kind.policy();
    let time = lane.spread().median;
    let plain = results.median(Scenario::Healthy, PLAIN, policy);
    let more = plain.filter(|_| subject.name != PLAIN).map(|plain| time - plain);
    vec![
        policy.map_or("", |policy| policy.name()).to_owned(),
        subject.name.to_owned(),
        number(time),
        more.map_or(String::new(), |more| format!("{more:+.2}")),
        results.memory[lane.subject].bytes.to_string(),
    ]
}
