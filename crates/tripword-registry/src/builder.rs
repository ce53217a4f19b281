//! Making a registry.

use crate::idle::Idle;
use crate::loss::Loss;
use crate::name::{self, NameRule};
use crate::places::Places;
use crate::registry::{Breakers, Observe, OnLoss, Pins, Registry};
use crate::shared::{Plan, by_function, one_for_all};
use crate::sync::{Claim, Number};
use arc_swap::ArcSwap;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{Hash, RandomState};
use std::sync::Arc;
use std::time::Duration;
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
        RegistryBuilder::new().text_names()
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
    pub(crate) plan: Plan<K>,
    clock: C,
    observe: Observe<K, C, O>,
    pins: Pins<K>,
    on_loss: OnLoss<K>,
    names: NameRule<K>,
    cap: usize,
    expiry: Duration,
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
            plan: one_for_all(Config::default()),
            clock: MonotonicClock,
            observe: Box::new(|_, _| ()),
            pins: Box::new(|_| false),
            on_loss: Box::new(|_, _| ()),
            names: name::any,
            cap: usize::MAX,
            expiry: Duration::from_secs(24 * 3_600),
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
            pins: self.pins,
            on_loss: self.on_loss,
            names: self.names,
            cap: self.cap,
            expiry: self.expiry,
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
            pins: self.pins,
            on_loss: self.on_loss,
            names: self.names,
            cap: self.cap,
            expiry: self.expiry,
        }
    }
}

impl<K, C, O> RegistryBuilder<K, C, O> {
    /// Sets the settings of every breaker, which all share them.
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
    pub fn config(mut self, config: Config) -> Self {
        self.plan = one_for_all(config);
        self
    }

    /// Sets the settings of each breaker by its name. Breakers share settings that are equal, as
    /// long as `plan` returns at most 16 different ones in turn.
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
        self.plan = by_function(plan);
        self
    }

    /// Limits the number of breakers. When the cap is reached and one more is made, another is
    /// evicted first. At no moment are more than `breakers` listed; pinned ones do not count.
    ///
    /// Of the breakers that have no handle outside the registry, 16 at most are examined. Those go
    /// first that are as new ones would be, unless they were used since they were last examined;
    /// then those that were. If there is none, one goes that counts failures, of these the one that
    /// was unused for the longest; then one that was open and whose time is over; then one that is
    /// open, or in a mode that was set by hand. [`on_loss`](Self::on_loss) reports the last three.
    /// If all that were examined have handles, the new breaker is handed out without being listed
    /// ([`Registry::unlisted`]).
    ///
    /// So names that others choose do not displace a breaker that counts, as long as those names
    /// are not failing, too. [Pin](Self::pin) the names that must never go.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::RegistryBuilder;
    ///
    /// let tenants = RegistryBuilder::<u64>::new().cap(100).build();
    /// for id in 0..1_000 {
    ///     tenants.get_or_create(&id).breaker().trip();
    ///     assert!(tenants.len() <= 100);
    /// }
    /// ```
    pub fn cap(mut self, breakers: usize) -> Self {
        self.cap = breakers;
        self
    }

    /// Pins the names for which `pins` returns true: their breakers are never evicted, and do not
    /// count against the [`cap`](Self::cap). It is called when a breaker is made. The names in a
    /// settings file are pinned in any case.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().cap(10).pin(|name| &**name == "payments").build();
    /// registry.get_or_create("payments");
    /// for number in 0..1_000 {
    ///     registry.get_or_create(&*format!("tenant-{number}"));
    /// }
    /// assert!(registry.get("payments").is_some());
    /// assert_eq!(registry.len(), 11);
    /// ```
    pub fn pin(mut self, pins: impl Fn(&K) -> bool + Send + Sync + 'static) -> Self {
        self.pins = Box::new(pins);
        self
    }

    /// Lists only names of 1 to 128 bytes, the rule that all crates have for names of text: they
    /// become labels, lines and keys. [`Registry::builder`] and [`settings`](Self::settings) apply
    /// it; names of other types have no rule.
    ///
    /// The breaker of another name is handed out without being listed ([`Registry::unlisted`]), and
    /// reported ([`on_loss`](Self::on_loss)).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use tripword_registry::RegistryBuilder;
    ///
    /// let (sender, lines) = channel();
    /// let builder = RegistryBuilder::<String>::new().text_names();
    /// let registry = builder.on_loss(move |_, loss| drop(sender.send(loss.to_string()))).build();
    ///
    /// let path = registry.get_or_create(&"/".repeat(129));
    /// assert!(path.try_acquire().is_ok() && registry.is_empty());
    /// assert_eq!(lines.recv()?, "not listed, a name must have 1 to 128 bytes, not 129");
    /// # Ok::<(), std::sync::mpsc::RecvError>(())
    /// ```
    pub fn text_names(mut self) -> Self
    where
        K: Borrow<str>,
    {
        self.names = name::text;
        self
    }

    /// Sets how long a breaker must be unused until [`Registry::evict_idle`] evicts it although it
    /// counts failures, or was open. A day by default. Choose it longer than the time between two
    /// calls of the rarest name, times the failures that open its circuit.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::time::Duration;
    /// use tripword::ManualClock;
    /// use tripword_registry::Registry;
    ///
    /// let clock = Arc::new(ManualClock::new());
    /// let week = Duration::from_secs(7 * 24 * 3_600);
    /// let registry = Registry::builder().clock(clock.clone()).expire_after(week).build();
    /// let _ = registry.get_or_create("payments").call(|| Err::<(), _>("no answer"));
    /// for evicted_on_day in [0, 0, 0, 0, 0, 0, 0, 1] {
    ///     assert_eq!(registry.evict_idle(), evicted_on_day);
    ///     clock.advance(week / 7);
    /// }
    /// ```
    pub fn expire_after(mut self, unused: Duration) -> Self {
        self.expiry = unused;
        self
    }

    /// Calls `f` with the name of each breaker that stops to protect although it had something to
    /// remember, or is not listed at all, on the thread that made room or swept. If `f` panics, the
    /// panic propagates to the caller of the registry, which stays consistent.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc::channel;
    /// use tripword_registry::Registry;
    ///
    /// let (sender, lines) = channel();
    /// let log = move |name: &_, loss| drop(sender.send(format!("{name}: {loss}")));
    /// let registry = Registry::builder().cap(1).on_loss(log).build();
    /// registry.get_or_create("payments").breaker().trip();
    /// registry.get_or_create("search");
    /// assert_eq!(lines.recv()?, "payments: evicted to make room while open");
    /// # Ok::<(), std::sync::mpsc::RecvError>(())
    /// ```
    pub fn on_loss(mut self, f: impl Fn(&K, Loss) + Send + Sync + 'static) -> Self {
        self.on_loss = Box::new(f);
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
            breakers: Breakers::default(),
            hasher: RandomState::new(),
            plan: ArcSwap::from_pointee(self.plan),
            clock: self.clock,
            observe: self.observe,
            pins: self.pins,
            on_loss: self.on_loss,
            places: (self.cap < usize::MAX).then(|| Places::new(self.cap)),
            idle: Idle::new(self.expiry),
            unlisted: Number::new(0),
            open: Arc::default(),
            names: self.names,
            reconfiguring: Claim::default(),
        }
    }
}

impl<K, C, O> fmt::Debug for RegistryBuilder<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegistryBuilder").field("cap", &self.cap).finish_non_exhaustive()
    }
}
