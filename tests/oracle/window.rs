//! What a window holds: the calls of one generation, each of them in plain sight.

use super::Call;
use super::settings::{Settings, Window};
use std::collections::VecDeque;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) calls: u32,
    pub(crate) failures: u32,
    pub(crate) slow_calls: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    Nothing,
    /// The last `most`, the newest first, and a few more that its words have room for.
    LastCalls {
        most: usize,
        room: usize,
        in_a_word: usize,
        calls: VecDeque<Call>,
    },
    Within(Rows),
}

impl Held {
    pub(crate) fn new(settings: &Settings) -> Self {
        let window = settings.window;
        match window {
            Window::None => Self::Nothing,
            Window::Calls(most) => Self::LastCalls {
                most: most as usize,
                room: settings.room_for_calls() as usize,
                in_a_word: settings.calls_in_a_word() as usize,
                calls: VecDeque::new(),
            },
            Window::Time { .. } => Self::Within(Rows::new(window)),
        }
    }

    pub(crate) fn record(&mut self, call: Call, now: u128) {
        match self {
            Self::Nothing => {}
            Self::LastCalls { room, calls, .. } => {
                calls.push_front(call);
                calls.truncate(*room);
            }
            Self::Within(rows) => rows.record(call, now),
        }
    }

    /// Counts the last `calls` from now on.
    pub(crate) fn resize(&mut self, window: Window) {
        if let (Self::LastCalls { most, .. }, Window::Calls(calls)) = (self, window) {
            *most = calls as usize;
        }
    }

    pub(crate) fn counts(&self, now: u128) -> Counts {
        match self {
            Self::Nothing => Counts::default(),
            Self::LastCalls { most, calls, .. } => tally(calls.iter().take(*most)),
            Self::Within(rows) => rows.counts(now),
        }
    }
}

fn tally<'a>(calls: impl Iterator<Item = &'a Call>) -> Counts {
    let mut counts = Counts::default();
    for call in calls {
        counts.calls += 1;
        counts.failures += u32::from(call.failed);
        counts.slow_calls += u32::from(call.slow);
    }
    counts
}

/// Calls by the bucket they were recorded in: failures, successes, and slow ones once more.
///
/// While the clock goes ahead, a call of bucket `b` counts as long as the present bucket is less than `buckets` ahead of `b`. Each row
/// has one place for the buckets whose numbers differ by a multiple of `buckets`, which the newest has. That shows only if the clock
/// steps back: a bucket is newer if it is ahead by 1 to 4 times `buckets`; a call whose place a newer one has is not recorded; and
/// whoever counts and meets a newer one takes it as the present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows {
    /// In nanoseconds.
    bucket: u64,
    buckets: i64,
    failures: Row,
    successes: Row,
    slow_calls: Row,
    /// Calls that found a newer bucket in their place.
    pub(crate) late: u32,
}

/// Numbers of buckets, and the calls in each.
type Row = Vec<(i64, u32)>;

impl Rows {
    fn new(window: Window) -> Self {
        Self {
            bucket: window.bucket().as_nanos() as u64,
            buckets: window.buckets().into(),
            failures: Row::new(),
            successes: Row::new(),
            slow_calls: Row::new(),
            late: 0,
        }
    }

    fn record(&mut self, call: Call, now: u128) {
        let (bucket, buckets) = (self.number(now), self.buckets);
        let row = match call.failed {
            true => &mut self.failures,
            false => &mut self.successes,
        };
        let is_in_time = add(row, bucket, buckets);
        if call.slow {
            add(&mut self.slow_calls, bucket, buckets);
        }
        self.late += u32::from(!is_in_time);
    }

    fn counts(&self, now: u128) -> Counts {
        let present = self.present(now);
        let sum = |row: &Row| {
            let held = |&&(number, _): &&_| (0..self.buckets).contains(&(present - number));
            row.iter().filter(held).map(|(_, calls)| calls).sum::<u32>()
        };
        let failures = sum(&self.failures);
        let calls = failures + sum(&self.successes);
        Counts {
            calls,
            failures,
            slow_calls: sum(&self.slow_calls).min(calls),
        }
    }

    /// The bucket of now, or the newest that can be met from there.
    fn present(&self, now: u128) -> i64 {
        let mut present = self.number(now);
        let rows = [&self.failures, &self.successes, &self.slow_calls];
        let numbers = || rows.into_iter().flatten().map(|&(number, _)| number);
        while let Some(newer) = numbers().find(|&number| is_newer(number, present, self.buckets)) {
            present = newer;
        }
        present
    }

    /// Whether the clock stepped back behind what is held.
    pub(crate) fn is_ahead_of(&self, now: u128) -> bool {
        self.present(now) != self.number(now)
    }

    /// How many buckets ago each bucket was that is held, whether it counts or not.
    pub(crate) fn ages(&self, now: u128) -> impl Iterator<Item = i64> {
        let present = self.present(now);
        let rows = [&self.failures, &self.successes, &self.slow_calls];
        let held = rows.into_iter().flatten();
        held.map(move |&(number, _)| present - number)
    }

    fn number(&self, now: u128) -> i64 {
        (now as u64 / self.bucket) as i64
    }
}

/// Counts a call in `bucket`, unless its place is a newer one's.
fn add(row: &mut Row, bucket: i64, buckets: i64) -> bool {
    let place = |number| number % buckets;
    let Some(held) = row.iter_mut().find(|held| place(held.0) == place(bucket)) else {
        row.push((bucket, 1));
        return true;
    };
    let is_late = is_newer(held.0, bucket, buckets);
    if held.0 == bucket {
        held.1 += 1;
    } else if !is_late {
        *held = (bucket, 1);
    }
    !is_late
}

fn is_newer(number: i64, bucket: i64, buckets: i64) -> bool {
    (1..=4 * buckets).contains(&(number - bucket))
}
