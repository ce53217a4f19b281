//! The results of a run, and questions to them.

use crate::job::Policy;
use crate::memory::Memory;
use crate::rounds::{Lane, Outcome};
use crate::scenario::Scenario;
use crate::stats::{self, Spread};
use crate::subject::{Kind, Subject};

pub(crate) struct Results {
    pub(crate) subjects: Vec<Subject>,
    /// Of each subject, in the same order.
    pub(crate) memory: Vec<Memory>,
    pub(crate) outcomes: Vec<Outcome>,
}

impl Results {
    pub(crate) fn of(&self, scenario: Scenario) -> &Outcome {
        let mut outcomes = self.outcomes.iter();
        outcomes.find(|outcome| outcome.scenario == scenario).expect("every scenario was measured")
    }

    pub(crate) fn subject(&self, lane: &Lane) -> &Subject {
        &self.subjects[lane.subject]
    }

    /// The lane of `name` with `policy`; of a limit, if there is none.
    pub(crate) fn lane(
        &self,
        scenario: Scenario,
        name: &str,
        policy: Option<Policy>,
    ) -> Option<&Lane> {
        self.of(scenario).lanes.iter().find(|lane| {
            let subject = self.subject(lane);
            subject.name == name && subject.kind.policy() == policy
        })
    }

    pub(crate) fn median(
        &self,
        scenario: Scenario,
        name: &str,
        policy: Option<Policy>,
    ) -> Option<f64> {
        Some(self.lane(scenario, name, policy)?.spread().median)
    }

    /// How many times as long as tripword a subject takes at the same job.
    pub(crate) fn ratio(&self, scenario: Scenario, lane: &Lane) -> Option<f64> {
        let policy = self.subject(lane).kind.policy()?;
        let own = self.lane(scenario, "tripword", Some(policy))?;
        Some(stats::ratio(&lane.turns, &own.turns) * period(lane) / period(own))
    }

    /// The fastest peer of those with `policy`, or of all of them.
    pub(crate) fn fastest_peer(
        &self,
        scenario: Scenario,
        policy: Option<Policy>,
    ) -> Option<(String, f64)> {
        let lanes = self.of(scenario).lanes.iter().filter(|lane| {
            matches!(self.subject(lane).kind, Kind::Peer(own) if policy.is_none_or(|policy| policy == own))
        });
        lanes
            .map(|lane| (self.subject(lane).full_name(), lane.spread().median))
            .min_by(|one, other| one.1.total_cmp(&other.1))
    }

    pub(crate) fn weighed(&self) -> impl Iterator<Item = (&Subject, &Memory)> {
        self.subjects.iter().zip(&self.memory)
    }

    /// What tripword weighs.
    pub(crate) fn own_bytes(&self, policy: Policy) -> Option<i64> {
        let mut own = self.weighed().filter(|(subject, _)| subject.kind == Kind::Own(policy));
        own.find_map(|(subject, memory)| (subject.name == "tripword").then_some(memory.bytes))
    }

    /// The throughput of two threads on one breaker, in those of one thread.
    pub(crate) fn scaling(&self, lane: &Lane) -> Option<f64> {
        let subject = self.subject(lane);
        let alone = self.median(Scenario::Healthy, subject.name, subject.kind.policy())?;
        Some(2.0 * alone / lane.spread().median)
    }
}

impl Lane {
    pub(crate) fn spread(&self) -> Spread {
        Spread::of(&self.turns)
    }

    pub(crate) fn is_quiet(&self) -> bool {
        stats::is_quiet(&self.turns)
    }
}

/// The calls of a period, which is what a ratio compares.
fn period(lane: &Lane) -> f64 {
    f64::from(lane.period)
}
