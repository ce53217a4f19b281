//! Permits: the right to make one call, and the duty to settle it.

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, MonotonicClock};
use crate::error::Rejected;
use crate::handle::Handle;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::rules::admission::Admission;
use core::fmt;
use core::time::Duration;

/// A permit that borrows its breaker, from [`CircuitBreaker::try_acquire`]. Its methods are those
/// of [`Held`].
pub type Permit<'a, C = MonotonicClock, O = ()> = Held<&'a CircuitBreaker<C, O>>;

/// A permit that shares its breaker, so that it can move into a task, from
/// [`CircuitBreaker::try_acquire_owned`]. Its methods are those of [`Held`].
#[cfg(feature = "alloc")]
pub type OwnedPermit<C = MonotonicClock, O = ()> = Held<alloc::sync::Arc<CircuitBreaker<C, O>>>;

/// A permit to make one call, which holds its breaker through the [`Handle`] `H`.
///
/// Settle it with the call's outcome. A permit that is dropped unsettled is ignored, or counts as a
/// failure if a panic has begun since it was acquired
/// ([`Builder::count_panics`](crate::Builder::count_panics)), or it is dropped late
/// ([`Builder::abandoned_after`](crate::Builder::abandoned_after)).
///
/// A permit counts only in the generation that admitted it: once the circuit has moved on, settling
/// it changes nothing. It synchronizes nothing: what a thread did before settling is not thereby
/// visible to a thread that is admitted later.
///
/// # Examples
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
#[must_use = "a permit that is dropped is ignored: settle it with the call's outcome"]
pub struct Held<H: Handle> {
    handle: H,
    /// `None` once settled.
    pass: Option<Pass>,
}

#[derive(Debug, Clone, Copy)]
struct Pass {
    admission: Admission,
    /// Whether a panic that begins from now on is one of this call: not if the thread is already
    /// unwinding, and not while the call is suspended.
    panics_count: bool,
}

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// Acquires a permit to make one call. To make the call in one step, see [`call`](Self::call).
    ///
    /// # Errors
    ///
    /// The refusal, with its reason and the time to wait. It is never counted as an outcome.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.try_acquire()?.success();
    ///
    /// breaker.trip_for(Duration::from_secs(5));
    /// let rejected = breaker.try_acquire().unwrap_err();
    /// assert!(rejected.retry_after() > Some(Duration::from_secs(4)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_, C, O>, Rejected> {
        Held::acquire(self).map_err(|(_, rejected)| rejected)
    }

    /// Acquires a permit that shares the breaker, for a task or another thread.
    ///
    /// # Errors
    ///
    /// As [`try_acquire`](Self::try_acquire).
    ///
    /// # Examples
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
    #[cfg(feature = "alloc")]
    #[inline]
    pub fn try_acquire_owned(self: alloc::sync::Arc<Self>) -> Result<OwnedPermit<C, O>, Rejected> {
        Held::acquire(self).map_err(|(_, rejected)| rejected)
    }
}

impl<H: Handle> Held<H> {
    /// Acquires a permit from the breaker of `handle`.
    ///
    /// # Errors
    ///
    /// The handle and the refusal.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Held, breaker};
    ///
    /// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
    ///
    /// let permit: Held<&'static CircuitBreaker> = Held::acquire(&PAYMENTS).expect("closed");
    /// std::thread::spawn(move || permit.success()).join().unwrap();
    /// ```
    #[inline]
    pub fn acquire(handle: H) -> Result<Self, (H, Rejected)> {
        match handle.breaker().admit_permit() {
            Ok(admission) => {
                Ok(Self { handle, pass: Some(Pass { admission, panics_count: !is_unwinding() }) })
            }
            Err(rejected) => Err((handle, rejected)),
        }
    }

    /// Settles the call as a success: the dependency did its part.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().last_calls(10).failures(5).build()?;
    /// breaker.try_acquire()?.success();
    /// assert_eq!(breaker.snapshot().counts.successes(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn success(self) {
        self.settle(Outcome::Success);
    }

    /// Settles the call as a failure of the dependency.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// breaker.try_acquire()?.failure();
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn failure(self) {
        self.settle(Outcome::Failure);
    }

    /// Settles the call as one that says nothing about the dependency.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// breaker.try_acquire()?.ignore();
    /// assert_eq!(breaker.snapshot().consecutive_failures, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn ignore(self) {
        self.settle(Outcome::Ignored);
    }

    /// Settles the call with its outcome.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Outcome, State};
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// breaker.try_acquire()?.settle(Outcome::RetryAfter(Duration::from_secs(3)));
    /// assert_eq!(breaker.state(), State::Open);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn settle(mut self, outcome: Outcome) {
        if let Some(pass) = self.pass.take() {
            self.handle.breaker().settle_permit(pass.admission, outcome);
        }
    }

    /// Settles the call with its outcome and its duration, as the caller measured it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .last_calls(10)
    ///     .slow_call_duration(Duration::from_millis(500))
    ///     .slow_call_rate(0.5)
    ///     .build()?;
    /// let permit = breaker.try_acquire()?;
    /// permit.settle_elapsed(Outcome::Success, Duration::from_secs(2));
    /// assert_eq!(breaker.snapshot().counts.slow_calls, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn settle_elapsed(mut self, outcome: Outcome, elapsed: Duration) {
        if let Some(pass) = self.pass.take() {
            let breaker = self.handle.breaker();
            breaker.settle_any(pass.admission, outcome, Some(elapsed));
        }
    }

    /// Returns how long ago the call was admitted. `None` where the breaker does not judge slow
    /// calls ([`slow_call_duration`](crate::Builder::slow_call_duration)).
    ///
    /// For a call whose caller goes on to read the answer at its own pace: measure at the
    /// answer, and settle at the end by [`settle_elapsed`](Self::settle_elapsed).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, Outcome};
    ///
    /// let breaker = CircuitBreaker::builder()
    ///     .last_calls(10)
    ///     .slow_call_duration(Duration::from_millis(500))
    ///     .slow_call_rate(0.5)
    ///     .build_with(ManualClock::new())?;
    /// let permit = breaker.try_acquire()?;
    /// breaker.clock().advance(Duration::from_millis(20));
    /// let head = permit.elapsed().expect("slow calls are judged");
    /// assert_eq!(head, Duration::from_millis(20));
    ///
    /// breaker.clock().advance(Duration::from_secs(60));
    /// permit.settle_elapsed(Outcome::Success, head);
    /// assert_eq!(breaker.snapshot().counts.slow_calls, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        let admission = self.pass?.admission;
        let now = || self.handle.breaker().clock().now();
        admission.is_timed().then(|| now().saturating_since(admission.started))
    }

    /// Suspends the call: a panic elsewhere that drops the permit now is none of this call's, which
    /// is then ignored. For futures that hold a permit between polls; see [`enter`](Self::enter).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// let mut permit = breaker.try_acquire()?;
    /// permit.suspend();
    /// let task = AssertUnwindSafe(|| {
    ///     let _suspended = permit;
    ///     panic!("in another part of the program");
    /// });
    /// assert!(catch_unwind(task).is_err());
    /// assert_eq!(breaker.snapshot().consecutive_failures, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn suspend(&mut self) {
        if let Some(pass) = &mut self.pass {
            pass.panics_count = false;
        }
    }

    /// Resumes the call until the guard is dropped, which suspends it again. A panic while the
    /// guard lives is one of this call. For futures that hold a permit: enter it for each poll.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::panic::{AssertUnwindSafe, catch_unwind};
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// let mut permit = breaker.try_acquire()?;
    /// permit.suspend();
    /// let poll = AssertUnwindSafe(|| {
    ///     let mut permit = permit;
    ///     let _entered = permit.enter();
    ///     panic!("in the future that this call polls");
    /// });
    /// assert!(catch_unwind(poll).is_err());
    /// assert_eq!(breaker.snapshot().consecutive_failures, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn enter(&mut self) -> Entered<'_> {
        let panics_count = self.pass.as_mut().map(|pass| &mut pass.panics_count);
        Entered::new(panics_count)
    }

    /// Returns whether this is one of the probes that decide in half-open.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// breaker.half_open();
    /// assert!(breaker.try_acquire()?.is_probe());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn is_probe(&self) -> bool {
        self.pass.is_some_and(|pass| pass.admission.is_probe())
    }

    /// Returns the handle of the breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// # let breaker = tripword::CircuitBreaker::builder().build()?;
    /// let permit = breaker.try_acquire()?;
    /// assert!(std::ptr::eq(*permit.handle(), &breaker));
    /// # permit.success();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn handle(&self) -> &H {
        &self.handle
    }
}

impl<H: Handle> Held<H> {
    /// Settles a call that is given up.
    #[cold]
    #[inline(never)]
    fn give_up(&self, pass: Pass) {
        let breaker = self.handle.breaker();
        if pass.panics_count && is_unwinding() {
            let outcome = breaker.engine().outcome_of_a_panic();
            breaker.settle_any(pass.admission, outcome, None);
        } else {
            breaker.give_up(pass.admission);
        }
    }
}

impl<H: Handle> Drop for Held<H> {
    #[inline]
    fn drop(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.give_up(pass);
        }
    }
}

impl<H: Handle> fmt::Debug for Held<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("admission", &self.pass.map(|pass| pass.admission))
            .finish_non_exhaustive()
    }
}

/// A permit's call while it runs, from [`Held::enter`].
#[derive(Debug)]
#[must_use = "the call is suspended again when this is dropped"]
pub struct Entered<'a>(Option<&'a mut bool>);

impl<'a> Entered<'a> {
    #[inline]
    fn new(mut panics_count: Option<&'a mut bool>) -> Self {
        if let Some(panics_count) = &mut panics_count {
            **panics_count = !is_unwinding();
        }
        Self(panics_count)
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        // A panic that began while this lived is still to be counted when the permit is dropped.
        if let Some(panics_count) = &mut self.0 {
            **panics_count &= is_unwinding();
        }
    }
}

#[cfg(feature = "std")]
#[inline]
fn is_unwinding() -> bool {
    std::thread::panicking()
}

/// Without `std` this cannot be known; most such programs abort on a panic.
#[cfg(not(feature = "std"))]
#[inline]
fn is_unwinding() -> bool {
    false
}
