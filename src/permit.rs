//! The right to make one call, and the duty to say what it came to.

#[cfg(feature = "alloc")]
mod owned;

#[cfg(feature = "alloc")]
pub use owned::OwnedPermit;

use crate::breaker::CircuitBreaker;
use crate::clock::Clock;
#[cfg(feature = "std")]
use crate::clock::MonotonicClock;
use crate::error::Rejected;
use crate::observer::Observer;
use crate::outcome::{Finding, Outcome};
use crate::raw::{Admission, RawBreaker};
use core::mem;
use core::time::Duration;

/// The right to make one call through a breaker. Settled by what the call came to; dropped, it is ignored, or counts as a failure
/// if a panic has begun since it was given ([`Builder::count_panics`](crate::Builder::count_panics)).
///
/// It counts in the generation that gave it, and nowhere else: once the circuit has moved on, settling it changes nothing. It
/// synchronizes nothing: what one thread did before settling is not thereby visible to a thread that is admitted later.
///
/// ```
/// use tripword::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder().build()?;
/// if let Ok(permit) = breaker.try_acquire() {
///     match "42".parse::<u32>() {
///         Ok(_) => permit.success(),
///         Err(_) => permit.failure(),
///     }
/// }
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[must_use = "a permit that is dropped is ignored: settle it with what the call came to"]
pub struct Permit<
    'a,
    #[cfg(feature = "std")] C: Clock = MonotonicClock,
    #[cfg(not(feature = "std"))] C: Clock,
    O: Observer = (),
> {
    breaker: &'a CircuitBreaker<C, O>,
    pass: Pass,
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Asks to make one call. See [`call`](Self::call) for doing it in one step.
    ///
    /// # Errors
    ///
    /// The refusal, which says why and for how long. It is never counted as an outcome.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_, C, O>, Rejected> {
        let pass = Pass::new(self.admit()?);
        Ok(Permit::new(self, pass))
    }
}

/// What a permit holds of its admission, however it holds the breaker.
#[derive(Debug, Clone, Copy)]
struct Pass {
    admission: Admission,
    /// Whether the thread was already unwinding when the permit was given, or nobody makes the call at this moment.
    unwinding: bool,
}

impl Pass {
    #[inline]
    fn new(admission: Admission) -> Self {
        Self {
            admission,
            unwinding: is_unwinding(),
        }
    }

    /// A panic from now on is one of the call.
    fn resume(&mut self) {
        self.unwinding = is_unwinding();
    }

    /// A panic from now on is none of the call, which nobody makes at this moment.
    fn rest(&mut self) {
        self.unwinding = true;
    }

    /// What dropping the permit now means.
    fn outcome_if_dropped(self, raw: &RawBreaker) -> Outcome {
        match !self.unwinding && is_unwinding() {
            true => raw.outcome_of_a_panic(),
            false => Outcome::Ignored,
        }
    }
}

impl<'a, C: Clock, O: Observer> Permit<'a, C, O> {
    #[inline]
    fn new(breaker: &'a CircuitBreaker<C, O>, pass: Pass) -> Self {
        Self { breaker, pass }
    }

    /// The dependency did its part.
    #[inline]
    pub fn success(self) {
        self.record(Outcome::Success);
    }

    /// The dependency failed its part.
    #[inline]
    pub fn failure(self) {
        self.record(Outcome::Failure);
    }

    /// The dependency failed and named the time to stay away, such as a `Retry-After`: opens the circuit at once, for `wait`, without
    /// jitter. Zero is legal; 17 years or more are for ever, until it is moved by hand: put a cap on what a stranger says.
    pub fn failure_for(self, wait: Duration) {
        self.record(Finding::FailureFor(wait));
    }

    /// The call says nothing about the dependency.
    #[inline]
    pub fn ignore(self) {
        self.record(Outcome::Ignored);
    }

    /// The call came to this [`Outcome`], or this was found of it.
    #[inline]
    pub fn record(self, finding: impl Into<Finding>) {
        // First: if this panics, the permit is dropped.
        let finding = finding.into();
        let (breaker, admission) = (self.breaker, self.pass.admission);
        mem::forget(self);
        breaker.record(admission, finding);
    }

    /// The call came to `outcome` and took `elapsed`, as the caller measured it.
    pub fn record_elapsed(self, outcome: Outcome, elapsed: Duration) {
        let (breaker, admission) = (self.breaker, self.pass.admission);
        mem::forget(self);
        breaker.settle_in_full(admission, Finding::Outcome(outcome), Some(elapsed));
    }

    /// See [`Pass::resume`].
    #[inline]
    pub(crate) fn resume(&mut self) {
        self.pass.resume();
    }

    /// See [`Pass::rest`].
    #[inline]
    pub(crate) fn rest(&mut self) {
        self.pass.rest();
    }

    /// Whether this is one of the probes that decide in half-open.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.pass.admission.is_probe()
    }
}

impl<C: Clock, O: Observer> Drop for Permit<'_, C, O> {
    fn drop(&mut self) {
        let outcome = self.pass.outcome_if_dropped(self.breaker.raw());
        self.breaker
            .settle_in_full(self.pass.admission, Finding::Outcome(outcome), None);
    }
}

impl<C: Clock, O: Observer> core::fmt::Debug for Permit<'_, C, O> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Permit")
            .field("admission", &self.pass.admission)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "std")]
#[inline]
fn is_unwinding() -> bool {
    std::thread::panicking()
}

/// Without `std` nobody can tell; most such programs abort on a panic.
#[cfg(not(feature = "std"))]
#[inline]
fn is_unwinding() -> bool {
    false
}
