//! How a permit, a layer or a future holds its breaker.

use crate::breaker::CircuitBreaker;
use crate::clock::Clock;
use crate::error::Rejected;
use crate::observer::Observer;
use core::fmt;

/// A value that gives access to one [`CircuitBreaker`], always the same one: `&CircuitBreaker`,
/// `Arc<CircuitBreaker>`, or the named breaker of a registry.
///
/// Permits ([`Held`]), layers and pages take a handle, so that each user chooses how the breaker is
/// shared. A `&'static` breaker costs nothing to copy; an `Arc` costs a shared count.
///
/// [`breaker`](Self::breaker) must return the same breaker each time: a permit is settled through
/// the handle that acquired it.
///
/// [`Held`]: crate::Held
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Handle, State, breaker};
///
/// fn is_open(handle: &impl Handle) -> bool {
///     handle.breaker().state() == State::Open
/// }
///
/// breaker! { static PAYMENTS: CircuitBreaker = consecutive_failures(5); }
/// assert!(!is_open(&&PAYMENTS));
/// ```
// One message instead of a label and notes, which rustc omits where it suggests a borrow.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handle of a circuit breaker: expected an `Arc<CircuitBreaker>`, a \
               `&CircuitBreaker` (`&'static` where it is stored), or a named breaker"
)]
pub trait Handle {
    /// The breaker's clock.
    type Clock: Clock;
    /// The breaker's observer.
    type Observer: Observer;
    /// The refusal that users of this handle meet: a [`Rejected`], or one with the breaker's name.
    /// If that is an error, its source should be that of the [`Rejected`], so that
    /// [`Rejected::find_in`] finds it.
    type Rejection: fmt::Debug + fmt::Display;

    /// Returns the breaker.
    fn breaker(&self) -> &CircuitBreaker<Self::Clock, Self::Observer>;

    /// Turns a refusal of the breaker into the one that users of this handle meet.
    fn explain(&self, rejected: Rejected) -> Self::Rejection;
}

macro_rules! plain_handle {
    ($pointer:ty) => {
        impl<C: Clock, O: Observer> Handle for $pointer {
            type Clock = C;
            type Observer = O;
            type Rejection = Rejected;

            #[inline]
            fn breaker(&self) -> &CircuitBreaker<C, O> {
                self
            }

            #[inline]
            fn explain(&self, rejected: Rejected) -> Rejected {
                rejected
            }
        }
    };
}

plain_handle!(&CircuitBreaker<C, O>);
#[cfg(feature = "alloc")]
plain_handle!(alloc::sync::Arc<CircuitBreaker<C, O>>);

/// A reference to a handle is a handle: a `&'static` named breaker costs nothing to copy.
impl<H: Handle> Handle for &H {
    type Clock = H::Clock;
    type Observer = H::Observer;
    type Rejection = H::Rejection;

    #[inline]
    fn breaker(&self) -> &CircuitBreaker<H::Clock, H::Observer> {
        (**self).breaker()
    }

    #[inline]
    fn explain(&self, rejected: Rejected) -> H::Rejection {
        (**self).explain(rejected)
    }
}
