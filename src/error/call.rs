//! The error of a guarded call: it was refused, or it failed.

use super::rejected::Rejected;
use core::fmt;

/// The error of a guarded call: the breaker refused it, or the function failed.
///
/// `R` is the refusal: a [`Rejected`], or one with the breaker's name where breakers have names.
/// The message and the source of a `CallError` are those of the refusal or of the function's error,
/// so that a report of an error and its sources prints each once. The source of a refusal says that
/// a breaker refused the call. Code that does not know `E` finds the refusal by it, with
/// [`Rejected::find_in`]; the [`Rejected`] itself is not among the sources of a boxed `CallError`.
///
/// ```text
/// cannot charge the card: circuit open, retry in 7.5 s: the circuit breaker refused the call
/// ```
///
/// # Examples
///
/// ```
/// use tripword::{CallError, CircuitBreaker};
///
/// let breaker = CircuitBreaker::default();
/// match breaker.call(|| "7 cents".parse::<u32>()) {
///     Ok(cents) => println!("{cents}"),
///     Err(CallError::Rejected(rejected)) => println!("not called: {rejected}"),
///     Err(CallError::Inner(error)) => {
///         assert_eq!(error.to_string(), "invalid digit found in string");
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallError<E, R = Rejected> {
    /// The breaker refused the call; the function was not called.
    Rejected(R),
    /// The function was called and returned this error.
    Inner(E),
}

impl<E, R> CallError<E, R> {
    /// Returns the refusal, if the call was refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Reason};
    ///
    /// let breaker = CircuitBreaker::default();
    /// breaker.trip();
    /// let error = breaker.call(|| "42".parse::<u32>()).unwrap_err();
    /// assert_eq!(error.rejected().map(|rejected| rejected.reason()), Some(Reason::Open));
    /// ```
    #[must_use]
    pub fn rejected(&self) -> Option<&R> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Inner(_) => None,
        }
    }

    /// Returns the function's own error, if the function was called.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::default();
    /// let error = breaker.call(|| Err::<(), _>(404)).unwrap_err();
    /// assert_eq!(error.inner(), Some(&404));
    /// ```
    #[must_use]
    pub fn inner(&self) -> Option<&E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// Converts into the refusal, if the call was refused.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::default();
    /// breaker.trip();
    /// let rejected = breaker.call(|| Err::<(), _>(404)).unwrap_err().into_rejected();
    /// assert!(rejected.unwrap().to_string().starts_with("circuit open, retry in "));
    /// ```
    #[must_use]
    pub fn into_rejected(self) -> Option<R> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Inner(_) => None,
        }
    }

    /// Converts into the function's own error, if the function was called.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::default();
    /// let error = breaker.call(|| Err::<(), _>("no answer".to_owned())).unwrap_err();
    /// assert_eq!(error.into_inner().as_deref(), Some("no answer"));
    /// ```
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// Converts the function's own error by `f`, and leaves a refusal as it is.
    ///
    /// # Examples
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

    /// Converts the refusal by `f`, for instance into one with the breaker's name, and leaves the
    /// function's own error as it is.
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

    /// Converts both cases into one error, the type of the function's own error, which must have a
    /// conversion from the refusal. Where the types differ, use [`map_inner`](Self::map_inner)
    /// first.
    ///
    /// # Examples
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
    /// Converts into a box with the refusal, or with the function's own error, so that
    /// `downcast_ref` finds either directly. (`?` boxes the whole `CallError`.)
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker, Rejected};
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// breaker.trip();
    /// let called = breaker.call(|| "42".parse::<u32>()).map_err(CallError::into_boxed);
    /// assert!(called.unwrap_err().is::<Rejected>());
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

/// The boxed error of tower and of most other crates.
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
    E: core::error::Error,
    R: core::error::Error,
{
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        // The message is that of the refusal or error, so the source is the one that it has.
        match self {
            Self::Rejected(rejected) => rejected.source(),
            Self::Inner(error) => error.source(),
        }
    }
}
