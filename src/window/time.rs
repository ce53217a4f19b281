//! Calls over a time: a ring of buckets, each of them a word of failures, of successes and, where they are judged, of slow calls.
//!
//! ```text
//!  stamp:40 = generation * 2^24 + bucket, modulo 2^40 | count:24, stays at its largest
//! ```
//!
//! Time is cut into buckets from the clock's zero on; a bucket has a number, and its words stand at that number modulo the ring. The stamp
//! sets generations 2^24 buckets apart, further than a window looks, so one comparison tells a bucket of this generation and of this time
//! from all others. A bucket is newer if it is ahead by up to four rings; anything else is older, and is turned over by whoever writes
//! there next. No gap of idle time leaves anything behind, short of one that stamps repeat after (34 years with buckets of 1 ms).
//!
//! Before them stands a hint, which bucket was recorded in last. Successes can be spread over stripes, each on cache lines of its own, among which threads are spread by their stacks.

mod spot;

use crate::bits::Field;
use crate::counts::Counts;
use crate::nanos::Nanos;
use crate::outcome::Call;
use crate::sync::Ordering::{Acquire, Release, SeqCst};
use crate::sync::{Word, fence};
use crate::word::cell::ControlCell;
use core::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use spot::Spot;

const STAMP: Field = Field::new(24, 40);
const COUNT: Field = Field::new(0, 24);

/// How far two generations are apart, as a power of two.
const GENERATION_SHIFT: u32 = 24;

/// Words that keep two stripes off each other's cache lines (128 bytes, as two lines are often fetched together), wherever the first
/// begins.
const APART: usize = 16;

/// The failures that `buckets` can count.
pub(crate) const fn most_failures(buckets: u32) -> u64 {
    buckets as u64 * COUNT.max()
}

/// The calls that `buckets` with so many stripes can count.
pub(crate) const fn most_calls(buckets: u32, stripes: u32) -> u64 {
    most_failures(buckets).saturating_mul(1 + stripes as u64)
}

/// How a window of time is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    bucket_millis: NonZeroU32,
    buckets: NonZeroU16,
    stripes: u8,
    slow: bool,
}

impl Layout {
    /// A window of `buckets` of `bucket_millis` each. All numbers are at least 1.
    pub(crate) const fn new(bucket_millis: u32, buckets: u16, stripes: u8, slow: bool) -> Self {
        Self {
            bucket_millis: match NonZeroU32::new(bucket_millis) {
                Some(millis) => millis,
                None => NonZeroU32::MIN,
            },
            buckets: match NonZeroU16::new(buckets) {
                Some(buckets) => buckets,
                None => NonZeroU16::MIN,
            },
            stripes,
            slow,
        }
    }

    pub(crate) const fn words(self) -> usize {
        self.successes_at(self.stripes as usize - 1) + self.buckets()
    }

    /// The number of the bucket that `now` is in.
    fn bucket(self, now: Nanos) -> u64 {
        now.as_millis() / NonZeroU64::from(self.bucket_millis)
    }

    fn spot(self, now: Nanos) -> Spot {
        let bucket = self.bucket(now);
        let place = (bucket % NonZeroU64::from(self.buckets)) as usize;
        Spot { bucket, place }
    }

    /// Whether `now` is in `bucket`, which is that of some moment.
    #[inline]
    const fn is_in(self, bucket: u64, now: Nanos) -> bool {
        let length = self.bucket_millis.get() as u64;
        now.as_millis().wrapping_sub(bucket * length) < length
    }

    const fn buckets(self) -> usize {
        self.buckets.get() as usize
    }

    const fn successes_at(self, stripe: usize) -> usize {
        let buckets = self.buckets();
        let before = 1 + buckets * (1 + self.slow as usize);
        match self.stripes {
            1 => before,
            _ => before + APART + stripe * (buckets.next_multiple_of(APART) + APART),
        }
    }

    /// How far `held` is ahead of the bucket `stamp`, if it is newer.
    const fn ahead(self, stamp: u64, held: Bucket) -> Option<u64> {
        let ahead = STAMP.distance(stamp, held.stamp());
        if ahead > 0 && ahead <= 4 * self.buckets() as u64 {
            Some(ahead)
        } else {
            None
        }
    }

    /// Whether `held` is in the window whose newest bucket is `stamp`.
    const fn holds(self, stamp: u64, held: Bucket) -> bool {
        STAMP.distance(held.stamp(), stamp) < self.buckets() as u64
    }
}

/// One value of a bucket's word. One without a count has never been written.
#[derive(Clone, Copy)]
struct Bucket(u64);

impl Bucket {
    const fn first(stamp: u64) -> Self {
        Self(COUNT.set(STAMP.set(0, stamp), 1))
    }

    const fn stamp(self) -> u64 {
        STAMP.get(self.0)
    }

    const fn count(self) -> u64 {
        COUNT.get(self.0)
    }

    const fn is_written(self) -> bool {
        self.count() > 0
    }

    const fn with_one_more(self) -> Self {
        match self.count() == COUNT.max() {
            true => self,
            false => Self(self.0 + 1),
        }
    }
}

/// The stamp of `bucket` in `generation`.
const fn stamp(generation: u16, bucket: u64) -> u64 {
    ((generation as u64) << GENERATION_SHIFT).wrapping_add(bucket) & STAMP.max()
}

/// A window of time on its words.
#[derive(Clone, Copy)]
pub(crate) struct TimeWindow<'a> {
    pub(crate) layout: Layout,
    pub(crate) words: &'a [Word],
}

impl<'a> TimeWindow<'a> {
    /// Records a success that was not slow and ended `now`; whether its generation still counts.
    #[inline]
    pub(crate) fn record_good(self, control: ControlCell<'_>, generation: u16, now: Nanos) -> bool {
        let Some(hint) = self.words.first() else {
            return false;
        };
        let spot = Spot::of(now, self.layout, hint);
        let row = self.successes(stripe(self.layout.stripes));
        self.count(row, control, generation, spot)
    }

    /// Records an adverse `call` that ended `now`, and counts the window with it; `None` if its generation no longer counts.
    pub(crate) fn record_and_sum(
        self,
        control: ControlCell<'_>,
        generation: u16,
        now: Nanos,
        call: Call,
    ) -> Option<Counts> {
        let spot = self.layout.spot(now);
        if !self.record(control, generation, spot, call) {
            return None;
        }
        // SeqCst: pairs with the same fence of another recorder; of two that reach the limit together, one at least sees the other's
        // call. Model: loom-tests/tests/time.rs
        fence(SeqCst);
        Some(self.sum(generation, spot.bucket))
    }

    /// What the window holds of `generation` as of `now`.
    pub(crate) fn counts(self, generation: u16, now: Nanos) -> Counts {
        self.sum(generation, self.layout.bucket(now))
    }

    /// Records `call` at `spot`; whether its generation still counts. Success or failure come first, and slow after it, so that who
    /// sees a slow call sees the call.
    fn record(self, control: ControlCell<'_>, generation: u16, spot: Spot, call: Call) -> bool {
        let row = match call.failed {
            true => self.failures(),
            false => self.successes(stripe(self.layout.stripes)),
        };
        self.count(row, control, generation, spot)
            && (!(call.slow && self.layout.slow)
                || self.count(self.slow_calls(), control, generation, spot))
    }

    /// Adds one to the word at `spot` in `row`; whether the generation still counts. A word that has gone on to a newer bucket stays
    /// as it is: this call came too late for the window.
    #[inline]
    fn count(self, row: &[Word], control: ControlCell<'_>, generation: u16, spot: Spot) -> bool {
        let word = &row[spot.place];
        // Acquire: pairs with the Release below; who sees a newer generation's word sees a control word as new.
        // Model: loom-tests/tests/time.rs
        let mut seen = word.load(Acquire);
        while control.load().counts(generation) {
            let Some(next) = self.next(Bucket(seen), stamp(generation, spot.bucket)) else {
                return true;
            };
            // Release: pairs with the Acquires of this window; publishes the control word that was seen, and the rows before.
            // Model: loom-tests/tests/time.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/time.rs
            match word.replace(seen, next.0, Release, Acquire) {
                Ok(_) => return true,
                Err(newer) => seen = newer,
            }
        }
        false
    }

    /// `seen` with one more call in the bucket `stamp`, or `None` if it is of a newer bucket.
    fn next(self, seen: Bucket, stamp: u64) -> Option<Bucket> {
        let is_newer = seen.is_written() && self.layout.ahead(stamp, seen).is_some();
        (!is_newer).then(|| match seen.stamp() == stamp {
            true => seen.with_one_more(),
            false => Bucket::first(stamp),
        })
    }

    /// What the window holds of `generation` as of `bucket`, or of a newer one if it meets any: two threads whose clocks differ must
    /// not both miss the other's call.
    ///
    /// It ends: each newer bucket that it meets is passed for good, since all words together span less than stamps repeat after.
    fn sum(self, generation: u16, bucket: u64) -> Counts {
        let mut newest = stamp(generation, bucket);
        loop {
            match self.sum_as_of(newest) {
                Ok(counts) => return counts,
                Err(ahead) => newest = newest.wrapping_add(ahead),
            }
        }
    }

    /// Slow calls first, then failures, then successes: in the order in which too few of the later ones would trip falsely.
    ///
    /// # Errors
    ///
    /// How far a newer bucket is ahead.
    fn sum_as_of(self, newest: u64) -> Result<Counts, u64> {
        let slow_calls = match self.layout.slow {
            true => self.sum_row(self.slow_calls(), newest)?,
            false => 0,
        };
        let failures = self.sum_row(self.failures(), newest)?;
        let mut calls = failures;
        for stripe in 0..self.layout.stripes.into() {
            calls = calls.saturating_add(self.sum_row(self.successes(stripe), newest)?);
        }
        Ok(Counts {
            calls,
            failures,
            // A clock that steps back can turn the one row and not the other.
            slow_calls: slow_calls.min(calls),
        })
    }

    /// What `row` holds of the buckets up to `newest`. Every word is looked at, since any of them may be newer.
    ///
    /// # Errors
    ///
    /// How far a newer bucket is ahead.
    fn sum_row(self, row: &[Word], newest: u64) -> Result<u32, u64> {
        let mut sum = 0_u64;
        for word in row {
            // Acquire: pairs with the Release of the count; who sees a slow call or a failure here sees what was counted before it in
            // the rows that are read after this one. Model: loom-tests/tests/time.rs
            let held = Bucket(word.load(Acquire));
            if !held.is_written() {
                continue;
            }
            if let Some(ahead) = self.layout.ahead(newest, held) {
                return Err(ahead);
            }
            if self.layout.holds(newest, held) {
                sum += held.count();
            }
        }
        Ok(u32::try_from(sum).unwrap_or(u32::MAX))
    }

    fn failures(self) -> &'a [Word] {
        self.row(1)
    }

    fn slow_calls(self) -> &'a [Word] {
        self.row(1 + self.layout.buckets())
    }

    fn successes(self, stripe: usize) -> &'a [Word] {
        self.row(self.layout.successes_at(stripe))
    }

    fn row(self, first: usize) -> &'a [Word] {
        &self.words[first..first + self.layout.buckets()]
    }
}

/// A stripe for this thread: threads differ in where their stacks are.
fn stripe(stripes: u8) -> usize {
    if stripes == 1 {
        return 0;
    }
    let here = 0_u8;
    stripe_of(core::ptr::from_ref(&here).addr(), stripes)
}

/// The stripe of a thread whose stack is at `stack`: a multiplicative hash of what stands above the lowest 16 bits, in which stacks may agree.
fn stripe_of(stack: usize, stripes: u8) -> usize {
    let page = (stack >> 16) as u32;
    let spread = u64::from(page.wrapping_mul(0x9E37_79B9));
    ((spread * u64::from(stripes)) >> 32) as usize
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::sync::Barrier;
    use std::thread;

    #[test]
    fn stacks_of_the_same_size_are_spread_over_the_stripes() {
        let stacks = (0..16).map(|thread| 0x7f00_0000_usize + thread * 2 * 1024 * 1024);
        let stripes: BTreeSet<_> = stacks.map(|stack| stripe_of(stack, 16)).collect();
        assert!(stripes.len() > 8, "{stripes:?}");
    }

    #[test]
    fn threads_that_live_together_are_spread_over_the_stripes() {
        const THREADS: usize = 16;
        let all_are_there = Barrier::new(THREADS);
        let drawn = || {
            all_are_there.wait();
            stripe(THREADS as u8)
        };
        let stripes: BTreeSet<_> = thread::scope(|scope| {
            let threads: std::vec::Vec<_> = (0..THREADS).map(|_| scope.spawn(drawn)).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(stripes.len() > THREADS / 4, "{stripes:?}");
        assert!(stripes.iter().all(|&stripe| stripe < THREADS));
    }
}
