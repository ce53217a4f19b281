//! The calls within a time: a ring of buckets, each with a word of failures, a word of successes
//! for each stripe and, where these are judged, a word of slow calls.
//!
//! ```text
//!  stamp:40 = generation * 2^24 + bucket, modulo 2^40 | count:24, stays at its largest
//! ```
//!
//! Time is divided into buckets from the clock's zero on. The words of a bucket are at its number
//! modulo the size of the ring. The stamps of two generations are 2^24 buckets apart, further than
//! a window reaches, so one comparison tells a bucket of this generation and time from all others.
//! A bucket is newer if it is ahead by up to four rings; any other is older, and the next thread
//! that writes there replaces it. So after an idle time of any length nothing old counts, except
//! after the time in which stamps repeat (34 years with buckets of 1 ms).
//!
//! The word beside the control word is a hint: the bucket that was recorded in last. Besides the
//! row of successes that all threads share, there can be stripes that one thread each owns
//! ([`own`]), on cache lines of their own.

mod layout;
mod own;
mod spot;
#[cfg(feature = "std")]
pub(crate) mod thread;

#[cfg(feature = "std")]
pub(crate) use layout::bytes_of_a_stripe;
pub(crate) use layout::{Layout, most_calls, most_failures};

use super::generation::Generation;
use super::words::WindowWords;
use crate::counts::Counts;
use crate::nanos::Nanos;
use crate::outcome::Call;
use crate::sync::Ordering::{Acquire, Relaxed, Release, SeqCst};
use crate::sync::{Word, fence};
use layout::{Bucket, NOTES, stamp};
use own::OwnStripe;
use spot::Spot;
#[cfg(feature = "std")]
use thread::thread_number;

/// A hint other than zero.
pub(crate) fn unused(layout: Layout) -> u64 {
    Spot::of_bucket(1, layout).bits()
}

/// A time window on its words.
#[derive(Clone, Copy)]
pub(crate) struct TimeWindow<'a> {
    pub(crate) layout: Layout,
    pub(crate) words: WindowWords<'a>,
}

/// Writing.
impl TimeWindow<'_> {
    /// Records an adverse `call` that ended `now`, and counts the window with it; `None` if its
    /// generation no longer counts. Good calls may be missing from counts that are `out_of_reach`
    /// of all limits.
    pub(crate) fn record_and_sum(
        self,
        generation: Generation<'_>,
        now: Nanos,
        call: Call,
        out_of_reach: impl Fn(Counts) -> bool,
    ) -> Option<Counts> {
        let spot = Spot::at(now, self.layout);
        if !self.record(generation, spot, call) {
            return None;
        }
        // SeqCst: pairs with the same fence of another recorder; of two that reach the limit
        // together, at least one sees the call of the other. Model: loom-tests/tests/time.rs
        fence(SeqCst);
        Some(self.sum(generation.number, spot.bucket, out_of_reach))
    }

    /// Records `call` at `spot`; whether its generation still counts. A slow call is recorded as a
    /// success or a failure first, so that a thread that sees a slow call sees the call.
    fn record(self, generation: Generation<'_>, spot: Spot, call: Call) -> bool {
        let row = if call.failed { self.failures() } else { self.successes() };
        self.count(row, generation, spot)
            && (!(call.slow && self.layout.slow())
                || self.count(self.slow_calls(), generation, spot))
    }

    /// Counts a success that ended `now` where the last one was counted, if it belongs there:
    /// without a look at the control word, since no thread reads a word of a generation that is
    /// over. Returns whether it did.
    #[inline(always)]
    pub(crate) fn counts_again(self, generation: u16, now: Nanos) -> bool {
        if self.layout.own_stripes() == 0 {
            return self.counts_again_shared(generation, now);
        }
        let own = self.own_stripe(thread_number());
        own.is_some_and(|own| own.counts_again(generation, now))
    }

    #[inline(always)]
    fn counts_again_shared(self, generation: u16, now: Nanos) -> bool {
        let spot = Spot::hinted(self.words.near);
        let word = self.words.rest.get(self.layout.successes_at() + spot.place);
        let Some(word) = word.filter(|_| spot.is_of(now, self.layout)) else {
            return false;
        };
        // Relaxed: one word; no other read relies on it.
        let seen = Bucket(word.load(Relaxed));
        // Relaxed: publishes nothing, and as a swap it continues the release sequence of the words
        // before it.
        // Relaxed: a lost race is read anew by `count`.
        seen.stamp() == stamp(generation, spot.bucket)
            && seen.is_written()
            && word.replace(seen.0, seen.with_one_more().0, Relaxed, Relaxed).is_ok()
    }

    /// Records a success that was not slow and ended `now`, and may be the first of its bucket: on
    /// a stripe of this thread, if it can have one. Returns whether its generation still counts.
    pub(crate) fn record_in_turn(self, generation: Generation<'_>, now: Nanos) -> bool {
        let own = self.own_stripe(thread_number());
        let counted = own.and_then(|own| own.turn(generation, now));
        counted.unwrap_or_else(|| self.record_shared(generation, now))
    }

    /// Records a success on the row that all threads share.
    #[inline]
    fn record_shared(self, generation: Generation<'_>, now: Nanos) -> bool {
        let spot = Spot::of(now, self.layout, self.words.near);
        self.count(self.successes(), generation, spot)
    }

    /// Adds one to the word at `spot` in `row`; whether the generation still counts. The word of a
    /// newer bucket stays as it is: this call came too late for the window.
    #[inline]
    fn count(self, row: &[Word], generation: Generation<'_>, spot: Spot) -> bool {
        let word = &row[spot.place];
        // Acquire: pairs with the Release below; a thread that sees the word of a newer generation
        // sees a control word as new. Model: loom-tests/tests/time.rs
        let mut seen = word.load(Acquire);
        while generation.is_current() {
            let stamp = stamp(generation.number, spot.bucket);
            let Some(next) = self.layout.with_one_more(Bucket(seen), stamp) else {
                return true;
            };
            // Release: pairs with the Acquires of this window; publishes the control word that was
            // seen, and the rows before. Model: loom-tests/tests/time.rs
            // Acquire: pairs with this Release, as the load above. Model: loom-tests/tests/time.rs
            match word.replace(seen, next.0, Release, Acquire) {
                Ok(_) => return true,
                Err(newer) => seen = newer,
            }
        }
        false
    }
}

/// Reading.
impl<'a> TimeWindow<'a> {
    /// The counts of `generation` as of `now`.
    pub(crate) fn counts(self, generation: u16, now: Nanos) -> Counts {
        self.sum(generation, self.layout.bucket(now), |_| false)
    }

    /// Counts `generation` as of `bucket`, or as of a newer one if it finds any: two threads whose
    /// clocks differ must not both miss the call of the other.
    ///
    /// This ends: each newer bucket is passed only once, since all words together span less than
    /// the range in which stamps repeat.
    fn sum(self, generation: u16, bucket: u64, out_of_reach: impl Fn(Counts) -> bool) -> Counts {
        let mut newest = stamp(generation, bucket);
        loop {
            match self.sum_as_of(newest, &out_of_reach) {
                Ok(counts) => return counts,
                Err(ahead) => newest = newest.wrapping_add(ahead),
            }
        }
    }

    /// Reads slow calls first, then failures, then successes: a call that is recorded meanwhile
    /// may then be missing among the slow calls or failures, but not among all calls, where it
    /// would raise a rate.
    ///
    /// Once the counts are out of reach, only the claims of stripes are read: a stripe matters then
    /// only if its owner is in a newer bucket, as of which older calls no longer count.
    ///
    /// # Errors
    ///
    /// How far a newer bucket is ahead.
    fn sum_as_of(self, newest: u64, out_of_reach: &impl Fn(Counts) -> bool) -> Result<Counts, u64> {
        let slow_calls =
            if self.layout.slow() { self.sum_row(self.slow_calls(), newest)? } else { 0 };
        let failures = self.sum_row(self.failures(), newest)?;
        let calls = failures.saturating_add(self.sum_row(self.successes(), newest)?);
        let mut counts = Counts { calls, failures, slow_calls };
        for stripe in 0..self.layout.own_stripes() {
            let first = self.layout.own_stripe_at(stripe);
            if out_of_reach(counts) && !self.is_claimed_ahead(first, newest) {
                continue;
            }
            let successes = self.sum_row(self.row(first + NOTES), newest)?;
            counts.calls = counts.calls.saturating_add(successes);
        }
        // A clock that steps back can replace a bucket in one row and not in another.
        Ok(Counts { slow_calls: slow_calls.min(counts.calls), ..counts })
    }

    /// Whether the owner of the stripe at `first` has counted in a newer bucket than `newest`.
    fn is_claimed_ahead(self, first: usize, newest: u64) -> bool {
        // Relaxed: as the row that it stands for, which is ordered by the failures read before.
        let claim = self.words.rest[first].load(Relaxed);
        own::is_ahead(claim, newest, self.layout)
    }

    /// The sum of `row` up to the bucket `newest`. Reads every word, since any may be newer.
    ///
    /// # Errors
    ///
    /// How far the newest of the newer buckets is ahead: with any of them, damaged words could lead
    /// from each to the next.
    fn sum_row(self, row: &[Word], newest: u64) -> Result<u32, u64> {
        let (mut sum, mut furthest) = (0_u64, 0);
        for word in row {
            // Acquire: pairs with the Release of the count; a thread that sees a slow call or a
            // failure here sees what was counted before it in the rows that are read after this
            // one. Model: loom-tests/tests/time.rs
            let bucket = Bucket(word.load(Acquire));
            if !bucket.is_written() {
                continue;
            }
            if let Some(ahead) = self.layout.ahead(newest, bucket) {
                furthest = ahead.max(furthest);
            } else if self.layout.contains(newest, bucket) {
                sum += bucket.count();
            }
        }
        if furthest > 0 {
            return Err(furthest);
        }
        Ok(u32::try_from(sum).unwrap_or(u32::MAX))
    }

    fn failures(self) -> &'a [Word] {
        self.row(self.layout.failures_at())
    }

    fn slow_calls(self) -> &'a [Word] {
        self.row(self.layout.slow_calls_at())
    }

    fn successes(self) -> &'a [Word] {
        self.row(self.layout.successes_at())
    }

    /// The stripe that the number of a thread chooses, if there are such and it has a number.
    #[inline]
    fn own_stripe(self, thread: u64) -> Option<OwnStripe<'a>> {
        let last = self.layout.own_stripes().checked_sub(1)?;
        let first = self.layout.own_stripe_at(thread as usize & last);
        let words = self.words.rest.get(first..)?.get(..NOTES + self.layout.buckets())?;
        let ([claim, start, place], row) = words.split_first_chunk()?;
        (thread != 0).then_some(OwnStripe { layout: self.layout, thread, claim, start, place, row })
    }

    fn row(self, first: usize) -> &'a [Word] {
        &self.words.rest[first..first + self.layout.buckets()]
    }
}

/// Without `std` threads cannot be distinguished, and none has a number.
#[cfg(not(feature = "std"))]
const fn thread_number() -> u64 {
    0
}
