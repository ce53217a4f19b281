//! Why a call through a named breaker has no value: it was refused, with the name, or it failed.

use super::refusal::NamedRejected;
use crate::error::CallError;
use std::sync::Arc;

/// Why a call guarded by a named breaker has no value: a [`CallError`] whose refusal says the name.
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
pub type NamedError<E, K = Arc<str>> = CallError<E, NamedRejected<K>>;

impl<E, K> NamedError<E, K> {
    /// The same, with a refusal that says no name.
    #[must_use]
    pub fn without_name(self) -> CallError<E> {
        match self {
            Self::Rejected(rejected) => CallError::Rejected(rejected.into()),
            Self::Inner(error) => CallError::Inner(error),
        }
    }
}

impl<E, K> From<NamedRejected<K>> for NamedError<E, K> {
    fn from(rejected: NamedRejected<K>) -> Self {
        Self::Rejected(rejected)
    }
}
