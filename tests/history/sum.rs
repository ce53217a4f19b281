//! What a verdict is on: what a window holds while calls go on being recorded.
//!
//! **Of the last calls** it is exactly what was held at one instant: when its own call was recorded or, once there is an archive, when it
//! was counted again because that went on.
//!
//! **Of a time**, failures are read first and successes after them. Each sum has all that was recorded before the verdict's own call, and
//! that call; of what is recorded until it has been read it has any part. So all successes count
//! that were there when the failures had been read.

use oracle::{Call, Log, Oracle};
use tripword::{Counts, TripCause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Exactly(Counts),
    /// Over a time, nothing of which has been read.
    Begun(Counts),
    /// From `least` to `most` failures were read; `successes` at least will be.
    FailuresRead {
        least: u32,
        most: u32,
        successes: u32,
    },
}

impl Sum {
    /// As a call has just been recorded.
    pub(super) fn of(oracle: &Oracle) -> Self {
        match oracle.log {
            Log::Time(_) => Self::Begun(oracle.counts()),
            _ => Self::Exactly(oracle.counts()),
        }
    }

    /// What else it can be by now.
    pub(super) fn later(self, oracle: &Oracle) -> Option<Self> {
        let now = oracle.counts();
        match self {
            Self::Exactly(counts) => {
                (counts != now && has_an_archive(oracle)).then_some(Self::Exactly(now))
            }
            Self::Begun(counts) => Some(Self::FailuresRead {
                least: counts.failures,
                most: now.failures,
                successes: successes(now),
            }),
            Self::FailuresRead { .. } => None,
        }
    }

    /// The verdicts that it can come to, of which one is none.
    pub(super) fn verdicts(self, call: Call, oracle: &Oracle) -> Vec<Option<TripCause>> {
        self.counts(successes(oracle.counts()))
            .into_iter()
            .map(|counts| oracle.verdict(call, counts))
            .collect()
    }

    /// What can have been counted when there are so many successes.
    fn counts(self, present: u32) -> Vec<Counts> {
        match self {
            Self::Exactly(counts) => vec![counts],
            Self::Begun(_) => Vec::new(),
            Self::FailuresRead {
                least,
                most,
                successes,
            } => (least..=most)
                .flat_map(|failures| (successes..=present).map(move |good| counts(failures, good)))
                .collect(),
        }
    }
}

/// Whether a word has been full.
fn has_an_archive(oracle: &Oracle) -> bool {
    let in_a_word = oracle.settings.calls_in_a_word() as usize;
    matches!(&oracle.log, Log::Calls { calls, .. } if calls.len() >= in_a_word)
}

fn counts(failures: u32, successes: u32) -> Counts {
    let mut counts = Counts::default();
    counts.calls = failures + successes;
    counts.failures = failures;
    counts
}

fn successes(counts: Counts) -> u32 {
    counts.successes()
}
