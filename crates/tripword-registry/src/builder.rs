//! Making a registry.

use crate::registry::{Observe, Plan, Registry};
use crate::sweeps::Sweeps;
use crate::sync::Claim;
use arc_swap::ArcSwap;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use tripword::{CircuitBreaker, Config, MonotonicClock};

impl Registry {
    /// Makes a registry of breakers named by text, all with the settings `config`, on the
    /// [`MonotonicClock`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::new(config!(consecutive_failures(2)));
    /// let payments = registry.get_or_create("payments");
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 2);
    /// ```
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::builder().config(config).build()
    }

    /// Returns a builder of a registry of breakers named by text. For other names, use
    /// [`RegistryBuilder::new`].
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().cap(10_000).build();
    /// assert!(registry.is_empty());
    /// ```
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::new()
    }
}

/// Builder for [`Registry`]. By default, each breaker has the default settings and the
/// [`MonotonicClock`], none is observed, and their number is not limited.
///
/// # Examples
///
/// ```
/// use tripword::{Config, config};
/// use tripword_registry::Registry;
///
/// let registry = Registry::builder()
///     .config_for(|name| match &**name {
///         "payments" => config!(consecutive_failures(3)),
///         _ => Config::default(),
///     })
///     .cap(10_000)
///     .build();
/// let payments = registry.get_or_create("payments");
/// assert_eq!(payments.breaker().config().consecutive_failures(), 3);
/// ```
#[must_use]
pub struct RegistryBuilder<K = Arc<str>, C = MonotonicClock, O = ()> {
    plan: Plan<K>,
    clock: C,
    observe: Observe<K, C, O>,
    cap: usize,
}

impl<K> RegistryBuilder<K> {
    /// Returns a builder of a registry of breakers named by `K`, any value with a hash.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::RegistryBuilder;
    ///
    /// let tenants = RegistryBuilder::<u64>::new().build();
    /// assert!(tenants.get_or_create(&42).try_acquire().is_ok());
    /// ```
    pub fn new() -> Self {
        Self {
            plan: Box::new(|_| Config::default()),
            clock: MonotonicClock,
            observe: Box::new(|_, _| ()),
            cap: usize::MAX,
        }
    }
}

impl<K> Default for RegistryBuilder<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, C> RegistryBuilder<K, C> {
    /// Sets the clock; each breaker is given a clone of it. Must come before
    /// [`observed_by`](Self::observed_by).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use tripword::{ManualClock, State};
    /// use tripword_registry::Registry;
    ///
    /// let clock = Arc::new(ManualClock::new());
    /// let registry = Registry::builder().clock(clock.clone()).build();
    /// let payments = registry.get_or_create("payments");
    /// payments.breaker().trip_for(Duration::from_secs(5));
    /// clock.advance(Duration::from_secs(5));
    /// assert_eq!(payments.breaker().state(), State::HalfOpen);
    /// ```
    pub fn clock<D>(self, clock: D) -> RegistryBuilder<K, D> {
        RegistryBuilder {
            plan: self.plan,
            clock,
            observe: Box::new(|_, _| ()),
            cap: self.cap,
        }
    }

    /// Creates each breaker's observer by calling `observe` with its name and the new breaker,
    /// whose state and settings it may read. If two threads race to create a name, the loser's
    /// observer is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::mpsc::{Sender, channel};
    /// use tripword::{Observer, Transition};
    /// use tripword_registry::Registry;
    ///
    /// struct Log(Arc<str>, Sender<String>);
    /// impl Observer for Log {
    ///     fn on_transition(&self, transition: &Transition) {
    ///         let _ = self.1.send(format!("{}: {transition}", self.0));
    ///     }
    /// }
    ///
    /// let (sender, lines) = channel();
    /// let registry = Registry::builder()
    ///     .observed_by(move |name: &Arc<str>, _| Log(name.clone(), sender.clone()))
    ///     .build();
    /// registry.get_or_create("payments").breaker().trip();
    /// assert_eq!(lines.recv()?, "payments: closed -> open: moved manually");
    /// # Ok::<(), std::sync::mpsc::RecvError>(())
    /// ```
    pub fn observed_by<O>(
        self,
        observe: impl Fn(&K, &CircuitBreaker<C>) -> O + Send + Sync + 'static,
    ) -> RegistryBuilder<K, C, O> {
        RegistryBuilder {
            plan: self.plan,
            clock: self.clock,
            observe: Box::new(observe),
            cap: self.cap,
        }
    }
}

impl<K, C, O> RegistryBuilder<K, C, O> {
    /// Sets the settings of every breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().config(config!(consecutive_failures(3))).build();
    /// let payments = registry.get_or_create("payments");
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 3);
    /// ```
    pub fn config(self, config: Config) -> Self {
        self.config_for(move |_| config)
    }

    /// Sets the settings of each breaker by its name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::{Config, config};
    /// use tripword_registry::RegistryBuilder;
    ///
    /// let tenants = RegistryBuilder::<u64>::new()
    ///     .config_for(|id| match id {
    ///         0..100 => config!(consecutive_failures(9)),
    ///         _ => Config::default(),
    ///     })
    ///     .build();
    /// let failures = |id| tenants.get_or_create(&id).breaker().config().consecutive_failures();
    /// assert_eq!((failures(7), failures(700)), (9, 5));
    /// ```
    pub fn config_for(mut self, plan: impl Fn(&K) -> Config + Send + Sync + 'static) -> Self {
        self.plan = Box::new(plan);
        self
    }

    /// Limits the number of breakers. When one more is made, others are evicted: first those that
    /// were not used since the last such eviction, then any that [`Registry::evict_idle`] may
    /// evict. Breakers that may not be evicted can exceed the cap; the registry then tries again
    /// only after another `breakers / 8` were added.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::RegistryBuilder;
    ///
    /// let tenants = RegistryBuilder::<u64>::new().cap(100).build();
    /// for id in 0..1_000 {
    ///     tenants.get_or_create(&id);
    ///     assert!(tenants.len() <= 100);
    /// }
    /// ```
    pub fn cap(mut self, breakers: usize) -> Self {
        self.cap = breakers;
        self
    }

    /// Builds the registry, which is empty.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// assert!(Registry::builder().build().is_empty());
    /// ```
    pub fn build(self) -> Registry<K, C, O>
    where
        K: Hash + Eq,
    {
        Registry {
            breakers: papaya::HashMap::new(),
            plan: ArcSwap::from_pointee(self.plan),
            clock: self.clock,
            observe: self.observe,
            sweeps: Sweeps::new(self.cap),
            reconfiguring: Claim::default(),
        }
    }
}

impl<K, C, O> fmt::Debug for RegistryBuilder<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryBuilder")
            .field("cap", &self.cap)
            .finish_non_exhaustive()
    }
}
