//! What stands beside the peers in each run: the limits, and the breakers with a lock.

use crate::baseline::{
    Bare, BucketBreaker, CoarseReading, MutexBreaker, OneLoad, OneReading, OneRmw, OsReading,
    Refused,
};
use crate::call::{Answer, Shared, dependency};

impl Shared for MutexBreaker {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let called: Result<_, Refused> = Self::call(self, || dependency(answer));
        called.ok()
    }
}

impl Shared for BucketBreaker {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let called: Result<_, Refused> = Self::call(self, || dependency(answer));
        called.ok()
    }
}

macro_rules! limits {
    ($($limit:ty),*) => {$(
        impl Shared for $limit {
            #[inline]
            fn call(&self, answer: Answer) -> Option<Answer> {
                Some(Self::call(self, || dependency(answer)))
            }
        }
    )*};
}

/// One reading of the clock and then a read-modify-write, which waits for it: the least that a window
/// of time needs.
pub(super) struct ReadingThenRmw(OneReading, OneRmw);

impl Default for ReadingThenRmw {
    fn default() -> Self {
        Self(OneReading, OneRmw::new())
    }
}

impl Shared for ReadingThenRmw {
    #[inline]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let work = || self.1.call(|| dependency(answer));
        Some(self.0.call(work))
    }
}

limits!(Bare, OneLoad, OneRmw, OneReading, OsReading, CoarseReading);
