//! Refusals of breakers among the errors of a stack.

use core::error::Error;
use tripword::{CallError, Rejected};

/// Returns whether an error is the refusal of a breaker: the error itself, or one of its sources.
///
/// # Examples
///
/// ```
/// use tripword::{CallError, breaker};
/// use tripword_tower::is_refusal;
///
/// breaker! { static BACKEND: tripword::CircuitBreaker = consecutive_failures(5); }
///
/// let failed = BACKEND.call(|| "x".parse::<u32>()).unwrap_err();
/// assert!(!is_refusal(&failed));
/// BACKEND.trip();
/// let refused = BACKEND.call(|| "42".parse::<u32>()).unwrap_err();
/// assert!(is_refusal(&std::io::Error::other(refused)));
/// ```
#[must_use]
pub fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    Rejected::find_in(error).is_some()
}

/// An error that may be the refusal of a breaker.
///
/// Implemented for [`CallError`], where it is a refusal by the service that returned it, and for
/// boxed errors, where the refusal is searched among the sources. Implement it for an error of your
/// own to use it with [`Ignoring::refusals`](crate::Ignoring::refusals) and with the layers and
/// policies of this crate.
///
/// # Examples
///
/// ```
/// use tripword::{Rejected, breaker};
/// use tripword_tower::MaybeRefused;
///
/// #[derive(Debug)]
/// enum PayError {
///     Declined,
///     Unavailable(Rejected),
/// }
///
/// impl MaybeRefused for PayError {
///     type Other = Self;
///
///     fn refusal(&self) -> Option<Rejected> {
///         match self {
///             Self::Declined => None,
///             Self::Unavailable(rejected) => Some(*rejected),
///         }
///     }
///
///     fn into_refusal(self) -> Result<Rejected, Self> {
///         self.refusal().ok_or(self)
///     }
/// }
///
/// breaker! { static BANK: tripword::CircuitBreaker = consecutive_failures(5); }
/// BANK.trip();
/// let rejected = BANK.try_acquire().unwrap_err();
/// assert_eq!(PayError::Unavailable(rejected).refusal(), Some(rejected));
/// assert_eq!(PayError::Declined.refusal(), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether it is the refusal of a breaker",
    note = "expected a `CallError` or a boxed error: implement `MaybeRefused` for an error of your \
            own"
)]
pub trait MaybeRefused {
    /// The errors that are no refusals.
    type Other;

    /// Returns the refusal, if it is one.
    fn refusal(&self) -> Option<Rejected>;

    /// Converts into the refusal.
    ///
    /// # Errors
    ///
    /// The error, if it is none.
    fn into_refusal(self) -> Result<Rejected, Self::Other>;
}

impl<E, R: AsRef<Rejected>> MaybeRefused for CallError<E, R> {
    type Other = E;

    fn refusal(&self) -> Option<Rejected> {
        self.rejected().map(|rejected| *rejected.as_ref())
    }

    fn into_refusal(self) -> Result<Rejected, E> {
        match self {
            Self::Rejected(rejected) => Ok(*rejected.as_ref()),
            Self::Inner(error) => Err(error),
        }
    }
}

macro_rules! boxed_errors {
    ($($boxed:ty),+) => {$(
        impl MaybeRefused for $boxed {
            type Other = Self;

            fn refusal(&self) -> Option<Rejected> {
                Rejected::find_in(&**self)
            }

            fn into_refusal(self) -> Result<Rejected, Self> {
                self.refusal().ok_or(self)
            }
        }
    )+};
}

boxed_errors!(Box<dyn Error>, Box<dyn Error + Send>, Box<dyn Error + Send + Sync>);
