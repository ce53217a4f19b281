//! An observer that reports transitions as events of the crate `tracing`.

use crate::nanos::millis_rounded_up;
use crate::observer::Observer;
use crate::state::{Mode, State};
use crate::transition::Transition;
use core::fmt::{self, Display, Write};
use tracing::{Level, event};

/// Reports each transition and each change of mode of the breaker named `N` as one event: at level
/// WARN where the circuit opens or leaves the normal mode, at INFO elsewhere.
///
/// Outcomes and refusals are not reported. Without a subscriber, a call costs nothing more.
///
/// The target is `tripword`. The fields are `breaker` (the name, where control characters are
/// escaped, so that it stays on one line), `from`, `to`, `cause`, `generation` and, where the
/// circuit opened for a known time, `retry_after_ms`, rounded up.
///
/// # Examples
///
/// ```
/// use tripword::tracing::Events;
/// use tripword::{CircuitBreaker, MonotonicClock, State, breaker};
///
/// let breaker = CircuitBreaker::builder().build()?.observed_by(Events::of("payments"));
/// breaker.trip();
/// // WARN tripword: circuit open breaker=payments from=closed to=open cause=moved manually …
/// assert_eq!(breaker.state(), State::Open);
///
/// breaker! {
///     static SEARCH: CircuitBreaker<MonotonicClock, Events<&str>> =
///         observer: Events::of("search"); consecutive_failures(5);
/// }
/// assert_eq!(SEARCH.state(), State::Closed);
/// # Ok::<(), tripword::ConfigError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Events<N> {
    breaker: N,
}

impl<N: Display> Events<N> {
    /// Creates an observer of the breaker with this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tripword::CircuitBreaker;
    /// use tripword::tracing::Events;
    ///
    /// let name: Arc<str> = "payments".into();
    /// let breaker = CircuitBreaker::default().observed_by(Events::of(name));
    /// assert!(breaker.try_acquire().is_ok());
    /// ```
    pub const fn of(breaker: N) -> Self {
        Self { breaker }
    }
}

/// Emits an event at a level that is known only at run time.
macro_rules! emit {
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
        emit!(
            transition.to == State::Open,
            breaker = %OneLine(&self.breaker),
            from = %transition.from,
            to = %transition.to,
            cause = %transition.cause,
            generation = transition.generation,
            retry_after_ms = transition.retry_after.map(millis_rounded_up),
            "circuit {}",
            transition.to,
        );
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        emit!(
            to != Mode::Normal,
            breaker = %OneLine(&self.breaker),
            from = %from,
            to = %to,
            "mode {to}",
        );
    }
}

/// A name from outside, on one line of a log: what ends a line, begins an escape sequence or turns
/// the direction of the text is escaped.
struct OneLine<N>(N);

impl<N: Display> Display for OneLine<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(Escaping(f), "{}", self.0)
    }
}

struct Escaping<'a, 'f>(&'a mut fmt::Formatter<'f>);

impl Write for Escaping<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| {
            let turns = matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if c.is_control() || turns {
                write!(self.0, "{}", c.escape_default())
            } else {
                self.0.write_char(c)
            }
        })
    }
}
