//! What the design demands, and what was measured. Times are judged only over what this machine needs
//! for the operations that such a call cannot do without, measured in the same rounds.

use super::markdown::{self, number};
use crate::job::Policy;
use crate::question::Topic::{self, *};
use crate::questions::{ASYNC_READY, BY_REFERENCE, READY, SERVICE};
use crate::results::Results;
use crate::rounds::Lane;
use crate::stats;
use crate::subject::CALL_ALONE;
use crate::subjects::*;
use Policy::{Consecutive, LastCalls, Within};

const HEAD: [&str; 6] =
    ["work", "judged", ">demanded", ">measured", "reached", "limit of this machine"];

/// What is demanded of one kind of work.
struct Target {
    work: String,
    /// What the number is.
    judged: &'static str,
    value: f64,
    demand: Demand,
    /// What it is judged over, with its figure.
    limit: String,
}

enum Demand {
    AtMost(f64),
    AtLeast(f64),
}

pub(super) fn table(results: &Results) -> String {
    let judge = Judge(results);
    let rows = judge.all().into_iter().map(Target::row);
    format!(
        "### What is demanded, and what was measured\n\n{}",
        markdown::table(&HEAD, &rows.collect::<Vec<_>>())
    )
}

struct Judge<'a>(&'a Results);

impl Judge<'_> {
    fn all(&self) -> Vec<Target> {
        let bytes = Policy::ALL.map(|policy| self.bytes(policy));
        let groups: [Vec<Target>; 5] = [
            self.healthy(),
            self.on_two_threads(),
            self.others(),
            self.ways(),
            bytes.into_iter().chain([self.allocations()]).collect(),
        ];
        groups.into_iter().flatten().collect()
    }

    /// Where the design says nanoseconds without a limit, those of a machine whose call takes 1.1.
    fn healthy(&self) -> Vec<Target> {
        let over =
            |work, name, policy, limit, most| self.over(work, Healthy, (name, policy), limit, most);
        vec![
            over("healthy call", OWN, Consecutive, CALL_ALONE, 0.7),
            over("healthy call", OWN, LastCalls, CALL_ALONE, 1.0),
            over("healthy call, 8 stripes", STRIPED, Within, ONE_READING, 1.0),
            over("healthy call, 1 stripe", ONE_ROW, Within, READING_THEN_RMW, 2.0),
            over("healthy call, coarse clock, 8 stripes", COARSE_STRIPED, Within, CALL_ALONE, 2.4),
            over("healthy call, coarse clock, 1 stripe", COARSE, Within, ONE_RMW, 3.0),
        ]
    }

    fn on_two_threads(&self) -> Vec<Target> {
        let shared = |name, policy| self.scales(TwoThreads, (name, policy), CALL_ALONE, 0.95);
        vec![
            shared(OWN, Consecutive),
            shared(OWN, LastCalls),
            shared(STRIPED, Within),
            self.scales(WaysOnTwoThreads, (BY_REFERENCE, Consecutive), SERVICE, 0.75),
        ]
    }

    fn others(&self) -> Vec<Target> {
        vec![
            self.over("1 % failures", Failing(100), (OWN, LastCalls), LOAD_THEN_CAS, 2.5),
            self.over("refused", Refused, (OWN, Consecutive), ONE_READING, 1.0),
            self.over("refused, coarse clock", Refused, (COARSE, Within), CALL_ALONE, 2.1),
            self.cycle(),
        ]
    }

    fn ways(&self) -> Vec<Target> {
        let own = |name| (name, Consecutive);
        vec![
            self.over("tower layer by `&'static`", Ways, own(BY_REFERENCE), SERVICE, 7.0),
            self.over("`call_async`, ready at once", Ways, own(ASYNC_READY), READY, 3.0),
        ]
    }

    /// Nanoseconds over a limit, as the median of the differences within the rounds.
    fn over(
        &self,
        work: &str,
        topic: Topic,
        (name, policy): (&str, Policy),
        limit: &str,
        most: f64,
    ) -> Target {
        let own = self.lane(topic, name, Some(policy));
        let limits = self.lane(topic, limit, None);
        let both = own.zip(limits);
        Target {
            work: format!("{work}, {}", policy.name()),
            judged: "ns over the limit",
            value: both
                .map_or(f64::NAN, |(own, limit)| stats::difference(&own.turns, &limit.turns)),
            demand: Demand::AtMost(most),
            limit: format!("{limit}: {} ns", limits.map_or(String::new(), figure)),
        }
    }

    /// How the throughput grows from one thread to two, as a share of how that of a limit does: two
    /// cores of a machine may be one.
    fn scales(
        &self,
        topic: Topic,
        (name, policy): (&str, Policy),
        limit: &str,
        least: f64,
    ) -> Target {
        let scaling = |name, policy| {
            let lane = self.lane(topic, name, policy);
            lane.and_then(|lane| self.0.scaling(topic, lane)).unwrap_or(f64::NAN)
        };
        let (own, alone) = (scaling(name, Some(policy)), scaling(limit, None));
        Target {
            work: format!("two threads, {name}, {}", policy.name()),
            judged: "of the limit's growth in throughput",
            value: own / alone,
            demand: Demand::AtLeast(least),
            limit: format!("{limit}: {} ×", number(alone)),
        }
    }

    fn cycle(&self) -> Target {
        let own = self.lane(Cycle, OWN, Some(Consecutive));
        let peer = self.lane(Cycle, "failsafe", Some(Consecutive));
        Target {
            work: format!("open, half-open, closed, {}", Consecutive.name()),
            judged: "of failsafe's time",
            value: own
                .zip(peer)
                .map_or(f64::NAN, |(own, peer)| stats::ratio(&own.turns, &peer.turns)),
            demand: Demand::AtMost(1.0),
            limit: format!("failsafe: {} ns", peer.map_or(String::new(), figure)),
        }
    }

    fn bytes(&self, policy: Policy) -> Target {
        let most = match policy {
            Consecutive => 160.0,
            LastCalls => 224.0,
            Within => 400.0,
        };
        let bytes = self.0.own_memory(policy).map_or(f64::NAN, |memory| memory.bytes as f64);
        Target {
            work: format!("a breaker, {}", policy.name()),
            judged: "bytes",
            value: bytes,
            demand: Demand::AtMost(most),
            limit: String::new(),
        }
    }

    /// Of a plain call with each policy, and of each way to call.
    fn allocations(&self) -> Target {
        let plain = Policy::ALL.map(|policy| self.0.own_memory(policy).map(|own| own.allocations));
        let ways = self.0.of(Ways).question.subjects.iter();
        let ways = ways.map(|subject| Some(subject.weigh().allocations));
        let all = plain.into_iter().chain(ways).map(|figure| figure.unwrap_or(f64::NAN));
        Target {
            work: "a call, in any way".to_owned(),
            judged: "allocations",
            value: all.sum(),
            demand: Demand::AtMost(0.0),
            limit: String::new(),
        }
    }

    fn lane(&self, topic: Topic, name: &str, policy: Option<Policy>) -> Option<&Lane> {
        self.0.of(topic).lane(name, policy)
    }
}

fn figure(lane: &Lane) -> String {
    number(lane.spread().median)
}

impl Target {
    fn row(self) -> Vec<String> {
        let (demanded, reached) = match self.demand {
            Demand::AtMost(most) => (format!("≤ {}", number(most)), self.value <= most),
            Demand::AtLeast(least) => (format!("≥ {}", number(least)), self.value >= least),
        };
        let reached = if reached { "yes" } else { "**no**" }.to_owned();
        let judged = self.judged.to_owned();
        vec![self.work, judged, demanded, number(self.value), reached, self.limit]
    }
}
