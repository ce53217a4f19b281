//! A registry being built.

use super::claim::Claim;
use super::eviction::Sweeps;
use super::{Observe, Plan, Registry};
use crate::breaker::CircuitBreaker;
use crate::clock::MonotonicClock;
use crate::config::Config;
use arc_swap::ArcSwap;
use core::fmt;
use core::hash::Hash;
use std::boxed::Box;
use std::sync::Arc;

/// A [`Registry`] being built. Unless it is told otherwise, each breaker has the default settings and the
/// [`MonotonicClock`], none is observed, and none is evicted.
///
/// ```
/// use tripword::registry::{Registry, RegistryBuilder};
/// use tripword::{Builder, Config, config};
///
/// // Named by text, each with settings of its own.
/// let registry = Registry::builder()
///     .config_for(|name| match &**name {
///         "payments" => const { config!(consecutive_failures(3)) },
///         _ => Config::default(),
///     })
///     .build();
/// assert_eq!(registry.get_or_create("payments").snapshot().consecutive_failure_limit, 3);
///
/// // Named by number, ten thousand at most.
/// let tenants = RegistryBuilder::<u64>::new().cap(10_000).build();
/// assert!(tenants.get_or_create(&42).try_acquire().is_ok());
/// ```
#[must_use]
pub struct RegistryBuilder<K = Arc<str>, C = MonotonicClock, O = ()> {
    plan: Plan<K>,
    clock: C,
    observe: Observe<K, C, O>,
    cap: usize,
}

impl<K> RegistryBuilder<K> {
    /// A registry of breakers named by `K`.
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
    /// Puts every breaker on (a clone of) `clock`. Goes before [`observed_by`](Self::observed_by).
    pub fn clock<D>(self, clock: D) -> RegistryBuilder<K, D> {
        RegistryBuilder {
            plan: self.plan,
            clock,
            observe: Box::new(|_, _| ()),
            cap: self.cap,
        }
    }

    /// Has each breaker observed by what `observe` returns for its name: an observer that knows whom it hears. `observe` is shown the new
    /// breaker, too, for its state and settings. It is called when a breaker is made, which may then prove to be made already, and be
    /// dropped.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::mpsc::{Sender, channel};
    /// use tripword::registry::Registry;
    /// use tripword::{Observer, Transition};
    ///
    /// struct Log(Arc<str>, Sender<String>);
    /// impl Observer for Log {
    ///     fn on_transition(&self, transition: &Transition) {
    ///         let _ = self.1.send(format!("{}: {transition}", self.0));
    ///     }
    /// }
    ///
    /// let (log, lines) = channel();
    /// let registry = Registry::builder()
    ///     .observed_by(move |name: &Arc<str>, _| Log(name.clone(), log.clone()))
    ///     .build();
    /// registry.get_or_create("payments").trip();
    /// assert_eq!(lines.recv()?, "payments: closed -> open: moved by hand");
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
    /// Makes every breaker by the settings `config`.
    pub fn config(self, config: Config) -> Self {
        self.config_for(move |_| config)
    }

    /// Makes each breaker by the settings that `plan` returns for its name.
    pub fn config_for(mut self, plan: impl Fn(&K) -> Config + Send + Sync + 'static) -> Self {
        self.plan = Box::new(plan);
        self
    }

    /// Keeps at most `breakers`. Where one more is made, those that may be evicted make room: first those that nobody asked for or held
    /// since room was last made, then any. [`Registry::evict_idle`] says which may be evicted. Those that may not can push the registry
    /// over its cap; it then tries again only after another `breakers / 8` were added.
    pub fn cap(mut self, breakers: usize) -> Self {
        self.cap = breakers;
        self
    }

    /// The registry, empty.
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
            reconfiguring: Claim::new(),
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
