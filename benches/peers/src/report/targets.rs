//! What the design demands, and what was measured.

use super::markdown::{self, number};
use crate::job::Policy;
use crate::results::Results;
use crate::scenario::Scenario::{self, Healthy, OnePercent, Refused, Shared};
use Policy::{Consecutive, LastCalls, Within};

/// Who counts a time on a coarse clock, too.
const COARSE_PEER: &str = "seatbelt, coarse clock";

/// What is demanded of one kind of work.
struct Target {
    work: String,
    /// What the number is.
    measured: String,
    value: f64,
    demand: Demand,
}

enum Demand {
    AtMost(f64),
    AtLeast(f64),
}

pub(super) fn table(results: &Results) -> String {
    let rows: Vec<_> = all(results).into_iter().map(Target::row).collect();
    let head = ["work", "figure", ">demanded", ">measured", "reached"];
    format!("### What is demanded, and what was measured\n\n{}", markdown::table(&head, &rows))
}

fn all(results: &Results) -> Vec<Target> {
    let quick = [Consecutive, LastCalls];
    let mut targets = Vec::new();
    targets.extend(quick.into_iter().flat_map(|policy| healthy(results, policy)));
    targets.extend(quick.map(|policy| shared(results, policy)));
    targets.extend(timed(results));
    targets.extend(quick.map(|policy| one_percent(results, policy)));
    targets.extend(refused(results));
    targets.extend(Policy::ALL.map(|policy| bytes(results, policy)));
    targets.push(allocations(results));
    targets
}

fn healthy(results: &Results, policy: Policy) -> [Target; 2] {
    let own = own(results, Healthy, "tripword", policy);
    let work = format!("healthy call, {}", policy.name());
    let (peer, time) = fastest(results, None);
    [
        Target::new(&work, "ns over the call alone", own - alone(results), Demand::AtMost(1.0)),
        Target::new(
            &work,
            &format!("of the fastest peer's time ({peer})"),
            own / time,
            Demand::AtMost(1.0 / 3.0),
        ),
    ]
}

fn shared(results: &Results, policy: Policy) -> Target {
    let lane = results.lane(Shared, "tripword", Some(policy));
    let scaling = lane.and_then(|lane| results.scaling(lane));
    let work = format!("the same on two threads, {}", policy.name());
    Target::new(&work, "× the throughput of one", scaling.unwrap_or(f64::NAN), Demand::AtLeast(1.9))
}

fn timed(results: &Results) -> [Target; 3] {
    let own_time = own(results, Healthy, "tripword", Within);
    let work = format!("healthy call, {}", Within.name());
    let (peer, time) = fastest(results, Some(Within));
    let coarse = own(results, Healthy, "tripword, coarse clock", Within);
    let their_coarse = results.median(Healthy, COARSE_PEER, Some(Within));
    [
        Target::new(
            &work,
            "ns over the call, one clock reading and then an RMW",
            own_time - limit(results, "+ one clock reading, then an RMW"),
            Demand::AtMost(2.0),
        ),
        Target::new(
            &work,
            &format!("of the fastest such peer's time ({peer})"),
            own_time / time,
            Demand::AtMost(0.2),
        ),
        Target::new(
            &format!("{work}, coarse clock"),
            &format!("of the time of {COARSE_PEER}"),
            coarse / their_coarse.unwrap_or(f64::NAN),
            Demand::AtMost(0.2),
        ),
    ]
}

fn one_percent(results: &Results, policy: Policy) -> Target {
    let work = format!("1 % failures, {}", policy.name());
    Target::new(&work, "ns", own(results, OnePercent, "tripword", policy), Demand::AtMost(5.0))
}

fn refused(results: &Results) -> [Target; 2] {
    let reading = limit(results, "+ one clock reading") - alone(results);
    let over = own(results, Refused, "tripword", Consecutive) - reading;
    let coarse = own(results, Refused, "tripword, coarse clock", Within);
    [
        Target::new("refused", "ns over one clock reading", over, Demand::AtMost(2.0)),
        Target::new("refused, coarse clock", "ns", coarse, Demand::AtMost(3.0)),
    ]
}

fn bytes(results: &Results, policy: Policy) -> Target {
    let most = match policy {
        Consecutive => 160.0,
        LastCalls => 224.0,
        Within => 400.0,
    };
    let bytes = memory_of(results, policy, |memory| memory.bytes as f64);
    Target::new(&format!("a breaker, {}", policy.name()), "bytes", bytes, Demand::AtMost(most))
}

fn allocations(results: &Results) -> Target {
    let allocations =
        Policy::ALL.map(|policy| memory_of(results, policy, |memory| memory.allocations));
    Target::new("a call", "allocations", allocations.iter().sum(), Demand::AtMost(0.0))
}

fn memory_of(
    results: &Results,
    policy: Policy,
    figure: impl Fn(&crate::memory::Memory) -> f64,
) -> f64 {
    let mut subjects = results.weighed();
    let own = subjects
        .find(|(subject, _)| subject.name == "tripword" && subject.kind.policy() == Some(policy));
    own.map_or(f64::NAN, |(_, memory)| figure(memory))
}

fn own(results: &Results, scenario: Scenario, name: &str, policy: Policy) -> f64 {
    results.median(scenario, name, Some(policy)).unwrap_or(f64::NAN)
}

fn alone(results: &Results) -> f64 {
    limit(results, "the call alone")
}

fn limit(results: &Results, name: &str) -> f64 {
    results.median(Healthy, name, None).unwrap_or(f64::NAN)
}

fn fastest(results: &Results, policy: Option<Policy>) -> (String, f64) {
    let none = || ("none".to_owned(), f64::NAN);
    results.fastest_peer(Healthy, policy).unwrap_or_else(none)
}

impl Target {
    fn new(work: &str, measured: &str, value: f64, demand: Demand) -> Self {
        Self { work: work.to_owned(), measured: measured.to_owned(), value, demand }
    }

    fn row(self) -> Vec<String> {
        let (demanded, reached) = match self.demand {
            Demand::AtMost(most) => (format!("≤ {}", number(most)), self.value <= most),
            Demand::AtLeast(least) => (format!("≥ {}", number(least)), self.value >= least),
        };
        let reached = if reached { "yes" } else { "**no**" };
        vec![self.work, self.measured, demanded, number(self.value), reached.to_owned()]
    }
}
