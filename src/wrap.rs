//! Functions that go through a breaker whenever they are called: what is a decorator elsewhere.

mod fallback;

pub use fallback::WithFallback;

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, MonotonicClock};
use crate::error::CallError;
use crate::observer::Observer;
use core::fmt;

impl<C: Clock, O: Observer> CircuitBreaker<C, O> {
    /// The same function, called through this breaker: see [`Wrapped`].
    ///
    /// It takes one argument; several are a tuple.
    ///
    /// ```
    /// use tripword::{CircuitBreaker, breaker};
    ///
    /// static DIVISION: CircuitBreaker = breaker!(consecutive_failures(5));
    ///
    /// let divide = DIVISION.wrap(|(a, b): (u32, u32)| a.checked_div(b).ok_or("division by zero"));
    /// assert_eq!(divide.call((42, 6)), Ok(7));
    /// ```
    #[must_use]
    pub const fn wrap<F>(&self, function: F) -> Wrapped<'_, F, C, O> {
        Wrapped {
            breaker: self,
            function,
        }
    }

    /// The same asynchronous function, called through this breaker: see [`WrappedAsync`].
    #[must_use]
    pub const fn wrap_async<F>(&self, function: F) -> WrappedAsync<'_, F, C, O> {
        WrappedAsync {
            breaker: self,
            function,
        }
    }
}

macro_rules! wrapped {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        pub struct $name<'a, F, C = MonotonicClock, O = ()> {
            breaker: &'a CircuitBreaker<C, O>,
            function: F,
        }

        impl<'a, F, C, O> $name<'a, F, C, O> {
            /// The same, but where it has no value, because it was refused or because it failed, `fallback` is called with the reason and
            /// the argument.
            #[must_use]
            pub const fn or_else<G>(self, fallback: G) -> WithFallback<Self, G> {
                WithFallback::new(self, fallback)
            }
        }

        impl<F: Clone, C, O> Clone for $name<'_, F, C, O> {
            fn clone(&self) -> Self {
                let (breaker, function) = (self.breaker, self.function.clone());
                Self { breaker, function }
            }
        }

        impl<F, C, O> fmt::Debug for $name<'_, F, C, O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name)).finish_non_exhaustive()
            }
        }
    };
}

wrapped! {
    /// A function behind a breaker, from [`CircuitBreaker::wrap`].
    ///
    /// ```
    /// use tripword::{CallError, CircuitBreaker};
    ///
    /// fn price(of: &str) -> Result<u32, std::num::ParseIntError> {
    ///     of.parse()
    /// }
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let price = breaker.wrap(price);
    /// assert_eq!(price.call("42"), Ok(42));
    ///
    /// let price = price.or_else(|why: CallError<_>, of: &str| match why {
    ///     CallError::Rejected(_) => Ok(of.len() as u32), // as it was when last seen
    ///     CallError::Inner(error) => Err(error),
    /// });
    /// breaker.trip();
    /// assert_eq!(price.call("42"), Ok(2));
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    Wrapped
}

impl<F, C: Clock, O: Observer> Wrapped<'_, F, C, O> {
    /// Calls the function if the circuit admits it; `Ok` is a success, `Err` a failure, and so is a panic.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call`].
    pub fn call<A, T, E>(&self, argument: A) -> Result<T, CallError<E>>
    where
        F: Fn(A) -> Result<T, E>,
    {
        self.breaker.call(|| (self.function)(argument))
    }
}

wrapped! {
    /// An asynchronous function behind a breaker, from [`CircuitBreaker::wrap_async`].
    ///
    /// If a call is to be spawned, write the types of what closures take (`|of: &str|`), or the compiler holds them to one lifetime.
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// async fn price(of: &str) -> Result<u32, std::num::ParseIntError> {
    ///     of.parse()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tripword::ConfigError> {
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let price = breaker.wrap_async(price);
    /// assert_eq!(price.call("42").await, Ok(42));
    ///
    /// let price = price.or_else(async |_why, _of| Ok::<_, ()>(40));
    /// breaker.trip();
    /// assert_eq!(price.call("42").await, Ok(40));
    /// # Ok(())
    /// # }
    /// ```
    WrappedAsync
}

impl<F, C: Clock, O: Observer> WrappedAsync<'_, F, C, O> {
    /// Calls and awaits the function if the circuit admits it when this is first polled; `Ok` is a success, `Err` a failure. Dropped
    /// before it is done, it is ignored, and a probe gives its slot back.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreaker::call_async`].
    pub async fn call<A, T, E>(&self, argument: A) -> Result<T, CallError<E>>
    where
        F: AsyncFn(A) -> Result<T, E>,
    {
        self.breaker
            .call_async(async { (self.function)(argument).await })
            .await
    }
}
