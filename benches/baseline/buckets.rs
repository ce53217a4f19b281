//! The same with a window of ten buckets and a faster lock, `parking_lot::Mutex`.

use super::{Refused, Stand};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

const BUCKETS: usize = 10;
const MINIMUM_CALLS: u32 = 10;

/// Opens at a failure rate of one half over a time; one probe closes.
pub(crate) struct BucketBreaker {
    core: Mutex<Core>,
    bucket: Duration,
    open_duration: Duration,
}

struct Core {
    stand: Stand,
    buckets: [Bucket; BUCKETS],
    /// The bucket that is being filled, and when that began.
    current: usize,
    began: Instant,
}

#[derive(Clone, Copy, Default)]
struct Bucket {
    successes: u32,
    failures: u32,
}

impl BucketBreaker {
    pub(crate) fn new(window: Duration, open_duration: Duration) -> Self {
        let core = Core {
            stand: Stand::Closed,
            buckets: [Bucket::default(); BUCKETS],
            current: 0,
            began: Instant::now(),
        };
        Self { core: Mutex::new(core), bucket: window / BUCKETS as u32, open_duration }
    }

    #[inline(always)]
    pub(crate) fn call<T, E>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<Result<T, E>, Refused> {
        self.acquire()?;
        let result = work();
        self.settle(result.is_ok());
        Ok(result)
    }

    pub(crate) fn acquire(&self) -> Result<(), Refused> {
        self.core.lock().stand.admit(self.open_duration)
    }

    pub(crate) fn settle(&self, good: bool) {
        let now = Instant::now();
        let mut core = self.core.lock();
        core.turn(now, self.bucket);
        core.count(good);
    }

    /// The calls in the window, and the failures among them.
    pub(crate) fn snapshot(&self) -> (u32, u32) {
        self.core.lock().sum()
    }
}

impl Core {
    /// Empties the buckets whose time is over.
    fn turn(&mut self, now: Instant, bucket: Duration) {
        let mut turned = 0;
        while now.saturating_duration_since(self.began) >= bucket && turned < BUCKETS {
            self.current = (self.current + 1) % BUCKETS;
            self.buckets[self.current] = Bucket::default();
            self.began += bucket;
            turned += 1;
        }
        if turned == BUCKETS {
            self.began = now;
        }
    }

    fn count(&mut self, good: bool) {
        if good {
            self.buckets[self.current].successes += 1;
        } else {
            self.buckets[self.current].failures += 1;
        }
        match self.stand {
            Stand::HalfOpen if good => self.close(),
            Stand::HalfOpen => self.stand = Stand::opened(),
            Stand::Closed if !good && self.is_bad() => self.stand = Stand::opened(),
            Stand::Closed | Stand::Open { .. } => {}
        }
    }

    fn close(&mut self) {
        self.stand = Stand::Closed;
        self.buckets = [Bucket::default(); BUCKETS];
    }

    fn is_bad(&self) -> bool {
        let (calls, failures) = self.sum();
        calls >= MINIMUM_CALLS && failures * 2 >= calls
    }

    fn sum(&self) -> (u32, u32) {
        self.buckets.iter().fold((0, 0), |(calls, failures), b| {
            (calls + b.successes + b.failures, failures + b.failures)
        })
    }
}
