//! The ways to make a breaker.

use super::CircuitBreaker;
use crate::clock::{Clock, MonotonicClock};
use crate::config::{Builder, Config};
use crate::engine::Engine;
use crate::engine::storage::{Settings, Storage};
use crate::error::ConfigError;
use crate::sync::Word;

impl CircuitBreaker {
    /// Returns a builder with the default settings: the circuit opens on 5 failures in a row, for
    /// 30 seconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::LazyLock;
    /// use std::time::Duration;
    /// use tripword::CircuitBreaker;
    ///
    /// // A static whose settings are known only at run time.
    /// static SEARCH: LazyLock<CircuitBreaker> = LazyLock::new(|| {
    ///     let seconds = std::env::var("OPEN_SECONDS").ok().and_then(|s| s.parse().ok());
    ///     let open = Duration::from_secs(seconds.unwrap_or(10));
    ///     let breaker = CircuitBreaker::builder().open_duration(open).build();
    ///     breaker.expect("any open duration is valid")
    /// });
    /// assert!(SEARCH.try_acquire().is_ok());
    /// ```
    pub const fn builder() -> Builder {
        Builder::new()
    }
}

impl<C, O> CircuitBreaker<C, O> {
    /// Makes a breaker on words of your own, for programs without an allocator and for words that
    /// more than one owner must reach. See also [`breaker!`](crate::breaker!), which makes the
    /// words, too.
    ///
    /// The breaker continues from the state that the words hold, with the settings that live words
    /// hold; all zero is closed and empty. Breakers on the same words are one breaker, if their
    /// settings are equal, or are live and differ only in what can be replaced.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if there are fewer words than [`Config::words`] says, if the settings ask
    /// for another start than closed and normal, which existing words cannot be given, or if the
    /// words were used with another window, ramp or `live`
    /// ([`Engine::adopt`](crate::raw::Engine::adopt)).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::raw::Word;
    /// use tripword::{CircuitBreaker, Config, MonotonicClock, config};
    ///
    /// const CONFIG: Config = config!(last_calls(100), failure_rate(0.5));
    /// static WORDS: [Word; CONFIG.words()] = [const { Word::new() }; CONFIG.words()];
    ///
    /// let breaker = CircuitBreaker::from_parts(CONFIG, &WORDS, MonotonicClock, ())?;
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn from_parts(
        config: Config,
        words: &'static [Word],
        clock: C,
        observer: O,
    ) -> Result<Self, ConfigError>
    where
        C: Clock,
    {
        Engine::adopt(&config, words)?;
        let (storage, settings) = (Storage::given(words), Settings::own(config));
        Ok(Self { storage, settings, clock, observer })
    }

    /// For [`breaker!`](crate::breaker!), which calls it at compile time.
    ///
    /// # Panics
    ///
    /// If the words are too few, or the settings do not start closed and normal.
    #[doc(hidden)]
    pub const fn in_static(
        config: &'static Config,
        words: &'static [Word],
        clock: C,
        observer: O,
    ) -> Self
    where
        C: Clock,
    {
        if let Err(error) = config.fits_given(words.len()) {
            panic!("{}", error.message().as_str());
        }
        let settings = Settings::of_static(config);
        Self { storage: Storage::given(words), settings, clock, observer }
    }

    /// Moves each breaker to words of its own. For [`breaker!`](crate::breaker!).
    #[doc(hidden)]
    pub const fn each_in_static<const COUNT: usize, const WORDS: usize>(
        mut breakers: [Self; COUNT],
        words: &'static [[Word; WORDS]; COUNT],
    ) -> [Self; COUNT] {
        let mut index = 0;
        while index < COUNT {
            breakers[index].storage.move_to(&words[index]);
            index += 1;
        }
        breakers
    }

    /// Replaces the clock. For a breaker that has not been used: the times that a used one holds
    /// are those of its old clock.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use tripword::{CircuitBreaker, ManualClock, State, config};
    ///
    /// let settings = config!(open_duration(Duration::from_secs(5)), jitter(0.0));
    /// let breaker = CircuitBreaker::from(settings).with_clock(ManualClock::new());
    /// breaker.trip();
    /// breaker.clock().advance(Duration::from_secs(5));
    /// assert_eq!(breaker.state(), State::HalfOpen);
    /// ```
    #[must_use]
    pub fn with_clock<D>(self, clock: D) -> CircuitBreaker<D, O> {
        CircuitBreaker {
            storage: self.storage,
            settings: self.settings,
            clock,
            observer: self.observer,
        }
    }

    /// Replaces the observer by what `wrap` makes of it.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, Observer};
    ///
    /// struct Named<O>(&'static str, O);
    /// impl<O: Observer> Observer for Named<O> {}
    ///
    /// let breaker = CircuitBreaker::builder().build()?;
    /// let breaker = breaker.map_observer(|observer| Named("payments", observer));
    /// assert_eq!(breaker.observer().0, "payments");
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn map_observer<P>(self, wrap: impl FnOnce(O) -> P) -> CircuitBreaker<C, P> {
        CircuitBreaker {
            storage: self.storage,
            settings: self.settings,
            clock: self.clock,
            observer: wrap(self.observer),
        }
    }
}

impl<C> CircuitBreaker<C> {
    /// Attaches an observer. To attach two, pass a tuple.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
    /// use tripword::{CircuitBreaker, Observer, Transition};
    ///
    /// struct Count(AtomicU32);
    /// impl Observer for Count {
    ///     fn on_transition(&self, _: &Transition) {
    ///         self.0.fetch_add(1, Relaxed);
    ///     }
    /// }
    ///
    /// let breaker = CircuitBreaker::builder().build()?.observed_by(Count(AtomicU32::new(0)));
    /// breaker.trip();
    /// assert_eq!(breaker.observer().0.load(Relaxed), 1);
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    #[must_use]
    pub fn observed_by<O>(self, observer: O) -> CircuitBreaker<C, O> {
        self.map_observer(|()| observer)
    }
}

impl Builder {
    /// Builds a breaker on the [`MonotonicClock`].
    ///
    /// # Errors
    ///
    /// Returns a [`ConfigError`] naming the first invalid setting and its allowed range.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder().last_calls(100).failure_rate(0.5).build()?;
    /// assert!(breaker.try_acquire().is_ok());
    /// assert!(CircuitBreaker::builder().consecutive_failures(0).build().is_err());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        self.build_with(MonotonicClock)
    }

    /// Builds a breaker on `clock`. Where [`stripes`](Self::stripes) are not set, the machine
    /// decides on their number.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{CircuitBreaker, ManualClock};
    ///
    /// let clock = ManualClock::new();
    /// let breaker = CircuitBreaker::builder().build_with(&clock)?;
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), tripword::ConfigError>(())
    /// ```
    pub fn build_with<C>(self, clock: C) -> Result<CircuitBreaker<C>, ConfigError> {
        let config = self.striped().config()?;
        #[cfg(not(feature = "alloc"))]
        config.fits_inline()?;
        let (storage, settings) = (Storage::new(&config), Settings::own(config));
        Ok(CircuitBreaker { storage, settings, clock, observer: () })
    }
}

#[cfg(feature = "std")]
impl From<Config> for CircuitBreaker {
    /// Makes a breaker with these settings, on the [`MonotonicClock`].
    fn from(config: Config) -> Self {
        let (storage, settings) = (Storage::new(&config), Settings::own(config));
        Self { storage, settings, clock: MonotonicClock, observer: () }
    }
}

#[cfg(feature = "std")]
impl From<std::sync::Arc<Config>> for CircuitBreaker {
    /// Makes a breaker that shares its settings with others, on the [`MonotonicClock`]. Without a
    /// window it has 64 bytes of its own.
    fn from(config: std::sync::Arc<Config>) -> Self {
        let (storage, settings) = (Storage::new(&config), Settings::shared(config));
        Self { storage, settings, clock: MonotonicClock, observer: () }
    }
}

#[cfg(feature = "std")]
impl From<&'static Config> for CircuitBreaker {
    /// Makes a breaker that shares its settings with others, on the [`MonotonicClock`]. Without a
    /// window it has 64 bytes of its own.
    fn from(config: &'static Config) -> Self {
        let (storage, settings) = (Storage::new(config), Settings::of_static(config));
        Self { storage, settings, clock: MonotonicClock, observer: () }
    }
}

#[cfg(feature = "std")]
impl Default for CircuitBreaker {
    /// Makes a breaker with the default settings of [`Builder`], on the [`MonotonicClock`].
    fn default() -> Self {
        Self::from(Config::default())
    }
}
