//! Why a call through a named breaker has no value: it was refused, with the name, or it failed.

use super::refusal::NamedRejected;
use crate::error::{Boxed, CallError};
use core::fmt;
use std::sync::Arc;

/// Why a call guarded by a named breaker has no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedError<E, K = Arc<str>> {
    /// The breaker refused; the function was not called.
    Rejected(NamedRejected<K>),
    /// The function was called and this is its error.
    Inner(E),
}

impl<E, K> NamedError<E, K> {
    /// The refusal, if it is one.
    #[must_use]
    pub fn rejected(&self) -> Option<&NamedRejected<K>> {
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

    /// Takes out the function's own error, if it was called.
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        match self {
            Self::Rejected(_) => None,
            Self::Inner(error) => Some(error),
        }
    }

    /// The same, with the function's own error turned into another by `f`; see [`CallError::map_inner`].
    #[must_use]
    pub fn map_inner<F>(self, f: impl FnOnce(E) -> F) -> NamedError<F, K> {
        match self {
            Self::Rejected(rejected) => NamedError::Rejected(rejected),
            Self::Inner(error) => NamedError::Inner(f(error)),
        }
    }

    /// One error for both, of a type that has a place for a refusal with a name; see [`CallError::flatten`].
    ///
    /// ```
    /// use tripword::registry::{NamedError, NamedRejected, Registry};
    ///
    /// #[derive(Debug)]
    /// enum PayError {
    ///     Declined,
    ///     Unavailable(NamedRejected),
    /// }
    /// impl From<NamedRejected> for PayError {
    ///     fn from(rejected: NamedRejected) -> Self {
    ///         Self::Unavailable(rejected)
    ///     }
    /// }
    ///
    /// fn pay(registry: &Registry) -> Result<String, PayError> {
    ///     let payments = registry.get_or_create("payments");
    ///     let receipt = payments.call(|| Err(PayError::Declined)).map_err(NamedError::flatten)?;
    ///     Ok(receipt)
    /// }
    ///
    /// let registry = Registry::builder().build();
    /// assert!(matches!(pay(&registry), Err(PayError::Declined)));
    /// registry.get_or_create("payments").trip();
    /// assert!(matches!(pay(&registry), Err(PayError::Unavailable(why)) if &**why.name() == "payments"));
    /// ```
    #[must_use]
    pub fn flatten(self) -> E
    where
        E: From<NamedRejected<K>>,
    {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Inner(error) => error,
        }
    }
}

impl<E, K> NamedError<E, K>
where
    E: Into<Boxed>,
    K: fmt::Display + fmt::Debug + Send + Sync + 'static,
{
    /// One box for both: a [`NamedRejected`], or the function's own error as it is; see [`CallError::into_boxed`].
    ///
    /// ```
    /// use tripword::registry::{NamedError, NamedRejected, Registry};
    ///
    /// let payments = Registry::builder().build().get_or_create("payments");
    /// payments.trip();
    /// let error = payments.call(|| "42".parse::<u32>()).map_err(NamedError::into_boxed).unwrap_err();
    /// assert!(error.is::<NamedRejected>());
    /// ```
    #[must_use]
    pub fn into_boxed(self) -> Boxed {
        match self {
            Self::Rejected(rejected) => rejected.into(),
            Self::Inner(error) => error.into(),
        }
    }
}

/// Without the name.
impl<E, K> From<NamedError<E, K>> for CallError<E> {
    fn from(named: NamedError<E, K>) -> Self {
        match named {
            NamedError::Rejected(rejected) => Self::Rejected(rejected.into()),
            NamedError::Inner(error) => Self::Inner(error),
        }
    }
}

impl<E, K> From<NamedRejected<K>> for NamedError<E, K> {
    fn from(rejected: NamedRejected<K>) -> Self {
        Self::Rejected(rejected)
    }
}

impl<E: fmt::Display, K: fmt::Display> fmt::Display for NamedError<E, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Inner(error) => error.fmt(f),
        }
    }
}

impl<E, K> core::error::Error for NamedError<E, K>
where
    E: core::error::Error + 'static,
    K: fmt::Display + fmt::Debug,
{
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Rejected(_) => None,
            // The message is the error's own, so what lies behind is its source.
            Self::Inner(error) => error.source(),
        }
    }
}
