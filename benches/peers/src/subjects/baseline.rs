//! What stands beside the peers in each run: the limits, and the breakers with a lock.

use crate::baseline::{
    Bare, BucketBreaker, CoarseReading, LoadThenCas, MutexBreaker, OneLoad, OneReading, OneRmw,
    OsCoarseReading, OsReading, ReadingThenRmw, Refused,
};
use crate::call::{Answer, Shared, dependency};

impl Shared for MutexBreaker {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let called: Result<_, Refused> = Self::call(self, || dependency(answer));
        called.ok()
    }
}

impl Shared for BucketBreaker {
    #[inline(always)]
    fn call(&self, answer: Answer) -> Option<Answer> {
        let called: Result<_, Refused> = Self::call(self, || dependency(answer));
        called.ok()
    }
}

macro_rules! limits {
    ($($limit:ty),*) => {$(
        impl Shared for $limit {
            #[inline(always)]
            fn call(&self, answer: Answer) -> Option<Answer> {
                Some(Self::call(self, || dependency(answer)))
            }
        }
    )*};
}

limits!(
    Bare,
    CoarseReading,
    LoadThenCas,
    OneLoad,
    OneReading,
    OneRmw,
    OsCoarseReading,
    OsReading,
    ReadingThenRmw
);
