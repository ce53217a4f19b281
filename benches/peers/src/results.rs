//! The results of a run, and questions to them.

use crate::job::Policy;
use crate::memory::Memory;
use crate::question::Topic;
use crate::questions::Crowds;
use crate::rounds::{Lane, Outcome};
use crate::stats;
use crate::subject::{Kind, Subject};
use crate::subjects::OWN;

pub(crate) struct Results {
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) crowds: Crowds,
    /// The subjects that each policy has, with what they weigh.
    pub(crate) weighed: Vec<(Subject, Memory)>,
}

impl Results {
    pub(crate) fn of(&self, topic: Topic) -> &Outcome {
        let mut outcomes = self.outcomes.iter();
        outcomes.find(|outcome| outcome.question.topic == topic).expect("everything was measured")
    }

    /// The throughput of two threads on one breaker, in those of one thread.
    pub(crate) fn scaling(&self, topic: Topic, lane: &Lane) -> Option<f64> {
        let alone = self.of(match topic {
            Topic::TwoThreads => Topic::Healthy,
            Topic::WaysOnTwoThreads => Topic::Ways,
            _ => return None,
        });
        let subject = self.of(topic).subject(lane);
        let alone = alone.lane(subject.name, subject.kind.policy())?;
        Some(2.0 * alone.spread().median / lane.spread().median)
    }

    /// What tripword weighs.
    pub(crate) fn own_memory(&self, policy: Policy) -> Option<Memory> {
        let mut own = self.weighed.iter().filter(|(subject, _)| subject.kind == Kind::Own(policy));
        own.find_map(|(subject, memory)| (subject.name == OWN).then_some(*memory))
    }
}

impl Outcome {
    /// The lane of `name` with `policy`; of a limit, if there is none.
    pub(crate) fn lane(&self, name: &str, policy: Option<Policy>) -> Option<&Lane> {
        self.lanes.iter().find(|lane| {
            let subject = self.subject(lane);
            subject.name == name && subject.kind.policy() == policy
        })
    }

    /// The lane that a lane does more than: of the same policy, or a limit.
    pub(crate) fn base(&self, lane: &Lane) -> Option<&Lane> {
        let subject = self.subject(lane);
        let same = self.lane(subject.base, subject.kind.policy());
        let base = same.or_else(|| self.lane(subject.base, None))?;
        (base.subject != lane.subject).then_some(base)
    }

    /// How many times as long as tripword a subject takes at the same job.
    pub(crate) fn ratio(&self, lane: &Lane) -> Option<f64> {
        let own = self.lane(OWN, Some(self.subject(lane).kind.policy()?))?;
        Some(stats::ratio(&lane.turns, &own.turns))
    }
}
