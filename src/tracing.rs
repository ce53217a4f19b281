//! An observer that tells each transition as an event of the crate `tracing`.

use crate::observer::Observer;
use crate::state::{Mode, State};
use crate::transition::Transition;
use core::fmt::Display;
use core::time::Duration;
use tracing::{Level, event};

/// Tells each transition of the breaker `N` as one event, and each change of its mode: at the level WARN where it opens or leaves the
/// normal mode, at INFO elsewhere. What only a call knows (outcomes, refusals) it does not tell; who listens to nothing pays nothing on a call.
///
/// The target is `tripword`, and the fields are `breaker` (the name), `from`, `to`, `cause`, `generation` and, where the circuit opened,
/// `retry_after_ms`, unless that never comes.
///
/// ```
/// use tripword::CircuitBreaker;
/// use tripword::tracing::Events;
///
/// let breaker = CircuitBreaker::builder().build()?.observed_by(Events::of("payments"));
/// breaker.trip(); // WARN tripword: circuit open breaker=payments from=closed to=open cause=moved by hand generation=1 …
/// # Ok::<(), tripword::ConfigError>(())
/// ```
///
/// In a `static`:
///
/// ```
/// use tripword::tracing::Events;
/// use tripword::{CircuitBreaker, MonotonicClock, breaker};
///
/// static PAYMENTS: CircuitBreaker<MonotonicClock, Events<&str>> =
///     breaker!(observer: Events::of("payments"); consecutive_failures(5));
/// # PAYMENTS.trip();
/// ```
///
/// All breakers of a registry:
///
/// ```
/// # #[cfg(feature = "registry")] {
/// use std::sync::Arc;
/// use tripword::registry::Registry;
/// use tripword::tracing::Events;
///
/// let registry = Registry::builder().observed_by(|name: &Arc<str>, _| Events::of(name.clone())).build();
/// registry.get_or_create("payments").trip();
/// # }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Events<N> {
    breaker: N,
}

impl<N: Display> Events<N> {
    /// Events of the breaker with this name.
    pub const fn of(breaker: N) -> Self {
        Self { breaker }
    }
}

/// An event at a level that is known when the program runs.
macro_rules! tell {
    ($warns:expr, $($event:tt)+) => {
        if $warns {
            event!(target: "tripword", Level::WARN, $($event)+);
        } else {
            event!(target: "tripword", Level::INFO, $($event)+);
        }
    };
}

impl<N: Display> Observer for Events<N> {
    fn on_transition(&self, transition: &Transition) {
        tell!(
            transition.to == State::Open,
            breaker = %self.breaker,
            from = %transition.from,
            to = %transition.to,
            cause = %transition.cause,
            generation = transition.generation,
            retry_after_ms = transition.retry_after.map(millis),
            "circuit {}",
            transition.to,
        );
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        tell!(
            to != Mode::Normal,
            breaker = %self.breaker,
            from = %from,
            to = %to,
            "mode {to}",
        );
    }
}

fn millis(wait: Duration) -> u64 {
    u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
}
