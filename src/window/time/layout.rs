//! The layout of the words of a time window, and the numbers in them.

use crate::bits::Field;
use crate::nanos::Nanos;
use core::num::{NonZeroU16, NonZeroU32, NonZeroU64};
use core::time::Duration;

/// Generation and bucket: `generation * 2^24 + bucket`, modulo 2^40.
const BUCKET_STAMP: Field = Field::new(24, 40);
const COUNT: Field = Field::new(0, 24);

/// How far the stamps of two generations are apart, as a power of two.
const GENERATION_SHIFT: u32 = 24;

/// Words that put two stripes on different cache lines wherever the first begins: 128 bytes, since
/// two lines are often fetched together.
const APART: usize = 16;

/// The words of a stripe before its row.
pub(super) const NOTES: usize = 3;

/// The bytes of a stripe that one thread owns, with so many buckets.
#[cfg(feature = "std")]
pub(crate) const fn bytes_of_a_stripe(buckets: usize) -> usize {
    length_of_a_stripe(buckets) * 8
}

/// The words of a stripe that one thread owns, and of the distance to the next one. Rounded up by a
/// mask, which takes six instructions less than `next_multiple_of`.
const fn length_of_a_stripe(buckets: usize) -> usize {
    (NOTES + buckets + 2 * APART - 1) & !(APART - 1)
}

/// The failures that `buckets` can count.
pub(crate) const fn most_failures(buckets: u32) -> u64 {
    buckets as u64 * COUNT.max()
}

/// The calls that `buckets` with so many stripes can count.
pub(crate) const fn most_calls(buckets: u32, stripes: u32) -> u64 {
    most_failures(buckets).saturating_mul(1 + stripes as u64)
}

/// The layout of a time window: beside a hint, stripes that one thread each owns, a row of
/// failures, a row of slow calls where these are judged, and a row of successes for each stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    bucket_millis: NonZeroU32,
    buckets: NonZeroU16,
    own_stripes: u8,
    /// Whether slow calls are judged.
    slow: bool,
}

impl Layout {
    /// A window of `buckets` of `bucket_millis` each, with stripes for so many threads, or for one
    /// the row that all share. All numbers are at least 1, and of stripes at most 128.
    pub(crate) const fn new(bucket_millis: u32, buckets: u16, stripes: u8, slow: bool) -> Self {
        let owned =
            if stripes > 1 && cfg!(feature = "std") { stripes.next_power_of_two() } else { 0 };
        Self {
            bucket_millis: match NonZeroU32::new(bucket_millis) {
                Some(millis) => millis,
                None => NonZeroU32::MIN,
            },
            buckets: match NonZeroU16::new(buckets) {
                Some(buckets) => buckets,
                None => NonZeroU16::MIN,
            },
            own_stripes: owned,
            slow,
        }
    }

    pub(crate) const fn words(self) -> usize {
        self.successes_at() + self.buckets()
    }

    /// What the words depend on, in one number.
    pub(crate) fn number(self) -> u64 {
        let places = u64::from(self.buckets.get()) << 9 | u64::from(self.own_stripes) << 1;
        u64::from(self.bucket_millis.get()) << 20 | places | u64::from(self.slow)
    }

    /// The length of the window, and how many buckets and stripes it has.
    pub(crate) fn settings(self) -> (Duration, u16, u8) {
        let bucket = Duration::from_millis(self.bucket_millis.get().into());
        (bucket * self.buckets.get().into(), self.buckets.get(), self.own_stripes.max(1))
    }

    pub(super) const fn buckets(self) -> usize {
        self.buckets.get() as usize
    }

    /// How many stripes there are that one thread each owns: none, or a power of two.
    pub(super) const fn own_stripes(self) -> usize {
        self.own_stripes as usize
    }

    /// Whether `other` differs from this in nothing but its stripes.
    pub(crate) fn resembles(self, other: Self) -> bool {
        self == Self { own_stripes: self.own_stripes, ..other }
    }

    pub(super) const fn slow(self) -> bool {
        self.slow
    }

    /// The first word of the row of failures.
    pub(super) const fn failures_at(self) -> usize {
        self.own_stripe_at(self.own_stripes())
    }

    /// The first word of the row of slow calls.
    pub(super) const fn slow_calls_at(self) -> usize {
        self.failures_at() + self.buckets()
    }

    /// The first word of the row of successes that all threads share.
    pub(super) const fn successes_at(self) -> usize {
        self.failures_at() + self.buckets() * (1 + self.slow as usize)
    }

    /// The first word of a stripe that one thread owns. These come first, so that a thread finds
    /// its own with few instructions.
    #[inline]
    pub(super) const fn own_stripe_at(self, stripe: usize) -> usize {
        1 + stripe * length_of_a_stripe(self.buckets())
    }

    /// The number of the bucket that `now` is in.
    pub(super) fn bucket(self, now: Nanos) -> u64 {
        now.as_millis() / NonZeroU64::from(self.bucket_millis)
    }

    /// The place of `bucket` in each row.
    pub(super) fn place(self, bucket: u64) -> usize {
        (bucket % NonZeroU64::from(self.buckets)) as usize
    }

    /// Whether `now` is in `bucket`.
    #[inline]
    pub(super) const fn is_in(self, bucket: u64, now: Nanos) -> bool {
        let length = self.bucket_millis.get() as u64;
        now.as_millis().wrapping_sub(bucket.wrapping_mul(length)) < length
    }

    /// When `bucket` began, in nanoseconds.
    pub(super) const fn start(self, bucket: u64) -> u64 {
        bucket.wrapping_mul(self.bucket_nanos())
    }

    pub(super) const fn bucket_nanos(self) -> u64 {
        self.bucket_millis.get() as u64 * 1_000_000
    }

    /// Whether a claim is over that is `age` buckets old, counted modulo so many as fit: older than
    /// a window, and not ahead by the clock of another thread.
    pub(super) const fn is_abandoned(self, age: u64, buckets: u64) -> bool {
        let ring = self.buckets() as u64;
        age > ring && buckets - age > 4 * ring
    }

    /// `seen` with one more call in the bucket `stamp`; `None` if it is a newer bucket.
    pub(super) fn with_one_more(self, seen: Bucket, stamp: u64) -> Option<Bucket> {
        let is_newer = seen.is_written() && self.ahead(stamp, seen).is_some();
        if is_newer {
            None
        } else if seen.stamp() == stamp {
            Some(seen.with_one_more())
        } else {
            Some(Bucket::first(stamp))
        }
    }

    /// How far `other` is ahead of the bucket with this stamp, if it is newer.
    pub(super) const fn ahead(self, stamp: u64, other: Bucket) -> Option<u64> {
        let ahead = BUCKET_STAMP.distance(stamp, other.stamp());
        if self.reaches_ahead(ahead) { Some(ahead) } else { None }
    }

    /// Whether a bucket that is so far ahead is newer.
    pub(super) const fn reaches_ahead(self, ahead: u64) -> bool {
        ahead > 0 && ahead <= 4 * self.buckets() as u64
    }

    /// Whether `other` is in the window whose newest bucket has the stamp `newest`.
    pub(super) const fn contains(self, newest: u64, other: Bucket) -> bool {
        BUCKET_STAMP.distance(other.stamp(), newest) < self.buckets() as u64
    }
}

/// One value of a bucket's word. One without a count was never written.
#[derive(Clone, Copy)]
pub(super) struct Bucket(pub(super) u64);

impl Bucket {
    /// The bucket with this stamp and one call.
    pub(super) const fn first(stamp: u64) -> Self {
        Self(COUNT.set(BUCKET_STAMP.set(0, stamp), 1))
    }

    pub(super) const fn stamp(self) -> u64 {
        BUCKET_STAMP.get(self.0)
    }

    pub(super) const fn count(self) -> u64 {
        COUNT.get(self.0)
    }

    pub(super) const fn is_written(self) -> bool {
        self.count() > 0
    }

    /// A full bucket counts no further.
    pub(super) const fn with_one_more(self) -> Self {
        if self.count() == COUNT.max() { self } else { Self(self.0 + 1) }
    }
}

/// The stamp of `bucket` in `generation`.
pub(super) const fn stamp(generation: u16, bucket: u64) -> u64 {
    ((generation as u64) << GENERATION_SHIFT).wrapping_add(bucket) & BUCKET_STAMP.max()
}
