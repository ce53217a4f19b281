//! Many threads: what they get done, and what the slowest of them meets.

use super::markdown::{number, table};
use super::times::name;
use crate::crowd::Crowd;
use crate::results::Results;
use std::thread::available_parallelism;

pub(super) fn tables(results: &Results) -> String {
    let cores = available_parallelism().map_or(0, |cores| cores.get());
    format!(
        "### Many threads on one breaker\n\nHealthy, on {cores} cores; not judged. Millions of calls \
         a second of all threads together:\n\n{}\nThe 99.9th percentile of a call, in ns, of the \
         thread whose percentile is the largest; two readings of a clock included:\n\n{}",
        figures(results, |crowd| crowd.calls_per_second / 1e6),
        figures(results, |crowd| crowd.tail),
    )
}

/// A row for each subject, a column for each number of threads.
fn figures(results: &Results, figure: fn(&Crowd) -> f64) -> String {
    let threads = results.crowds.threads.iter().map(|threads| format!(">{threads} threads"));
    let head: Vec<_> =
        ["opens at", "breaker"].map(str::to_owned).into_iter().chain(threads).collect();
    let head: Vec<_> = head.iter().map(String::as_str).collect();
    let rows = results.crowds.rows.iter().map(|(subject, crowds)| {
        let policy = subject.kind.policy().map_or("", |policy| policy.name());
        let figures = crowds.iter().map(|crowd| number(figure(crowd)));
        [policy.to_owned(), name(subject)].into_iter().chain(figures).collect()
    });
    table(&head, &rows.collect::<Vec<Vec<_>>>())
}
