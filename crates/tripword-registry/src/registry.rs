//! The registry: a map of named breakers.

use crate::breaker::NamedBreaker;
use crate::entry::{Entry, Shared};
use crate::idle::Idle;
use crate::key::{AsIs, Key, Sought};
use crate::loss::Loss;
use crate::name::NameRule;
use crate::named::start_of;
use crate::opens::Opens;
use crate::places::{NONE, PINNED, Place, Places};
use crate::shared::{OnRefusal, Plan, Planned};
use crate::sync::{Claim, Number};
use crate::visit::visit_all;
use arc_swap::ArcSwap;
use papaya::HashMap;
use std::borrow::Borrow;
use std::fmt;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, RandomState};
use std::sync::Arc;
use tripword::{CircuitBreaker, Clock, Config, Mode, MonotonicClock, Observer, Transition};

/// Which names are pinned by the builder.
pub(crate) type Pins<K> = Box<dyn Fn(&K) -> bool + Send + Sync>;

/// What is notified of losses.
pub(crate) type OnLoss<K> = Box<dyn Fn(&K, Loss) + Send + Sync>;

/// The observer of each breaker.
pub(crate) type Observe<K, C, O> = Box<dyn Fn(&K, &CircuitBreaker<C>) -> O + Send + Sync>;

pub(crate) type Breakers<K, C, O> = HashMap<Key<K>, Entry<K, C, O>, BuildHasherDefault<AsIs>>;

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
    pub(crate) breakers: Breakers<K, C, O>,
    pub(crate) hasher: RandomState,
    /// Swapped whole, since it is replaced while breakers are made by it.
    pub(crate) plan: ArcSwap<Plan<K>>,
    pub(crate) clock: C,
    pub(crate) observe: Observe<K, C, O>,
    pub(crate) pins: Pins<K>,
    pub(crate) on_loss: OnLoss<K>,
    /// Only with a cap.
    pub(crate) places: Option<Places<Shared<K, C, O>>>,
    pub(crate) idle: Idle,
    pub(crate) unlisted: Number,
    /// How many circuits are open, or forced open.
    pub(crate) open: Arc<Number>,
    pub(crate) names: NameRule<K>,
    pub(crate) reconfiguring: Claim,
}

/// What an observer is notified of after several breakers were moved.
pub(crate) enum Event {
    Moved(Transition),
    Mode(Mode, Mode),
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
        let breaker = self.breakers.pin().get(&self.sought(name))?.breaker()?;
        breaker.0.observer().mark();
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
        let (breakers, name) = (self.breakers.pin(), self.sought(name));
        let entry = breakers.remove(&name)?;
        let removed = entry.breaker();
        self.free(entry.release());
        removed
    }

    /// Removes the breakers for which `keep` returns false, whatever their state. `keep` is called
    /// for all of them first: if it panics, none is removed.
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
        let mut removed = Vec::new();
        self.for_each(|breaker| {
            if !keep(breaker) {
                removed.push(breaker.clone());
            }
        });
        for breaker in &removed {
            self.take_out(breaker, |_| true);
        }
    }

    /// Removes this very breaker, and not another one that has its name by now, if it `may_go`.
    /// Returns whether it did.
    pub(crate) fn take_out(
        &self,
        breaker: &NamedBreaker<K, C, O>,
        may_go: fn(&Entry<K, C, O>) -> bool,
    ) -> bool {
        let removed = self.unlist(&breaker.0, may_go);
        if let Some(place) = removed {
            self.free(place);
        }
        removed.is_some()
    }

    /// Takes the entry of this very breaker out of the map, if it `may_go`. Returns the place that
    /// the breaker had, which is the caller's now; `None` if it is not listed, or stays.
    pub(crate) fn unlist(
        &self,
        shared: &Arc<Shared<K, C, O>>,
        may_go: fn(&Entry<K, C, O>) -> bool,
    ) -> Option<Option<usize>> {
        let breakers = self.breakers.pin();
        let name = self.sought(&shared.observer().name);
        let removed = breakers.remove_if(&name, |_, entry| entry.is_of(shared) && may_go(entry));
        removed.ok()?.map(|(_, entry)| entry.release())
    }

    pub(crate) fn sought<'a, Q: Hash + ?Sized>(&self, name: &'a Q) -> Sought<'a, Q> {
        let hash = self.hasher.hash_one(name);
        Sought { hash, name }
    }

    /// Gives back a place that is the caller's.
    pub(crate) fn free(&self, place: Option<usize>) {
        if let (Some(places), Some(index)) = (&self.places, place) {
            drop(places.place(index));
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

    /// Calls `f` with each breaker, in no particular order. If `f` panics, it is not called with
    /// the rest.
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

    /// Returns how often a breaker was handed out without being listed. Wraps.
    ///
    /// That happens if the cap is reached and none of the breakers that were examined can be
    /// evicted, a sign that the cap is too low, or if a name is none
    /// ([`RegistryBuilder::text_names`](crate::RegistryBuilder::text_names)).
    /// [`RegistryBuilder::on_loss`](crate::RegistryBuilder::on_loss) receives the name and the
    /// reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().cap(1).build();
    /// let held = registry.get_or_create("payments");
    /// let unlisted = registry.get_or_create("search");
    /// assert!(unlisted.try_acquire().is_ok());
    /// assert!(registry.get("search").is_none());
    /// assert_eq!((registry.len(), registry.unlisted()), (1, 1));
    /// ```
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.unlisted.get()
    }

    /// Returns how many circuits are open, in constant time: those that have entered open last, be
    /// their time over or not, and those that are forced open. For a gauge, and for an alert: where
    /// more than half of all circuits are open at once, it is probably this program that is cut
    /// off.
    ///
    /// It follows the events that observers receive. While other threads move breakers it may be
    /// late; moves through [`CircuitBreaker::engine`], which are not observed, it does not see.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::Mode;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// registry.get_or_create("payments").breaker().trip();
    /// registry.get_or_create("search").breaker().set_mode(Mode::ForceOpen);
    /// registry.get_or_create("mail");
    /// assert_eq!((registry.open(), registry.len()), (2, 3));
    /// registry.reset_all();
    /// assert_eq!(registry.open(), 1);
    /// ```
    #[must_use]
    pub fn open(&self) -> usize {
        // Less than zero for a moment, where a thread that opened a circuit has not added it yet,
        // and one that closed it has.
        (self.open.get() as isize).max(0).unsigned_abs()
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
    /// Observers are notified after all were reset. If one panics, the others are notified
    /// nevertheless, and the first panic continues then.
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
        let (now, mut events) = (self.clock.now(), Vec::new());
        self.for_each(|breaker| {
            let moved = breaker.0.engine().reset(&|| now);
            breaker.forget_failure();
            events.extend(moved.map(|moved| (breaker.clone(), Event::Moved(moved))));
        });
        notify(events);
    }

    /// Sets the mode of every breaker. One that is made later begins in the mode of its settings
    /// ([`Builder::mode`](tripword::Builder::mode)). Observers are notified as by
    /// [`reset_all`](Self::reset_all).
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
        let mut events = Vec::new();
        self.for_each(|breaker| {
            let before = breaker.0.engine().set_mode(mode);
            if before != mode {
                events.push((breaker.clone(), Event::Mode(before, mode)));
            }
        });
        notify(events);
    }
}

/// Notifies the observers of what was done through the engines of their breakers.
pub(crate) fn notify<K, C, O: Observer>(events: Vec<(NamedBreaker<K, C, O>, Event)>) {
    visit_all(events, |(breaker, event)| match event {
        Event::Moved(moved) => breaker.0.observer().on_transition(&moved),
        Event::Mode(from, to) => breaker.0.observer().on_mode(from, to),
    });
}

impl<K, C, O> Registry<K, C, O>
where
    K: Hash + Eq + Clone,
    C: Clock + Clone,
    O: Observer,
{
    /// Returns the breaker `name`. If there is none, makes it with the settings for that name.
    ///
    /// Never fails: where the new breaker cannot be listed, since the cap is reached or the name is
    /// empty or too long, it is handed out nevertheless. It then protects only those who hold it
    /// ([`unlisted`](Self::unlisted)).
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
            let Planned { config, named } = plan(&name);
            let pinned = named || (self.pins)(&name);
            let built = self.build(name.clone(), config);
            if let Some(loss) = (self.names)(&name) {
                return self.leave_unlisted(built, loss);
            }
            let Some(breaker) = self.insert(built, pinned) else {
                continue;
            };
            if Arc::ptr_eq(&plan, &self.plan.load()) {
                return breaker;
            }
            // The plan was replaced while the breaker was made by the old one.
            self.follow_plan(&breaker, OnRefusal::Remove);
        }
    }

    /// Lists `breaker` and returns it, or the one that another thread listed first; `None` if that
    /// one has been removed again. The cap is a bound: there is a place before there is an entry.
    fn insert(
        &self,
        breaker: NamedBreaker<K, C, O>,
        pinned: bool,
    ) -> Option<NamedBreaker<K, C, O>> {
        let places = self.places.as_ref().filter(|_| !pinned);
        let room = match places.map(|places| self.make_room(places)) {
            Some(None) => return Some(self.leave_unlisted(breaker, Loss::Unlisted)),
            Some(Some((place, evicted))) => (Some(place), evicted),
            None => (None, None),
        };
        let (place, evicted) = room;
        let index = place.as_ref().map_or(if pinned { PINNED } else { NONE }, |place| {
            place.swap(Some(breaker.0.clone()));
            place.index()
        });
        let (hash, name) = (self.sought(breaker.name()).hash, breaker.name().clone());
        let (key, entry) = (Key { hash, name }, Entry::of(&breaker, index));
        let breakers = self.breakers.pin();
        // Before another thread can remove it; one that is not listed after all is dropped.
        breaker.0.observer().opens.list();
        let listed = match breakers.try_insert(key, entry) {
            Ok(_) => {
                place.into_iter().for_each(Place::leave);
                Some(breaker)
            }
            Err(occupied) => occupied.current.breaker(),
        };
        if let Some(evicted) = evicted {
            self.report(evicted);
        }
        listed
    }

    fn leave_unlisted(&self, breaker: NamedBreaker<K, C, O>, loss: Loss) -> NamedBreaker<K, C, O> {
        self.get(breaker.name()).unwrap_or_else(|| {
            self.unlisted.advance();
            (self.on_loss)(breaker.name(), loss);
            breaker
        })
    }

    fn build(&self, name: K, config: Arc<Config>) -> NamedBreaker<K, C, O> {
        let breaker = CircuitBreaker::from(config).with_clock(self.clock.clone());
        // Before the observer is made, which may move the breaker.
        let start = start_of(breaker.engine().entered(), breaker.engine().mode());
        let observer = (self.observe)(&name, &breaker);
        let (entered, mode) = (breaker.engine().entered(), breaker.engine().mode());
        let opens = Opens::of(entered, mode, self.open.clone());
        let breaker = NamedBreaker::counted(name, breaker.observed_by(observer), opens);
        let named = breaker.0.observer();
        named.start.set(start);
        named.last_used.set(self.idle.tick(self.clock.now()));
        breaker
    }
}

impl<K: Hash + Eq, C, O> fmt::Debug for Registry<K, C, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry").field("breakers", &self.len()).finish_non_exhaustive()
    }
}
