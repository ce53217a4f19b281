//! One table a situation: who takes how long.

use super::markdown::{number, table};
use crate::results::Results;
use crate::rounds::{Lane, Outcome};
use crate::scenario::Scenario;
use crate::subject::Kind;

pub(super) fn tables(results: &Results) -> String {
    let sections = Scenario::ALL.map(|scenario| section(results, results.of(scenario)));
    sections.join("\n")
}

fn section(results: &Results, outcome: &Outcome) -> String {
    let rows: Vec<_> = in_order(results, outcome)
        .into_iter()
        .map(|lane| row(results, outcome.scenario, lane))
        .collect();
    format!(
        "### {}\n\n{}{}",
        outcome.scenario.title(),
        table(head(outcome.scenario), &rows),
        absent(results, outcome)
    )
}

fn head(scenario: Scenario) -> &'static [&'static str] {
    match scenario {
        Scenario::Healthy | Scenario::OnePercent | Scenario::Refused => {
            &["opens at", "breaker", ">ns a call", ">middle half", ">to tripword"]
        }
        Scenario::Shared => &[
            "opens at",
            "breaker",
            ">ns a call and thread",
            ">middle half",
            ">to tripword",
            ">throughput to one thread",
        ],
        Scenario::Cycle => &[
            "opens at",
            "breaker",
            ">ns a cycle",
            ">middle half",
            ">to tripword",
            ">calls a cycle",
        ],
    }
}

fn row(results: &Results, scenario: Scenario, lane: &Lane) -> Vec<String> {
    let subject = results.subject(lane);
    let unit = match scenario {
        Scenario::Cycle => f64::from(lane.period),
        _ => 1.0,
    };
    let spread = lane.spread();
    let policy = subject.kind.policy().map_or("", |policy| policy.name());
    let ratio = results.ratio(scenario, lane);
    let mut row = vec![
        policy.to_owned(),
        name(results, lane),
        format!("{}{}", doubt(lane), number(unit * spread.median)),
        format!("{} – {}", number(unit * spread.low), number(unit * spread.high)),
        ratio.map_or(String::new(), |ratio| format!("{} ×", number(ratio))),
    ];
    match scenario {
        Scenario::Shared => {
            row.push(results.scaling(lane).map_or(String::new(), |s| format!("{s:.2} ×")))
        }
        Scenario::Cycle => row.push(lane.period.to_string()),
        _ => {}
    }
    row
}

fn name(results: &Results, lane: &Lane) -> String {
    let subject = results.subject(lane);
    match subject.kind {
        Kind::Own(_) => format!("**{}**", subject.name),
        Kind::Baseline(_) => format!("baseline: {}", subject.name),
        Kind::Peer(_) | Kind::Limit => subject.name.to_owned(),
    }
}

/// A mark for a figure with disturbed turns in it.
fn doubt(lane: &Lane) -> &'static str {
    if lane.is_quiet() { "" } else { "~" }
}

/// By policy, then by time; the limits last.
fn in_order<'a>(results: &Results, outcome: &'a Outcome) -> Vec<&'a Lane> {
    let mut lanes: Vec<_> = outcome.lanes.iter().collect();
    lanes.sort_by(|one, other| {
        let policy = |lane: &Lane| results.subject(lane).kind.policy();
        let first = policy(one).is_none().cmp(&policy(other).is_none());
        let time = |lane: &Lane| lane.spread().median;
        first.then(policy(one).cmp(&policy(other))).then(time(one).total_cmp(&time(other)))
    });
    lanes
}

fn absent(results: &Results, outcome: &Outcome) -> String {
    let left_out: Vec<_> = outcome
        .absent
        .iter()
        .filter(|(index, _)| results.subjects[*index].kind != Kind::Limit)
        .map(|(index, why)| format!("{} {why}", results.subjects[*index].full_name()))
        .collect();
    if left_out.is_empty() {
        String::new()
    } else {
        format!("\nLeft out: {}.\n", left_out.join("; "))
    }
}
