//! What a verdict is on: what a window holds while other calls are recorded.
//!
//! **Of the last calls** it is exactly what the window held at one instant: when the verdict's own
//! call was recorded or, with an archive, when the calls were counted again because others had been
//! recorded meanwhile.
//!
//! **Within a time**, failures are read first and successes after them. Each sum includes all that
//! was recorded before the verdict's own call, that call, and any part of what is recorded until it
//! is read. So all successes count that were recorded before the failures had been read.

use oracle::{Call, Log, Oracle};
use tripword::{Counts, TripCause};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sum {
    Exactly(Counts),
    /// Within a time, before anything is read.
    Begun(Counts),
    /// From `least` to `most` failures were read; at least `successes` will be.
    FailuresRead {
        least: u32,
        most: u32,
        successes: u32,
    },
}

impl Sum {
    /// Just after a call was recorded.
    pub(super) fn of(oracle: &Oracle) -> Self {
        match oracle.log {
            Log::Time(_) => Self::Begun(oracle.counts()),
            _ => Self::Exactly(oracle.counts()),
        }
    }

    /// What it may be by now instead.
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

    /// The possible verdicts.
    pub(super) fn verdicts(self, call: Call, oracle: &Oracle) -> Vec<Option<TripCause>> {
        self.counts(successes(oracle.counts()))
            .into_iter()
            .map(|counts| oracle.verdict(call, counts))
            .collect()
    }

    /// The possible counts, with at most `present` successes.
    fn counts(self, present: u32) -> Vec<Counts> {
        match self {
            Self::Exactly(counts) => vec![counts],
            Self::Begun(_) => Vec::new(),
            Self::FailuresRead { least, most, successes } => (least..=most)
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
