//! One table a question: the only place that makes rows of measured times.

use super::markdown::{number, table};
use crate::question::{Column, Order, Question};
use crate::results::Results;
use crate::rounds::{Lane, Outcome};
use crate::stats;
use crate::subject::{Kind, Subject};

pub(super) fn tables(results: &Results) -> String {
    let sections = results.outcomes.iter().map(|outcome| section(results, outcome));
    sections.collect::<Vec<_>>().join("\n")
}

fn section(results: &Results, outcome: &Outcome) -> String {
    let Question { title, about, columns, .. } = &outcome.question;
    let about = if about.is_empty() { String::new() } else { format!("{about}\n\n") };
    let head: Vec<_> = columns.iter().map(|&column| head(column)).collect();
    let head: Vec<_> = head.iter().map(String::as_str).collect();
    let cells = |lane| columns.iter().map(move |&column| cell(results, outcome, lane, column));
    let rows: Vec<Vec<_>> =
        in_order(outcome).into_iter().map(|lane| cells(lane).collect()).collect();
    format!("### {title}\n\n{about}{}{}", table(&head, &rows), absent(outcome))
}

fn head(column: Column) -> String {
    match column {
        Column::OpensAt => "opens at".to_owned(),
        Column::Name(what) => what.to_owned(),
        Column::Nanos(what) => format!(">ns {what}"),
        Column::MiddleHalf => ">middle half".to_owned(),
        Column::More(what) => format!(">{what}"),
        Column::Than => "than".to_owned(),
        Column::ToTripword => ">to tripword".to_owned(),
        Column::ToOneThread => ">throughput to one thread".to_owned(),
        Column::CallsOfCycle => ">calls a cycle".to_owned(),
        Column::Bytes => ">bytes".to_owned(),
    }
}

fn cell(results: &Results, outcome: &Outcome, lane: &Lane, column: Column) -> String {
    let (subject, spread) = (outcome.subject(lane), lane.spread());
    let times = |ratio: f64| format!("{} ×", number(ratio));
    let cell = match column {
        Column::OpensAt => subject.kind.policy().map(|policy| policy.name().to_owned()),
        Column::Name(_) => Some(name(subject)),
        Column::Nanos(_) => Some(format!("{}{}", doubt(lane), number(spread.median))),
        Column::MiddleHalf => Some(format!("{} – {}", number(spread.low), number(spread.high))),
        Column::More(_) => outcome.base(lane).map(|base| more(lane, base)),
        Column::Than => outcome.base(lane).map(|base| outcome.subject(base).name.to_owned()),
        Column::ToTripword => outcome.ratio(lane).map(times),
        Column::ToOneThread => results.scaling(outcome.question.topic, lane).map(times),
        Column::CallsOfCycle => Some(lane.period.to_string()),
        Column::Bytes => Some(subject.weigh().bytes.to_string()),
    };
    cell.unwrap_or_default()
}

pub(super) fn name(subject: &Subject) -> String {
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

fn more(lane: &Lane, base: &Lane) -> String {
    let more = stats::difference(&lane.turns, &base.turns);
    let sign = if more < 0.0 { "−" } else { "+" };
    format!("{sign}{}", number(more.abs()))
}

fn in_order(outcome: &Outcome) -> Vec<&Lane> {
    let mut lanes: Vec<_> = outcome.lanes.iter().collect();
    match outcome.question.order {
        Order::AsListed => lanes.sort_by_key(|lane| lane.subject),
        Order::ByTime => lanes.sort_by(|one, other| {
            let policy = |lane: &Lane| outcome.subject(lane).kind.policy();
            let first = policy(one).is_none().cmp(&policy(other).is_none());
            let time = |lane: &Lane| lane.spread().median;
            first.then(policy(one).cmp(&policy(other))).then(time(one).total_cmp(&time(other)))
        }),
    }
    lanes
}

fn absent(outcome: &Outcome) -> String {
    let name = |index: usize| outcome.question.subjects[index].full_name();
    let left_out = outcome.absent.iter().map(|(index, why)| format!("{} {why}", name(*index)));
    let left_out: Vec<_> = left_out.collect();
    if left_out.is_empty() {
        String::new()
    } else {
        format!("\nLeft out: {}.\n", left_out.join("; "))
    }
}
