//! What breakers weigh.

use super::markdown;
use crate::memory::Memory;
use crate::results::Results;
use crate::subject::{Kind, Subject};

const HEAD: &[&str] = &[
    "opens at",
    "breaker",
    ">bytes, new",
    ">bytes, after 1,000 calls",
    ">allocations a call",
    ">bytes allocated a call",
];

pub(super) fn table(results: &Results) -> String {
    let mut breakers: Vec<_> =
        results.weighed().filter(|(subject, _)| subject.kind != Kind::Limit).collect();
    breakers.sort_by_key(|(subject, memory)| (subject.kind.policy(), memory.bytes));
    let rows: Vec<_> = breakers.into_iter().map(|(subject, memory)| row(subject, memory)).collect();
    format!("### Memory\n\n{}", markdown::table(HEAD, &rows))
}

fn row(subject: &Subject, memory: &Memory) -> Vec<String> {
    let name = match subject.kind {
        Kind::Own(_) => format!("**{}**", subject.name),
        _ => subject.name.to_owned(),
    };
    vec![
        subject.kind.policy().map_or("", |policy| policy.name()).to_owned(),
        name,
        memory.bytes.to_string(),
        memory.bytes_after_calls.to_string(),
        format!("{:.0}", memory.allocations),
        format!("{:.0}", memory.allocated),
    ]
}
