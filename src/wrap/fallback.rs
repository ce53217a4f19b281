//! What stands in where a wrapped function has no value.

use super::{Wrapped, WrappedAsync};
use crate::clock::Clock;
use crate::error::CallError;
use crate::observer::Observer;

/// A wrapped function with a fallback, from [`Wrapped::or_else`] or [`WrappedAsync::or_else`].
///
/// The fallback is called outside of the breaker: what it does counts nowhere.
#[derive(Debug, Clone)]
pub struct WithFallback<W, G> {
    wrapped: W,
    fallback: G,
}

impl<W, G> WithFallback<W, G> {
    pub(super) const fn new(wrapped: W, fallback: G) -> Self {
        Self { wrapped, fallback }
    }
}

impl<F, G, C: Clock, O: Observer> WithFallback<Wrapped<'_, F, C, O>, G> {
    /// Calls the function if the circuit admits it, and the fallback if that came to nothing. The argument is cloned for it; a
    /// reference costs nothing.
    ///
    /// # Errors
    ///
    /// The error of the fallback.
    pub fn call<A, T, E, R>(&self, argument: A) -> Result<T, R>
    where
        A: Clone,
        F: Fn(A) -> Result<T, E>,
        G: Fn(CallError<E>, A) -> Result<T, R>,
    {
        let called = self.wrapped.call(argument.clone());
        called.or_else(|why| (self.fallback)(why, argument))
    }
}

impl<F, G, C: Clock, O: Observer> WithFallback<WrappedAsync<'_, F, C, O>, G> {
    /// Calls and awaits the function if the circuit admits it, and the fallback if that came to nothing. The argument is cloned for
    /// it; a reference costs nothing.
    ///
    /// # Errors
    ///
    /// The error of the fallback.
    pub async fn call<A, T, E, R>(&self, argument: A) -> Result<T, R>
    where
        A: Clone,
        F: AsyncFn(A) -> Result<T, E>,
        G: AsyncFn(CallError<E>, A) -> Result<T, R>,
    {
        match self.wrapped.call(argument.clone()).await {
            Ok(value) => Ok(value),
            Err(why) => (self.fallback)(why, argument).await,
        }
    }
}
