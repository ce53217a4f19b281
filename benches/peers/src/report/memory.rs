//! What breakers weigh.

use super::markdown;
use super::times::name;
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
    let weighed = results.weighed.iter();
    let mut breakers: Vec<_> = weighed.filter(|(subject, _)| subject.kind != Kind::Limit).collect();
    breakers.sort_by_key(|(subject, memory)| (subject.kind.policy(), memory.bytes));
    let rows: Vec<_> = breakers.into_iter().map(|(subject, memory)| row(subject, memory)).collect();
    format!("### Memory\n\n{}", markdown::table(HEAD, &rows))
}

fn row(subject: &Subject, memory: &Memory) -> Vec<String> {
    vec![
        subject.kind.policy().map_or("", |policy| policy.name()).to_owned(),
        name(subject),
        memory.bytes.to_string(),
        memory.bytes_after_calls.to_string(),
        format!("{:.0}", memory.allocations),
        format!("{:.0}", memory.allocated),
    ]
}
