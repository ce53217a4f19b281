//! Refusals with the name of their breaker.

use crate::failure::LastFailure;
use std::fmt;
use std::sync::Arc;
use tripword::{CallError, Cause, Rejected};

/// A refusal by a named breaker: a [`Rejected`] with the name and, while the circuit is open, with
/// the last failure if one was noted.
///
/// `Display` prints one line: in the name and in the text of the last failure, control characters
/// are escaped. [`Rejected::find_in`] finds the [`Rejected`]; the source of both is the same.
///
/// Calls through a [`NamedBreaker`](crate::NamedBreaker) return it in a [`CallError`], whose
/// [`flatten`](CallError::flatten) converts it into an error of your own.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use tripword::CallError;
/// use tripword_registry::{NamedRejected, Registry};
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
///     let receipt = payments.call(|| Err(PayError::Declined)).map_err(CallError::flatten)?;
///     Ok(receipt)
/// }
///
/// let registry = Registry::builder().build();
/// assert!(matches!(pay(&registry), Err(PayError::Declined)));
///
/// registry.get_or_create("payments").breaker().trip_for(Duration::from_secs(8));
/// let Err(PayError::Unavailable(refusal)) = pay(&registry) else { panic!("it is open") };
/// assert_eq!(&*refusal.name, "payments");
/// assert!(refusal.rejected.retry_after() > Some(Duration::from_secs(7)));
/// assert!(refusal.to_string().starts_with(r#"circuit "payments" open, retry in "#));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NamedRejected<K = Arc<str>> {
    /// The name of the breaker.
    pub name: K,
    /// The refusal itself.
    pub rejected: Rejected,
    /// What opened the circuit, if it is open, a failure was noted, and the cause is still known.
    pub cause: Option<Cause>,
    /// The last failure, if the circuit is open and one was noted.
    pub last_failure: Option<Arc<LastFailure>>,
}

impl<K: fmt::Display> fmt::Display for NamedRejected<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.rejected.with_name(&self.name))?;
        let Some(failure) = &self.last_failure else {
            return Ok(());
        };
        f.write_str(": ")?;
        match self.cause {
            Some(Cause::Tripped(verdict)) => write!(f, "{verdict}, ")?,
            Some(cause) => write!(f, "{cause}, ")?,
            None => {}
        }
        write!(f, "last: {}", failure.text)
    }
}

impl<K: fmt::Display + fmt::Debug> std::error::Error for NamedRejected<K> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        // The message of the bare refusal is a part of this one's.
        self.rejected.source()
    }
}

impl<K> AsRef<Rejected> for NamedRejected<K> {
    fn as_ref(&self) -> &Rejected {
        &self.rejected
    }
}

impl<E, K> From<NamedRejected<K>> for CallError<E, NamedRejected<K>> {
    fn from(rejected: NamedRejected<K>) -> Self {
        Self::Rejected(rejected)
    }
}
