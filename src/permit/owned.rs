//! A permit that holds its breaker by itself, for tasks and services.

use super::{Pass, Permit};
use crate::breaker::CircuitBreaker;
use crate::clock::Clock;
#[cfg(feature = "std")]
use crate::clock::MonotonicClock;
use crate::error::Rejected;
use crate::observer::Observer;
use crate::outcome::{Finding, Outcome};
use alloc::sync::Arc;
use core::time::Duration;

/// A [`Permit`] that owns its share of the breaker, so that it can go wherever the call goes.
///
/// ```
/// use std::sync::Arc;
/// use tripword::CircuitBreaker;
///
/// let breaker = Arc::new(CircuitBreaker::builder().build()?);
/// let permit = breaker.clone().try_acquire_owned()?;
/// std::thread::spawn(move || permit.success()).join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a permit that is dropped is ignored: settle it with what the call came to"]
pub struct OwnedPermit<
    #[cfg(feature = "std")] C: Clock = MonotonicClock,
    #[cfg(not(feature = "std"))] C: Clock,
    O: Observer = (),
> {
    breaker: Arc<CircuitBreaker<C, O>>,
    /// `None` once settled.
    pass: Option<Pass>,
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Asks to make one call, with a permit that owns its share of the breaker.
    ///
    /// # Errors
    ///
    /// The refusal, as [`try_acquire`](Self::try_acquire).
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedPermit<C, O>, Rejected> {
        let pass = Some(Pass::new(self.admit()?));
        Ok(OwnedPermit {
            breaker: self,
            pass,
        })
    }
}

impl<C: Clock, O: Observer> OwnedPermit<C, O> {
    /// The dependency did its part.
    pub fn success(self) {
        self.record(Outcome::Success);
    }

    /// The dependency failed its part.
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// See [`Permit::failure_for`].
    pub fn failure_for(self, wait: Duration) {
        self.record(Finding::FailureFor(wait));
    }

    /// The call says nothing about the dependency.
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// The call came to this [`Outcome`], or this was found of it.
    pub fn record(mut self, finding: impl Into<Finding>) {
        // First: if this panics, the permit is dropped.
        let finding = finding.into();
        if let Some(pass) = self.pass.take() {
            self.breaker.record(pass.admission, finding);
        }
    }

    /// The call came to `outcome` and took `elapsed`, as the caller measured it.
    pub fn record_elapsed(mut self, outcome: Outcome, elapsed: Duration) {
        if let Some(pass) = self.pass.take() {
            let finding = Finding::Outcome(outcome);
            self.breaker
                .settle_in_full(pass.admission, finding, Some(elapsed));
        }
    }

    /// See [`Pass::resume`].
    #[cfg(feature = "tower")]
    pub(crate) fn resume(&mut self) {
        self.pass.iter_mut().for_each(Pass::resume);
    }

    /// See [`Pass::rest`].
    #[cfg(feature = "tower")]
    pub(crate) fn rest(&mut self) {
        self.pass.iter_mut().for_each(Pass::rest);
    }

    /// The call is refused all the same.
    #[cfg(feature = "tower")]
    pub(crate) fn withdraw(mut self, rejected: &Rejected) {
        if let Some(pass) = self.pass.take() {
            self.breaker.withdraw(pass.admission, rejected);
        }
    }

    /// Whether this is one of the probes that decide in half-open.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.pass.is_some_and(|pass| pass.admission.is_probe())
    }
}

impl<C: Clock, O: Observer> Drop for OwnedPermit<C, O> {
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            drop(Permit::new(&self.breaker, pass));
        }
    }
}

impl<C: Clock, O: Observer> core::fmt::Debug for OwnedPermit<C, O> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("admission", &self.pass.map(|pass| pass.admission))
            .finish_non_exhaustive()
    }
}
