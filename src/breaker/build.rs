//! How a breaker comes to be: from a builder, from settings, or from an engine that lives elsewhere.

use super::CircuitBreaker;
use crate::clock::MonotonicClock;
use crate::config::{Builder, Config};
use crate::error::ConfigError;
use crate::raw::RawBreaker;
use crate::sync::const_unless_loom;

impl CircuitBreaker {
    /// Settings to begin with, for a breaker that is built at run time.
    ///
    /// ```
    /// use std::sync::LazyLock;
    /// use std::time::Duration;
    /// use tripword::CircuitBreaker;
    ///
    /// // A static whose settings are not known before the program runs.
    /// static SEARCH: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    ///     let seconds = std::env::var("OPEN_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(10);
    ///     let breaker = CircuitBreaker::builder().open_duration(Duration::from_secs(seconds)).build();
    ///     breaker.expect("every open duration is legal")
    /// });
    /// assert!(SEARCH.try_acquire().is_ok());
    /// ```
    pub const fn builder() -> Builder {
        Builder::new()
    }

    const_unless_loom! {
        /// A breaker without a window, on the [`MonotonicClock`]. For a `static`, or one with a window, see
        /// [`breaker!`](crate::breaker!).
        ///
        /// # Errors
        ///
        /// [`ConfigError::TooFewWords`] if the settings have a window, or can be replaced: that needs words. Use
        /// [`Builder::build`], `CircuitBreaker::boxed` or [`breaker!`](crate::breaker!).
        pub const fn new(config: Config) -> Result<Self, ConfigError> {
            Self::with_clock(config, MonotonicClock)
        }
    }
}

impl<C> CircuitBreaker<C> {
    const_unless_loom! {
        /// A breaker without a window, on `clock`, which is `Copy` because a `const` function can drop nothing else.
        ///
        /// # Errors
        ///
        /// [`ConfigError::TooFewWords`] if the settings have a window, or can be replaced: that needs words. Use
        /// [`Builder::build`], `CircuitBreaker::boxed` or [`breaker!`](crate::breaker!).
        pub const fn with_clock(config: Config, clock: C) -> Result<Self, ConfigError>
        where
            C: Copy,
        {
            match config.fits_inline() {
                Ok(()) => Ok(Self::from_raw(RawBreaker::inline(config), clock)),
                Err(error) => Err(error),
            }
        }
    }

    /// A breaker with any settings, on `clock`: the words of a window, and those of settings that can be replaced, are in a box.
    ///
    /// ```
    /// use tripword::{CircuitBreaker, MonotonicClock, config};
    ///
    /// let breaker = CircuitBreaker::boxed(config!(last_calls(100), failure_rate(0.5)), MonotonicClock);
    /// assert!(breaker.try_acquire().is_ok());
    /// ```
    #[cfg(feature = "alloc")]
    #[must_use]
    pub fn boxed(config: Config, clock: C) -> Self {
        Self::from_raw(RawBreaker::boxed(config), clock)
    }

    /// The engine `raw`, on `clock`: for words that live elsewhere ([`RawBreaker::on`]).
    #[must_use]
    pub const fn from_raw(raw: RawBreaker, clock: C) -> Self {
        Self::from_parts(raw, clock, ())
    }

    /// The same breaker, observed. Two observers are a tuple.
    #[must_use]
    pub fn observed_by<O>(self, observer: O) -> CircuitBreaker<C, O> {
        self.map_observer(|()| observer)
    }
}

impl<C, O> CircuitBreaker<C, O> {
    /// The same breaker, observed by what `wrap` makes of its observer.
    pub(crate) fn map_observer<P>(self, wrap: impl FnOnce(O) -> P) -> CircuitBreaker<C, P> {
        CircuitBreaker::from_parts(self.raw, self.clock, wrap(self.observer))
    }

    /// The engine `raw`, on `clock`, observed: all that a breaker is, for an observed one in a `static`.
    #[must_use]
    pub const fn from_parts(raw: RawBreaker, clock: C, observer: O) -> Self {
        Self {
            raw,
            clock,
            observer,
        }
    }
}

impl<C: Default> Default for CircuitBreaker<C> {
    /// A breaker with the settings that a [`Builder`] begins with.
    fn default() -> Self {
        Self::from_raw(RawBreaker::inline(Config::default()), C::default())
    }
}

#[cfg(feature = "std")]
impl From<Config> for CircuitBreaker {
    /// A breaker with these settings, on the [`MonotonicClock`].
    fn from(config: Config) -> Self {
        Self::boxed(config, MonotonicClock)
    }
}

impl Builder {
    /// Checks the settings and builds a breaker on the [`MonotonicClock`].
    ///
    /// # Errors
    ///
    /// The first setting that cannot be, with what would be right.
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        self.build_with(MonotonicClock)
    }

    /// Checks the settings and builds a breaker on `clock`.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be, with what would be right.
    pub fn build_with<C>(self, clock: C) -> Result<CircuitBreaker<C>, ConfigError> {
        Ok(CircuitBreaker::from_raw(raw(self.config()?)?, clock))
    }
}

#[cfg(feature = "alloc")]
fn raw(config: Config) -> Result<RawBreaker, ConfigError> {
    Ok(RawBreaker::boxed(config))
}

#[cfg(not(feature = "alloc"))]
fn raw(config: Config) -> Result<RawBreaker, ConfigError> {
    RawBreaker::new(config)
}
