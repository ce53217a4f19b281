//! The calls of one generation, as far as its window looks.

use crate::{Settings, Window};
use std::collections::{BTreeMap, VecDeque};
use tripword::Counts;

/// What a window remembers of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    pub failed: bool,
    pub slow: bool,
}

impl Call {
    /// Whether the call can open the circuit.
    pub fn is_adverse(self) -> bool {
        self.failed || self.slow
    }
}

/// The calls of one generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// There is no window.
    None,
    /// The newest first; as many as the window can be made to count by other settings.
    Calls { calls: VecDeque<Call>, room: usize },
    /// By the number of the bucket in which each call was settled.
    Time(BTreeMap<u64, Counts>),
}

impl Log {
    /// An empty log of a breaker that was built with `settings`.
    pub(crate) fn new(settings: &Settings) -> Self {
        match settings.window {
            Window::None => Self::None,
            Window::Calls(_) => {
                Self::Calls { calls: VecDeque::new(), room: settings.room_for_calls() as usize }
            }
            Window::Time { .. } => Self::Time(BTreeMap::new()),
        }
    }

    pub(crate) fn record(&mut self, call: Call, window: Window, now: u128) {
        match self {
            Self::None => {}
            Self::Calls { calls, room } => {
                calls.push_front(call);
                calls.truncate(*room);
            }
            Self::Time(buckets) => add(buckets.entry(window.bucket_at(now)).or_default(), call),
        }
    }

    /// Counts what `window` covers as of `now`: the last calls, or those of the newest buckets. The
    /// present bucket is the newest there is, also while the clock has stepped back.
    pub fn counts(&self, window: Window, now: u128) -> Counts {
        let mut counts = Counts::default();
        match (self, window) {
            (Self::Calls { calls, .. }, Window::Calls(last)) => {
                calls.iter().take(last as usize).for_each(|&call| add(&mut counts, call));
            }
            (Self::Time(buckets), Window::Time { .. }) => {
                let newest = self.newest_bucket().unwrap_or(0).max(window.bucket_at(now));
                let first = (newest + 1).saturating_sub(window.buckets().into());
                for bucket in buckets.range(first..).map(|(_, bucket)| bucket) {
                    counts.calls += bucket.calls;
                    counts.failures += bucket.failures;
                    counts.slow_calls += bucket.slow_calls;
                }
            }
            _ => {}
        }
        counts
    }

    /// Returns the number of the newest bucket that a call was settled in.
    pub fn newest_bucket(&self) -> Option<u64> {
        match self {
            Self::Time(buckets) => buckets.keys().next_back().copied(),
            _ => None,
        }
    }
}

fn add(counts: &mut Counts, call: Call) {
    counts.calls += 1;
    counts.failures += u32::from(call.failed);
    counts.slow_calls += u32::from(call.slow);
}
