//! The registry: a map of named breakers.

use crate::breaker::NamedBreaker;
use crate::entry::Entry;
use crate::sweeps::Sweeps;
use crate::sync::Claim;
use arc_swap::ArcSwap;
use papaya::HashMap;
use std::borrow::Borrow;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use tripword::{CircuitBreaker, Clock, Config, Mode, MonotonicClock, Observer};

/// The settings of each name.
pub(crate) type Plan<K> = Box<dyn Fn(&K) -> Config + Send + Sync>;

/// The observer of each breaker.
pub(crate) type Observe<K, C, O> = Box<dyn Fn(&K, &CircuitBreaker<C>) -> O + Send + Sync>;

/// Circuit breakers by name. Share it by reference: in a `static`, a field, or an `Arc`.
///
/// # Examples
///
/// ```
/// use std::sync::LazyLock;
/// use tripword::config;
/// use tripword_registry::Registry;
///
/// static BACKENDS: LazyLock<Registry> =
///     LazyLock::new(|| Registry::new(config!(consecutive_failures(5))));
///
/// let search = BACKENDS.get_or_create("search");
/// assert_eq!(search.call(|| Ok::<_, ()>(7)), Ok(7));
/// assert_eq!(BACKENDS.len(), 1);
/// ```
pub struct Registry<K = Arc<str>, C = MonotonicClock, O = ()> {
    pub(crate) breakers: HashMap<K, Entry<K, C, O>>,
    /// Swapped whole, since it is replaced while breakers are made by it.
    pub(crate) plan: ArcSwap<Plan<K>>,
    pub(crate) clock: C,
    pub(crate) observe: Observe<K, C, O>,
    pub(crate) sweeps: Sweeps,
    pub(crate) reconfiguring: Claim,
}

impl<K: Hash + Eq, C, O> Registry<K, C, O> {
    /// Returns the breaker `name`, if there is one.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// assert!(registry.get("payments").is_none());
    /// registry.get_or_create("payments");
    /// assert!(registry.get("payments").is_some());
    /// ```
    pub fn get<Q>(&self, name: &Q) -> Option<NamedBreaker<K, C, O>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let breaker = self.breakers.pin().get(name)?.breaker()?;
        self.sweeps.mark(&breaker);
        Some(breaker)
    }

    /// Removes the breaker `name` and returns it. Its other handles continue to work; the next
    /// look-up of the name makes a new breaker.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// let payments = registry.get_or_create("payments");
    /// assert!(registry.remove("payments").is_some());
    /// payments.breaker().trip();
    /// assert_eq!(registry.get_or_create("payments").breaker().state(), State::Closed);
    /// ```
    pub fn remove<Q>(&self, name: &Q) -> Option<NamedBreaker<K, C, O>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let removed = self.breakers.pin().remove(name)?.release();
        self.sweeps.settle(self.len());
        removed
    }

    /// Removes the breakers for which `keep` returns false, whatever their state.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("tenant-7").breaker().trip();
    /// registry.get_or_create("payments");
    /// registry.retain(|breaker| !breaker.name().starts_with("tenant-"));
    /// assert!(registry.get("tenant-7").is_none());
    /// assert_eq!(registry.len(), 1);
    /// ```
    pub fn retain(&self, mut keep: impl FnMut(&NamedBreaker<K, C, O>) -> bool) {
        self.for_each(|breaker| {
            if !keep(breaker) {
                self.take_out(breaker);
            }
        });
        self.sweeps.settle(self.len());
    }

    /// Removes this very breaker, and not another one that has its name by now.
    pub(crate) fn take_out(&self, breaker: &NamedBreaker<K, C, O>) {
        let breakers = self.breakers.pin();
        let removed = breakers.remove_if(breaker.name(), |_, entry| entry.is_of(breaker));
        if let Ok(Some((_, entry))) = removed {
            entry.release();
        }
    }

    /// Returns all breakers, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("payments");
    /// let lines = registry.list().into_iter().map(|breaker| {
    ///     format!("{}: {}", breaker.name(), breaker.breaker().snapshot())
    /// });
    /// assert_eq!(lines.collect::<Vec<_>>(), ["payments: closed; 0 of 5 consecutive failures"]);
    /// ```
    #[must_use]
    pub fn list(&self) -> Vec<NamedBreaker<K, C, O>> {
        let breakers = self.breakers.pin();
        breakers.values().filter_map(Entry::breaker).collect()
    }

    /// Calls `f` with each breaker, in no particular order.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("payments").breaker().trip();
    /// registry.get_or_create("search");
    /// let mut open = 0;
    /// registry.for_each(|breaker| open += u32::from(breaker.breaker().state() == State::Open));
    /// assert_eq!(open, 1);
    /// ```
    pub fn for_each(&self, mut f: impl FnMut(&NamedBreaker<K, C, O>)) {
        let breakers = self.breakers.pin();
        for breaker in breakers.values().filter_map(Entry::breaker) {
            f(&breaker);
        }
    }

    /// Returns the number of breakers.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("payments");
    /// registry.get_or_create("payments");
    /// assert_eq!(registry.len(), 1);
    /// ```
    #[must_use]
    pub fn len(&self) -> usize {
        self.breakers.len()
    }

    /// Returns whether there are no breakers.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// assert!(registry.is_empty());
    /// registry.get_or_create("payments");
    /// assert!(!registry.is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Resets every breaker ([`CircuitBreaker::reset`]) and forgets its last failure. Modes stay.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// let payments = registry.get_or_create("payments");
    /// payments.breaker().trip();
    /// registry.reset_all();
    /// assert_eq!(payments.breaker().state(), State::Closed);
    /// ```
    pub fn reset_all(&self) {
        self.for_each(|breaker| {
            breaker.breaker().reset();
            breaker.forget_failure();
        });
    }

    /// Sets the mode of every breaker. One that is made later begins in the mode of its settings
    /// ([`Builder::mode`](tripword::Builder::mode)).
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Mode;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// let payments = registry.get_or_create("payments");
    /// registry.set_mode_all(Mode::ForceOpen);
    /// assert_eq!(payments.breaker().mode(), Mode::ForceOpen);
    /// assert_eq!(registry.get_or_create("search").breaker().mode(), Mode::Normal);
    /// ```
    pub fn set_mode_all(&self, mode: Mode) {
        self.for_each(|breaker| breaker.breaker().set_mode(mode));
    }
}

impl<K, C, O> Registry<K, C, O>
where
    K: Hash + Eq + Clone,
    C: Clock + Clone,
    O: Observer,
{
    /// Returns the breaker `name`. If there is none, makes it with the settings for that name.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::State;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("payments").breaker().trip();
    /// assert_eq!(registry.get_or_create("payments").breaker().state(), State::Open);
    /// assert_eq!(registry.get_or_create("search").breaker().state(), State::Closed);
    /// ```
    pub fn get_or_create<Q>(&self, name: &Q) -> NamedBreaker<K, C, O>
    where
        K: Borrow<Q> + From<Q::Owned>,
        Q: Hash + Eq + ToOwned + ?Sized,
    {
        match self.get(name) {
            Some(breaker) => breaker,
            None => self.create(name.to_owned().into()),
        }
    }

    #[cold]
    fn create(&self, name: K) -> NamedBreaker<K, C, O> {
        loop {
            let plan = self.plan.load_full();
            let built = self.build(name.clone(), plan(&name));
            let Some(breaker) = self.insert(built) else {
                continue;
            };
            if Arc::ptr_eq(&plan, &self.plan.load()) {
                self.make_room();
                return breaker;
            }
            // The plan was replaced while the breaker was made by the old one.
            self.follow_plan(&breaker);
        }
    }

    /// Returns `breaker`, or the one that another thread inserted first; `None` if that one has
    /// been removed again.
    fn insert(&self, breaker: NamedBreaker<K, C, O>) -> Option<NamedBreaker<K, C, O>> {
        let breakers = self.breakers.pin();
        match breakers.try_insert(breaker.name().clone(), Entry::of(&breaker)) {
            Ok(_) => Some(breaker),
            Err(occupied) => occupied.current.breaker(),
        }
    }

    fn build(&self, name: K, config: Config) -> NamedBreaker<K, C, O> {
        let breaker = CircuitBreaker::from(config).with_clock(self.clock.clone());
        let observer = (self.observe)(&name, &breaker);
        let breaker = NamedBreaker::new(name, breaker.observed_by(observer));
        self.sweeps.mark(&breaker);
        breaker
    }
}

impl<K: Hash + Eq, C, O> fmt::Debug for Registry<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("breakers", &self.len())
            .finish_non_exhaustive()
    }
}
