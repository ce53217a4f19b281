//! One of those who are measured: what it is called, what it is here for, and how it is built.

use crate::call::Breaker;
use crate::job::{Job, Policy};
use crate::memory::{self, Memory};
use crate::work::{Bench, Built};
use std::time::Duration;

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

pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// The good probes that close it.
    pub(crate) probes: u32,
    build: Build,
    cycling: Option<Build>,
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
            build: Box::new(move |job| Box::new(Built::new(build(job)))),
            cycling: None,
            weigh: Box::new(move |job| memory::weigh(|| build(job))),
        }
    }

    pub(crate) fn probes(self, probes: u32) -> Self {
        Self { probes, ..self }
    }

    /// Another way to build it, for an open duration of zero.
    pub(crate) fn cycling<B: Breaker>(self, build: impl Fn(Job) -> B + 'static) -> Self {
        let cycling: Build = Box::new(move |job| Box::new(Built::new(build(job))));
        Self { cycling: Some(cycling), ..self }
    }

    pub(crate) fn build(&self, open_duration: Duration) -> Box<dyn Bench> {
        (self.build)(self.job(open_duration))
    }

    pub(crate) fn build_cycling(&self) -> Box<dyn Bench> {
        let build = self.cycling.as_ref().unwrap_or(&self.build);
        build(self.job(Duration::ZERO))
    }

    pub(crate) fn weigh(&self) -> Memory {
        (self.weigh)(self.job(Duration::from_secs(30)))
    }

    fn job(&self, open_duration: Duration) -> Job {
        Job {
            // A limit has no policy, and asks for none.
            policy: self.kind.policy().unwrap_or(Policy::Consecutive),
            open_duration,
        }
    }

    /// Its name with its policy, where names alone are not enough.
    pub(crate) fn full_name(&self) -> String {
        match self.kind.policy() {
            Some(policy) => format!("{}, {}", self.name, policy.name()),
            None => self.name.into(),
        }
    }
}
