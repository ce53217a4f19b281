//! A breaker with a name.

use crate::failure::LastFailure;
use crate::named::{Named, USED};
use crate::opens::Opens;
use crate::refusal::NamedRejected;
use crate::sync::Number;
use arc_swap::ArcSwapOption;
use std::fmt;
use std::sync::Arc;
use tripword::{
    CallError, CircuitBreaker, Clock, Handle, MonotonicClock, Observer, Outcome, Permit, Reason,
    Rejected, State,
};

/// A [`CircuitBreaker`] with a name, which its refusals carry. It is a handle: cloning it shares
/// the breaker.
///
/// Calls are made here; everything else is done through [`breaker`](Self::breaker). It is also a
/// [`Handle`], for layers and for permits that move into a task ([`Held::acquire`]).
///
/// [`Held::acquire`]: tripword::Held::acquire
///
/// # Last failure
///
/// Errors recorded with [`noting`](Self::noting) or [`note_failure`](Self::note_failure) are
/// included in later refusals. Recording costs a failure one allocation, and a success nothing.
///
/// The last failure is forgotten when the circuit closes, be it by its probes, by
/// [`close`](CircuitBreaker::close) or by [`reset`](CircuitBreaker::reset), and by
/// [`forget_failure`](Self::forget_failure). (To reset a circuit that is closed is no transition,
/// and forgets counts only.)
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::{CircuitBreaker, ManualClock, Outcome};
/// use tripword_registry::NamedBreaker;
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder()
///     .consecutive_failures(4)
///     .open_duration(Duration::from_secs(8))
///     .jitter(0.0)
///     .build_with(&clock)?;
/// let payments = NamedBreaker::new("payments", breaker);
/// for _ in 0..4 {
///     let pay = || Err::<(), _>("500 Internal Server Error");
///     let _ = payments.call_with(payments.noting(Outcome::of), pay);
/// }
/// assert_eq!(
///     payments.try_acquire().unwrap_err().to_string(),
///     "circuit \"payments\" open, retry in 8.0 s: 4 consecutive failures, \
///      last: 500 Internal Server Error",
/// );
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub struct NamedBreaker<K = Arc<str>, C = MonotonicClock, O = ()>(
    pub(crate) Arc<CircuitBreaker<C, Named<K, O>>>,
);

impl<K, C, O> NamedBreaker<K, C, O> {
    /// Names a breaker. Its observer, if it has one, continues to receive its events.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    /// use tripword_registry::NamedBreaker;
    ///
    /// let payments = NamedBreaker::new("payments", CircuitBreaker::default());
    /// payments.breaker().trip();
    /// let refused = payments.call(|| Ok::<_, ()>(42)).unwrap_err();
    /// assert_eq!(refused.into_rejected().unwrap().name, "payments");
    /// ```
    #[must_use]
    pub fn new(name: K, breaker: CircuitBreaker<C, O>) -> Self {
        Self::counted(name, breaker, Opens::none())
    }

    pub(crate) fn counted(name: K, breaker: CircuitBreaker<C, O>, opens: Opens) -> Self {
        Self(Arc::new(breaker.map_observer(|observer| Named {
            name,
            observer,
            last_failure: ArcSwapOption::empty(),
            last_used: Number::new(USED),
            start: Number::new(0),
            opens,
        })))
    }

    /// Returns the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert_eq!(&**payments.name(), "payments");
    /// ```
    #[must_use]
    pub fn name(&self) -> &K {
        &self.0.observer().name
    }

    /// Returns the breaker: its state, and what an operator does with it. Refusals of calls that
    /// are made through it do not carry the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// payments.breaker().trip();
    /// assert_eq!(payments.breaker().state(), State::Open);
    /// ```
    #[inline]
    #[must_use]
    pub fn breaker(&self) -> &CircuitBreaker<C, Named<K, O>> {
        &self.0
    }

    /// Returns the last failure, if one was noted and not forgotten.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert_eq!(payments.last_failure(), None);
    /// payments.note_failure("reset by peer");
    /// assert_eq!(&*payments.last_failure().unwrap().text, "reset by peer");
    /// ```
    #[must_use]
    pub fn last_failure(&self) -> Option<Arc<LastFailure>> {
        self.0.observer().last_failure.load_full()
    }

    /// Forgets the last failure.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// payments.note_failure("reset by peer");
    /// payments.forget_failure();
    /// assert_eq!(payments.last_failure(), None);
    /// ```
    pub fn forget_failure(&self) {
        self.0.observer().last_failure.store(None);
    }
}

impl<K: Clone, C: Clock, O: Observer> NamedBreaker<K, C, O> {
    /// Acquires a permit to make one call; see [`CircuitBreaker::try_acquire`]. For a permit that
    /// moves into a task, use [`Held::acquire`](tripword::Held::acquire).
    ///
    /// # Errors
    ///
    /// The refusal, with the name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Handle, Held};
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// payments.try_acquire()?.success();
    ///
    /// let permit = Held::acquire(payments.clone());
    /// let permit = permit.map_err(|(payments, rejected)| payments.explain(rejected))?;
    /// std::thread::spawn(move || permit.success()).join().unwrap();
    ///
    /// payments.breaker().trip();
    /// assert_eq!(&*payments.try_acquire().unwrap_err().name, "payments");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_, C, Named<K, O>>, NamedRejected<K>> {
        let permit = self.0.try_acquire();
        permit.map_err(|rejected| self.refusal(rejected))
    }

    /// Calls `f` if the circuit admits it; see [`CircuitBreaker::call`].
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `f` was not called, [`CallError::Inner`] with the error of `f` if
    /// it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert_eq!(payments.call(|| "42".parse::<u32>()), Ok(42));
    ///
    /// payments.breaker().trip();
    /// let refused = payments.call(|| "42".parse::<u32>()).unwrap_err();
    /// assert!(refused.to_string().starts_with(r#"circuit "payments" open, retry in "#));
    /// ```
    #[inline]
    pub fn call<T, E>(
        &self,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E, NamedRejected<K>>> {
        self.call_with(Outcome::of, f)
    }

    /// Calls `f` if the circuit admits it, and judges its result by `classify`; see
    /// [`CircuitBreaker::call_with`].
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Outcome;
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// let not_found_is_fine = |result: &Result<(), u16>| match result {
    ///     Err(404) => Outcome::Ignored,
    ///     result => Outcome::of(result),
    /// };
    /// assert!(payments.call_with(not_found_is_fine, || Err(404)).is_err());
    /// assert_eq!(payments.breaker().snapshot().consecutive_failures, 0);
    /// ```
    #[inline]
    pub fn call_with<T, E>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> Outcome,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, CallError<E, NamedRejected<K>>> {
        let result = self.0.call_with(classify, f);
        result.map_err(|error| error.map_rejected(|rejected| self.refusal(rejected)))
    }

    /// Awaits `future` if the circuit admits it at the first poll; see
    /// [`CircuitBreaker::call_async`].
    ///
    /// # Errors
    ///
    /// [`CallError::Rejected`] if `future` was not polled, [`CallError::Inner`] with its error if
    /// it was.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// # pollster::block_on(async {
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert_eq!(payments.call_async(async { "42".parse::<u32>() }).await, Ok(42));
    ///
    /// payments.breaker().trip();
    /// let refused = payments.call_async(async { "42".parse::<u32>() }).await.unwrap_err();
    /// assert_eq!(&*refused.rejected().unwrap().name, "payments");
    /// # });
    /// ```
    pub async fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E, NamedRejected<K>>> {
        self.call_async_with(Outcome::of, future).await
    }

    /// Awaits `future` if the circuit admits it, and judges its output by `classify`; see
    /// [`CircuitBreaker::call_async_with`].
    ///
    /// # Errors
    ///
    /// As [`call_async`](Self::call_async).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{Outcome, State};
    /// use tripword_registry::Registry;
    ///
    /// # pollster::block_on(async {
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// let judge = |result: &Result<u16, std::io::Error>| match result {
    ///     Ok(503) => Outcome::RetryAfter(Duration::from_secs(5)),
    ///     result => Outcome::of(result),
    /// };
    /// assert_eq!(payments.call_async_with(judge, async { Ok(503) }).await.unwrap(), 503);
    /// assert_eq!(payments.breaker().state(), State::Open);
    /// # });
    /// ```
    pub async fn call_async_with<T, E>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> Outcome,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, CallError<E, NamedRejected<K>>> {
        let result = self.0.call_async_with(classify, future).await;
        result.map_err(|error| error.map_rejected(|rejected| self.refusal(rejected)))
    }

    /// Returns the refusal that a call would meet now; see [`CircuitBreaker::rejection`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert_eq!(payments.rejection(), None);
    /// payments.breaker().trip();
    /// assert_eq!(&*payments.rejection().unwrap().name, "payments");
    /// ```
    #[must_use]
    pub fn rejection(&self) -> Option<NamedRejected<K>> {
        let rejected = self.0.rejection()?;
        Some(self.refusal(rejected))
    }

    /// Returns `classify`, extended to note the error of each failure for later refusals.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Outcome;
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// let pay = || Err::<(), _>("503 Service Unavailable");
    /// let _ = payments.call_with(payments.noting(Outcome::of), pay);
    /// assert_eq!(&*payments.last_failure().unwrap().text, "503 Service Unavailable");
    /// ```
    pub fn noting<T, E: fmt::Display>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> Outcome,
    ) -> impl FnOnce(&Result<T, E>) -> Outcome {
        move |result| {
            let outcome = classify(result);
            if let (true, Err(error)) = (outcome.is_failure(), result) {
                self.note_failure(error);
            }
            outcome
        }
    }

    /// Notes the text of `error` as the last failure, where a permit is settled by hand. Counts
    /// nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// payments.note_failure("reset by peer");
    /// payments.try_acquire()?.failure();
    /// payments.breaker().trip();
    /// let refused = payments.try_acquire().unwrap_err().to_string();
    /// assert!(refused.ends_with(": moved manually, last: reset by peer"), "{refused}");
    /// # Ok::<(), tripword_registry::NamedRejected>(())
    /// ```
    #[cold]
    pub fn note_failure(&self, error: &(impl fmt::Display + ?Sized)) {
        let failure = LastFailure::new(error, self.0.clock().now());
        let last_failure = &self.0.observer().last_failure;
        last_failure.store(Some(Arc::new(failure)));
    }

    #[cold]
    fn refusal(&self, rejected: Rejected) -> NamedRejected<K> {
        let mut refusal =
            NamedRejected { name: self.name().clone(), rejected, cause: None, last_failure: None };
        if rejected.reason() == Reason::Open {
            refusal.last_failure = self.last_failure();
        }
        if refusal.last_failure.is_some() {
            // The circuit may have moved on since the refusal.
            let snapshot = self.0.snapshot();
            refusal.cause = snapshot.cause.filter(|_| snapshot.state == State::Open);
        }
        refusal
    }
}

impl<K, C, O> Handle for NamedBreaker<K, C, O>
where
    K: Clone + fmt::Debug + fmt::Display,
    C: Clock,
    O: Observer,
{
    type Clock = C;
    type Observer = Named<K, O>;
    type Rejection = NamedRejected<K>;

    #[inline]
    fn breaker(&self) -> &CircuitBreaker<C, Named<K, O>> {
        &self.0
    }

    fn explain(&self, rejected: Rejected) -> NamedRejected<K> {
        self.refusal(rejected)
    }
}

impl<K, C, O> Clone for NamedBreaker<K, C, O> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, C: Clock, O> fmt::Debug for NamedBreaker<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedBreaker").field("name", self.name()).field("breaker", &self.0).finish()
    }
}
