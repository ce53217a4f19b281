//! Why a guarded call has no value: it was refused, or it failed.

use super::Rejected;
use core::fmt;

/// Why a guarded call has no value. A refusal is a [`Rejected`]; where breakers have names, it is one that says the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError<E, R = Rejected> {
    /// The breaker refused; the function was not called.
    Rejected(R),
    /// The function was called and this is its error.
    Inner(E),
}

impl<E, R> CallError<E, R> {
    /// The refusal, if it is one.
    #[must_use]
    pub fn rejected(&self) -> Option<&R> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Inner(_) => None,
        }
    }

    /// The function's own error, if it was called.
    #[must_use]
    pub fn inner(&self) -> Option<&E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// Takes out the refusal, if it is one.
    #[must_use]
    pub fn into_rejected(self) -> Option<R> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Inner(_) => None,
        }
    }

    /// Takes out the function's own error, if it was called.
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// The same, with the function's own error turned into another by `f`.
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let read = breaker.call(|| "7 cents".parse::<u32>());
    /// let read = read.map_err(|error| error.map_inner(|error| error.to_string()));
    /// assert_eq!(read, Err(CallError::Inner("invalid digit found in string".to_owned())));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn map_inner<F>(self, f: impl FnOnce(E) -> F) -> CallError<F, R> {
        match self {
            Self::Rejected(rejected) => CallError::Rejected(rejected),
            Self::Inner(error) => CallError::Inner(f(error)),
        }
    }

    /// Converts the refusal by `f`, for instance into one with the breaker's name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let called = breaker.call(|| Ok::<_, ()>(42));
    /// let called = called.map_err(|error| error.map_rejected(|rejected| rejected.reason()));
    /// assert_eq!(called.unwrap_err().into_rejected(), Some(tripword::Reason::Open));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn map_rejected<S>(self, f: impl FnOnce(R) -> S) -> CallError<E, S> {
        match self {
            Self::Rejected(rejected) => CallError::Rejected(f(rejected)),
            Self::Inner(error) => CallError::Inner(error),
        }
    }

    /// One error for both, of a type that has a place for a refusal: for those whose functions return an error of their own, and `?`
    /// it.
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Rejected};
    ///
    /// #[derive(Debug, PartialEq)]
    /// enum PayError {
    ///     Declined,
    ///     Unavailable(Rejected),
    /// }
    /// impl From<Rejected> for PayError {
    ///     fn from(rejected: Rejected) -> Self {
    ///         Self::Unavailable(rejected)
    ///     }
    /// }
    ///
    /// fn pay(breaker: &CircuitBreaker) -> Result<String, PayError> {
    ///     let receipt = breaker.call(|| Err(PayError::Declined)).map_err(CallError::flatten)?;
    ///     Ok(receipt)
    /// }
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// assert_eq!(pay(&breaker), Err(PayError::Declined));
    /// breaker.trip();
    /// assert!(matches!(pay(&breaker), Err(PayError::Unavailable(_))));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    ///
    /// Where the function has an error of another type, [`map_inner`](Self::map_inner) makes it this one first.
    #[must_use]
    pub fn flatten(self) -> E
    where
        E: From<R>,
    {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Inner(error) => error,
        }
    }
}

#[cfg(feature = "alloc")]
impl<E: Into<Boxed>, R: Into<Boxed>> CallError<E, R> {
    /// One box for both: the refusal, or the function's own error as it is. For those who keep every error in a box, and
    /// tell them apart by `downcast_ref`.
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Rejected};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let error = breaker.call(|| "42".parse::<u32>()).map_err(CallError::into_boxed).unwrap_err();
    /// assert!(error.is::<Rejected>());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> Boxed {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Inner(error) => error.into(),
        }
    }
}

/// As tower, and most who box errors, have it.
#[cfg(feature = "alloc")]
type Boxed = alloc::boxed::Box<dyn core::error::Error + Send + Sync>;

impl<E> From<Rejected> for CallError<E> {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl<E: fmt::Display, R: fmt::Display> fmt::Display for CallError<E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E, R> core::error::Error for CallError<E, R>
where
    E: core::error::Error + 'static,
    R: fmt::Display + fmt::Debug,
{
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Rejected(_) => None,
            // The message is the error's own, so what lies behind is its source.
            Self::Inner(error) => error.source(),
        }
    }
}
