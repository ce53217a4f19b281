//! Observers of a breaker.

use crate::error::Rejected;
use crate::outcome::Settlement;
use crate::state::Mode;
use crate::transition::Transition;

/// A receiver of transitions, refusals, outcomes and mode changes.
///
/// Each method is called on the thread that caused the event, after it took effect and outside of
/// any critical section: calling the breaker from an observer is safe. The caller waits meanwhile,
/// so an observer should be quick. `()` observes nothing and costs nothing. A tuple of two
/// observers is an observer; so is an `Option` of one, a reference to one and, with feature
/// `alloc`, an `Arc` or a `Box`.
///
/// If an observer panics, the panic propagates to the caller of the breaker. The breaker stays
/// consistent: a permit that was being settled is settled, and a call that was about to be admitted
/// is not made and gives its slot back. If an observer panics while a permit is dropped during
/// unwinding, the process aborts, as with any panic in a destructor.
///
/// # Examples
///
/// ```
/// use tripword::{CircuitBreaker, Observer, Transition};
///
/// struct Log;
/// impl Observer for Log {
///     fn on_transition(&self, transition: &Transition) {
///         println!("payments: {transition}");
///     }
/// }
/// let breaker = CircuitBreaker::builder().build()?.observed_by(Log);
/// breaker.trip(); // payments: closed -> open: moved manually
/// # Ok::<(), tripword::ConfigError>(())
/// ```
pub trait Observer {
    /// Called once for each transition, by the thread that made it.
    fn on_transition(&self, transition: &Transition) {
        let _ = transition;
    }

    /// Called for each refused call, and for each one that only [`Mode::Shadow`] let pass
    /// ([`Rejected::is_shadowed`]).
    fn on_rejected(&self, rejected: &Rejected) {
        let _ = rejected;
    }

    /// Called for each settled call.
    fn on_outcome(&self, settlement: &Settlement) {
        let _ = settlement;
    }

    /// Called when the mode changes.
    fn on_mode(&self, from: Mode, to: Mode) {
        let _ = (from, to);
    }
}

impl Observer for () {}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn on_transition(&self, transition: &Transition) {
        self.0.on_transition(transition);
        self.1.on_transition(transition);
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.0.on_rejected(rejected);
        self.1.on_rejected(rejected);
    }

    fn on_outcome(&self, settlement: &Settlement) {
        self.0.on_outcome(settlement);
        self.1.on_outcome(settlement);
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.0.on_mode(from, to);
        self.1.on_mode(from, to);
    }
}

/// `None` observes nothing.
impl<O: Observer> Observer for Option<O> {
    fn on_transition(&self, transition: &Transition) {
        if let Some(observer) = self {
            observer.on_transition(transition);
        }
    }

    fn on_rejected(&self, rejected: &Rejected) {
        if let Some(observer) = self {
            observer.on_rejected(rejected);
        }
    }

    fn on_outcome(&self, settlement: &Settlement) {
        if let Some(observer) = self {
            observer.on_outcome(settlement);
        }
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        if let Some(observer) = self {
            observer.on_mode(from, to);
        }
    }
}

macro_rules! observe_through {
    ($pointer:ty) => {
        impl<O: Observer + ?Sized> Observer for $pointer {
            fn on_transition(&self, transition: &Transition) {
                (**self).on_transition(transition);
            }

            fn on_rejected(&self, rejected: &Rejected) {
                (**self).on_rejected(rejected);
            }

            fn on_outcome(&self, settlement: &Settlement) {
                (**self).on_outcome(settlement);
            }

            fn on_mode(&self, from: Mode, to: Mode) {
                (**self).on_mode(from, to);
            }
        }
    };
}

observe_through!(&O);
#[cfg(feature = "alloc")]
observe_through!(alloc::sync::Arc<O>);
#[cfg(feature = "alloc")]
observe_through!(alloc::boxed::Box<O>);
