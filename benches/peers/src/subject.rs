//! What is measured: its name, what it is here for, and how it is built.

use crate::bench::{Bench, Built};
use crate::call::Breaker;
use crate::job::{Job, Policy, Terms};
use crate::memory::{self, Memory};
use std::time::Duration;

/// The limit that most subjects are compared with.
pub(crate) const CALL_ALONE: &str = "the call alone";

/// What a subject is here for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Own(Policy),
    Peer(Policy),
    /// A breaker with a lock, as people write them.
    Baseline(Policy),
    /// What no breaker can beat.
    Limit,
}

impl Kind {
    pub(crate) fn policy(self) -> Option<Policy> {
        match self {
            Self::Own(policy) | Self::Peer(policy) | Self::Baseline(policy) => Some(policy),
            Self::Limit => None,
        }
    }
}

type Build = Box<dyn Fn(Job) -> Box<dyn Bench>>;

/// How a subject is built for an open duration of zero.
enum Cycling {
    AsBuilt,
    By(Build),
    Never,
}

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The good probes that close it.
    pub(crate) probes: u32,
    /// The subject that it does more than.
    pub(crate) base: &'static str,
    build: Build,
    cycling: Cycling,
    weigh: Box<dyn Fn(Job) -> Memory>,
}

impl Subject {
    pub(crate) fn new<B: Breaker>(
        name: &'static str,
        kind: Kind,
        build: impl Fn(Job) -> B + Copy + 'static,
    ) -> Self {
        Self {
            name,
            kind,
            probes: 1,
            base: CALL_ALONE,
            build: Box::new(move |job| Box::new(Built::new(build(job)))),
            cycling: Cycling::AsBuilt,
            weigh: Box::new(move |job| memory::weigh(|| build(job))),
        }
    }

    pub(crate) fn limit<B: Breaker>(name: &'static str, build: fn() -> B) -> Self {
        Self::new(name, Kind::Limit, move |_| build())
    }

    pub(crate) fn probes(self, probes: u32) -> Self {
        Self { probes, ..self }
    }

    pub(crate) fn over(self, base: &'static str) -> Self {
        Self { base, ..self }
    }

    /// Another way to build it, for an open duration of zero.
    pub(crate) fn cycling<B: Breaker>(self, build: impl Fn(Job) -> B + 'static) -> Self {
        let cycling: Build = Box::new(move |job| Box::new(Built::new(build(job))));
        Self { cycling: Cycling::By(cycling), ..self }
    }

    /// Leaves it out of cycles.
    pub(crate) fn without_cycles(self) -> Self {
        Self { cycling: Cycling::Never, ..self }
    }

    pub(crate) fn build(&self, terms: Terms) -> Box<dyn Bench> {
        (self.build)(self.job(terms))
    }

    /// With an open duration of zero.
    pub(crate) fn build_cycling(&self) -> Option<Box<dyn Bench>> {
        let job = self.job(Terms::open_for(Duration::ZERO));
        match &self.cycling {
            Cycling::AsBuilt => Some((self.build)(job)),
            Cycling::By(build) => Some(build(job)),
            Cycling::Never => None,
        }
    }

    pub(crate) fn weigh(&self) -> Memory {
        (self.weigh)(self.job(Terms::USUAL))
    }

    fn job(&self, terms: Terms) -> Job {
        // A limit has no policy, and reads none.
        Job { policy: self.kind.policy().unwrap_or(Policy::Consecutive), terms }
    }

    /// Its name with its policy, where names alone are not enough.
    pub(crate) fn full_name(&self) -> String {
        match self.kind.policy() {
            Some(policy) => format!("{}, {}", self.name, policy.name()),
            None => self.name.into(),
        }
    }
}
