//! The two runs side by side.

use comfy_table::{
    Cell, CellAlignment, Table, modifiers::UTF8_ROUND_CORNERS, presets::UTF8_FULL_CONDENSED,
};

use crate::{
    args::Args,
    schedule::TIMEOUT,
    summary::Summary,
    units::{exact, readable},
};

/// One row: its name, and how to read its value from a run.
type Row = (&'static str, fn(&Summary) -> String);

const ROWS: [Row; 12] = [
    ("requests", |run| run.requests.to_string()),
    ("  answered by B", |run| run.answered.to_string()),
    ("  served by fallback", |run| run.fallback.to_string()),
    ("  failed", |run| run.failed.to_string()),
    ("    of these timed out", |run| run.timed_out.to_string()),
    ("requests that reached B while it failed (1)", |run| run.hits_while_failing.to_string()),
    ("most requests in flight at once", |run| run.most_in_flight.to_string()),
    ("latency p50 (2)", |run| readable(run.p50)),
    ("latency p90", |run| readable(run.p90)),
    ("latency p99", |run| readable(run.p99)),
    ("time spent waiting, all calls", |run| readable(run.waited)),
    ("from B's recovery to normal service (3)", |run| {
        run.to_normal.map_or("not in this run".into(), readable)
    }),
];

pub(crate) fn print(args: Args, direct: &Summary, guarded: &Summary) {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).apply_modifier(UTF8_ROUND_CORNERS);
    table.set_header([left(""), right("no breaker"), right("with breaker")]);
    for (name, value) in ROWS {
        table.add_row([left(name), right(&value(direct)), right(&value(guarded))]);
    }
    println!("\n{table}\n{}", footnotes(args));
}

fn left(text: &str) -> Cell {
    Cell::new(text)
}

fn right(text: &str) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

fn footnotes(args: Args) -> String {
    format!(
        "(1) counted by B, on arrival
(2) of all calls, from the time a call was due to its answer, fallback or failure; a request to B
    while it fails waits for the timeout of {}
(3) the end of the last call that B did not answer; the breaker notices with its next probe, after
    at most about {} (timeout and open duration)",
        exact(TIMEOUT),
        exact(TIMEOUT + args.open),
    )
}
