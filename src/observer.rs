//! Who hears what the breaker does.

use crate::error::Rejected;
use crate::outcome::Outcome;
use crate::state::{Mode, Transition};
use core::time::Duration;

/// Hears of transitions, refusals, outcomes and modes.
///
/// Each method is called on the thread that made the thing happen, after it happened and outside of anything: calling the breaker
/// from one is safe. It delays that caller, so it should be quick. `()` hears nothing and costs nothing; a tuple of two observers is
/// an observer; so is an `Option` of one, a reference to one and, with the feature `alloc`, an `Arc` or a `Box`.
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
/// # Ok::<(), tripword::ConfigError>(())
/// ```
///
/// One that panics unwinds into the call that it was told of; the breaker's state is whole, a permit that was being settled is
/// settled, and a call that was about to be admitted is not made and gives its slot back. Told of a permit that a panic drops, one that
/// panics aborts the process, as any panic in a destructor does while another one unwinds.
pub trait Observer {
    /// The circuit moved. Called once for each move.
    fn on_transition(&self, transition: &Transition) {
        let _ = transition;
    }

    /// A call was refused, or would have been but for [`Mode::Shadow`] ([`Rejected::is_shadowed`]).
    fn on_rejected(&self, rejected: &Rejected) {
        let _ = rejected;
    }

    /// A permit was settled.
    fn on_outcome(&self, settlement: &Settlement) {
        let _ = settlement;
    }

    /// The mode was changed.
    fn on_mode(&self, from: Mode, to: Mode) {
        let _ = (from, to);
    }
}

/// What a permit came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// What the call came to.
    pub outcome: Outcome,
    /// Whether it counted in its generation. One that is ignored, that a mode let through, or that was admitted in another generation did
    /// not. One that is settled when its bucket has already left a window of time counts, though the window no longer holds it.
    pub counted: bool,
    /// Whether the call was slow; never, where slow calls are not judged.
    pub slow: bool,
    /// How long the call took, where the caller measured it ([`Permit::record_elapsed`](crate::Permit::record_elapsed)); `None` elsewhere,
    /// even where the breaker judges it.
    pub elapsed: Option<Duration>,
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

/// `None` hears nothing.
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
