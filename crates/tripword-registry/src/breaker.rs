//! A breaker with a name: a handle, whose refusals say the name.

use super::error::NamedError;
use super::failure::LastFailure;
use super::named::Named;
use super::refusal::NamedRejected;
use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, MonotonicClock};
use crate::error::{CallError, Reason, Rejected};
use crate::observer::Observer;
use crate::outcome::{Finding, Outcome};
use crate::permit::{OwnedPermit, Permit};
use crate::state::{Cause, State};
use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

/// A [`CircuitBreaker`] with a name. It is a handle: clones are the same breaker. All that a breaker can do it can do, too. The refusals
/// of the methods below say the name; what is reached through the breaker itself (`wrap`, layers, owned permits taken through
/// [`shared`](Self::shared)) says no name.
///
/// ```
/// use tripword::CircuitBreaker;
/// use tripword::registry::NamedBreaker;
///
/// let breaker = CircuitBreaker::builder().build()?;
/// let payments = NamedBreaker::new("payments", breaker);
/// payments.trip();
/// let refused = payments.call(|| Ok::<_, ()>(1)).unwrap_err();
/// assert_eq!(refused.rejected().unwrap().name(), &"payments");
/// # Ok::<(), tripword::ConfigError>(())
/// ```
///
/// # Last failure
///
/// What it is told of the errors behind failures ([`noting`](Self::noting), [`note_failure`](Self::note_failure)) its refusals tell further.
/// A success costs nothing for it, a failure an allocation.
///
/// ```
/// use std::time::Duration;
/// use tripword::registry::Registry;
/// use tripword::{Builder, ManualClock, Outcome};
///
/// # static CLOCK: ManualClock = ManualClock::new();
/// let settings = Builder::new().consecutive_failures(4).open_duration(Duration::from_secs(8)).jitter(0.0);
/// let registry = Registry::builder().clock(&CLOCK).config(settings.config()?).build();
/// let payments = registry.get_or_create("payments");
/// for _ in 0..4 {
///     let pay = || Err::<(), _>("500 Internal Server Error");
///     let _ = payments.call_with(payments.noting(Outcome::of), pay);
/// }
/// assert_eq!(
///     payments.try_acquire().unwrap_err().to_string(),
///     r#"circuit "payments" open for 8.0 s more: 4 consecutive failures, last: 500 Internal Server Error"#,
/// );
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub struct NamedBreaker<K = Arc<str>, C = MonotonicClock, O = ()>(
    Arc<CircuitBreaker<C, Named<K, O>>>,
);

impl<K, C, O> NamedBreaker<K, C, O> {
    /// `breaker`, named. Who observes it goes on observing it.
    #[must_use]
    pub fn new(name: K, breaker: CircuitBreaker<C, O>) -> Self {
        let named = breaker.map_observer(|observer| Named::new(name, observer));
        Self(Arc::new(named))
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &K {
        self.named().name()
    }

    /// The breaker, to be shared with what takes one: a layer, an owned permit. Its refusals say no name.
    #[must_use]
    pub fn shared(&self) -> &Arc<CircuitBreaker<C, Named<K, O>>> {
        &self.0
    }

    /// The last failure that was noted, though the circuit may have closed since.
    #[must_use]
    pub fn last_failure(&self) -> Option<Arc<LastFailure>> {
        self.named().last_failure()
    }

    pub(super) fn of_shared(shared: Arc<CircuitBreaker<C, Named<K, O>>>) -> Self {
        Self(shared)
    }

    /// Whether there is a handle beside this one and the registry's own.
    pub(super) fn is_held(&self) -> bool {
        Arc::strong_count(&self.0) > 2
    }

    pub(super) fn named(&self) -> &Named<K, O> {
        self.0.observer()
    }
}

impl<K: Clone, C: Clock, O: Observer> NamedBreaker<K, C, O> {
    /// Asks to make one call; see [`CircuitBreaker::try_acquire`].
    ///
    /// # Errors
    ///
    /// The refusal, with the name.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_, C, Named<K, O>>, NamedRejected<K>> {
        self.0
            .try_acquire()
            .map_err(|rejected| self.explain(rejected))
    }

    /// Asks to make one call, with a permit that owns its share of the breaker; see [`CircuitBreaker::try_acquire_owned`].
    ///
    /// # Errors
    ///
    /// The refusal, with the name.
    pub fn try_acquire_owned(&self) -> Result<OwnedPermit<C, Named<K, O>>, NamedRejected<K>> {
        let permit = self.0.clone().try_acquire_owned();
        permit.map_err(|rejected| self.explain(rejected))
    }

    /// Calls `f` if the circuit admits it; see [`CircuitBreaker::call`].
    ///
    /// # Errors
    ///
    /// [`NamedError::Rejected`] if `f` was not called, [`NamedError::Inner`] with the error of `f` if it was.
    #[inline]
    pub fn call<T, E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<T, NamedError<E, K>> {
        self.call_with(Outcome::of, f)
    }

    /// Calls `f` if the circuit admits it; `classify` judges what it returned.
    ///
    /// # Errors
    ///
    /// As [`call`](Self::call).
    #[inline]
    pub fn call_with<T, E, J: Into<Finding>>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> J,
        f: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, NamedError<E, K>> {
        let result = self.0.call_with(classify, f);
        result.map_err(|error| self.put_name_to(error))
    }

    /// Awaits `future` if the circuit admits it; see [`CircuitBreaker::call_async`].
    ///
    /// # Errors
    ///
    /// [`NamedError::Rejected`] if `future` was not polled, [`NamedError::Inner`] with its error if it was.
    pub async fn call_async<T, E>(
        &self,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, NamedError<E, K>> {
        self.call_async_with(Outcome::of, future).await
    }

    /// Awaits `future` if the circuit admits it; `classify` judges its output.
    ///
    /// # Errors
    ///
    /// As [`call_async`](Self::call_async).
    pub async fn call_async_with<T, E, J: Into<Finding>>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> J,
        future: impl Future<Output = Result<T, E>>,
    ) -> Result<T, NamedError<E, K>> {
        let result = self.0.call_async_with(classify, future).await;
        result.map_err(|error| self.put_name_to(error))
    }

    /// The refusal that a call would meet now, with the name; see [`CircuitBreaker::rejection`].
    ///
    /// ```
    /// use tripword::registry::Registry;
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// assert!(payments.rejection().is_none());
    /// payments.trip();
    /// let rejected = payments.rejection().expect("it is open");
    /// assert!(rejected.to_string().starts_with("circuit \"payments\" open, retry in "));
    /// ```
    #[must_use]
    pub fn rejection(&self) -> Option<NamedRejected<K>> {
        let foreseen = self.0.rejection()?;
        Some(self.explain(foreseen))
    }

    /// `classify`, which then also notes the error of each failure, for the refusals that follow.
    pub fn noting<T, E: fmt::Display, J: Into<Finding>>(
        &self,
        classify: impl FnOnce(&Result<T, E>) -> J,
    ) -> impl FnOnce(&Result<T, E>) -> Finding {
        move |result| {
            let finding = classify(result).into();
            if let (Outcome::Failure, Err(error)) = (finding.outcome(), result) {
                self.note_failure(error);
            }
            finding
        }
    }

    /// Notes the text of `error` as that of the last failure, where a permit is settled by hand. It counts nothing.
    #[cold]
    pub fn note_failure(&self, error: &(impl fmt::Display + ?Sized)) {
        let failure = LastFailure::new(error, self.clock().now());
        self.named().note(failure);
    }

    /// A refusal of this breaker, with its name; and, while the circuit is open, with what opened it and the last failure, if one was noted.
    #[cold]
    pub fn explain(&self, rejected: Rejected) -> NamedRejected<K> {
        let refusal = NamedRejected::new(self.name().clone(), rejected);
        match self.last_failure() {
            Some(failure) if rejected.reason() == Reason::Open => {
                refusal.because(self.what_opened_it(), failure)
            }
            _ => refusal,
        }
    }

    /// The cause of the newest transition, if that is still the one into open: since the refusal the circuit may have moved on.
    fn what_opened_it(&self) -> Option<Cause> {
        let now = self.snapshot();
        now.cause.filter(|_| now.state == State::Open)
    }

    #[cold]
    fn put_name_to<E>(&self, error: CallError<E>) -> NamedError<E, K> {
        match error {
            CallError::Rejected(rejected) => NamedError::Rejected(self.explain(rejected)),
            CallError::Inner(error) => NamedError::Inner(error),
        }
    }
}

impl<K, C, O> Deref for NamedBreaker<K, C, O> {
    type Target = CircuitBreaker<C, Named<K, O>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K, C, O> Clone for NamedBreaker<K, C, O> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<K: fmt::Debug, C, O> fmt::Debug for NamedBreaker<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NamedBreaker")
            .field("name", self.name())
            .finish_non_exhaustive()
    }
}
