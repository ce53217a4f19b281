//! A breaker taken apart, and put together with another observer.

use super::CircuitBreaker;

impl<C, O> CircuitBreaker<C, O> {
    /// The same breaker, observed by what `wrap` makes of its observer.
    pub(crate) fn map_observer<P>(self, wrap: impl FnOnce(O) -> P) -> CircuitBreaker<C, P> {
        CircuitBreaker::from_parts(self.raw, self.clock, wrap(self.observer))
    }
}
