//! The breaker of the articles: a state, a counter and a timestamp under a `std::sync::Mutex`.

use super::{Refused, Stand};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Opens after some failures in a row; one probe closes.
pub(crate) struct MutexBreaker {
    core: Mutex<Core>,
    failures_to_open: u32,
    open_duration: Duration,
}

struct Core {
    stand: Stand,
    failures: u32,
}

impl MutexBreaker {
    pub(crate) fn new(failures_to_open: u32, open_duration: Duration) -> Self {
        let core = Core { stand: Stand::Closed, failures: 0 };
        Self { core: Mutex::new(core), failures_to_open, open_duration }
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
        self.lock().stand.admit(self.open_duration)
    }

    pub(crate) fn settle(&self, good: bool) {
        let mut core = self.lock();
        if good {
            core.close();
        } else {
            core.fail(self.failures_to_open);
        }
    }

    /// Whether it is closed, and the failures in a row.
    pub(crate) fn snapshot(&self) -> (bool, u32) {
        let core = self.lock();
        (core.stand == Stand::Closed, core.failures)
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    fn close(&mut self) {
        self.stand = Stand::Closed;
        self.failures = 0;
    }

    fn fail(&mut self, failures_to_open: u32) {
        self.failures += 1;
        if self.failures >= failures_to_open || self.stand == Stand::HalfOpen {
            self.stand = Stand::opened();
        }
    }
}
