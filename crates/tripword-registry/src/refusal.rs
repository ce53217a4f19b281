//! Refusals that say whose they are.

use super::failure::LastFailure;
use crate::error::{Reason, Rejected, WhatItIs};
use crate::nanos::Wait;
use crate::state::Cause;
use core::fmt;
use core::time::Duration;
use std::boxed::Box;
use std::sync::Arc;

/// A refusal by a named breaker: a [`Rejected`] with the name, and perhaps with the last failure.
///
/// ```
/// use std::time::Duration;
/// use tripword::registry::Registry;
/// use tripword::{Config, ManualClock};
///
/// # static CLOCK: ManualClock = ManualClock::new();
/// let registry = Registry::builder().clock(&CLOCK).build();
/// let payments = registry.get_or_create("payments");
/// payments.trip_for(Duration::from_secs(8));
/// let refused = payments.try_acquire().unwrap_err();
/// assert_eq!(refused.to_string(), r#"circuit "payments" open, retry in 8.0 s"#);
/// assert_eq!(refused.retry_after(), Some(Duration::from_secs(8)));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRejected<K = Arc<str>> {
    name: K,
    rejected: Rejected,
    /// In a box, since a refusal is also the larger half of each answer that is a permit.
    story: Option<Box<Story>>,
}

/// What is behind an open circuit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Story {
    cause: Option<Cause>,
    last_failure: Arc<LastFailure>,
}

impl<K> NamedRejected<K> {
    pub(super) fn new(name: K, rejected: Rejected) -> Self {
        Self {
            name,
            rejected,
            story: None,
        }
    }

    pub(super) fn because(self, cause: Option<Cause>, last_failure: Arc<LastFailure>) -> Self {
        let story = Story {
            cause,
            last_failure,
        };
        Self {
            story: Some(Box::new(story)),
            ..self
        }
    }

    /// The name of the breaker.
    #[must_use]
    pub fn name(&self) -> &K {
        &self.name
    }

    /// The refusal itself.
    #[must_use]
    pub fn rejected(&self) -> Rejected {
        self.rejected
    }

    /// Why the call was refused.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.rejected.reason()
    }

    /// How long to wait at the most; see [`Rejected::retry_after`].
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.rejected.retry_after()
    }

    /// What opened the circuit, where a failure was noted and it is known.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        self.story.as_ref()?.cause
    }

    /// The last failure, where one was noted.
    #[must_use]
    pub fn last_failure(&self) -> Option<&LastFailure> {
        self.story.as_ref().map(|story| &*story.last_failure)
    }

    fn tell(&self, f: &mut fmt::Formatter<'_>, story: &Story) -> fmt::Result {
        match self.retry_after() {
            Some(wait) => write!(f, "open for {} more: ", Wait(wait))?,
            None => f.write_str("open until moved by hand: ")?,
        }
        match story.cause {
            Some(Cause::Tripped(verdict)) => write!(f, "{verdict}, ")?,
            Some(cause) => write!(f, "{cause}, ")?,
            None => {}
        }
        write!(f, "last: {}", story.last_failure)
    }
}

impl<K: fmt::Display> fmt::Display for NamedRejected<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit \"{}\" ", self.name)?;
        match &self.story {
            Some(story) => self.tell(f, story),
            None => write!(f, "{}", WhatItIs(self.rejected)),
        }
    }
}

impl<K: fmt::Display + fmt::Debug> core::error::Error for NamedRejected<K> {}

/// Without the name.
impl<K> From<NamedRejected<K>> for Rejected {
    fn from(named: NamedRejected<K>) -> Self {
        named.rejected
    }
}
