//! Breakers by name: made when they are first asked for, listed, evicted when idle, and given new settings together.
//!
//! ```
//! use tripword::config;
//! use tripword::registry::Registry;
//!
//! let registry = Registry::new(config!(consecutive_failures(2)));
//! for _ in 0..2 {
//!     let _ = registry.get_or_create("payments").call(|| Err::<(), _>("no answer"));
//! }
//! let refused = registry.get_or_create("payments").call(|| Ok::<_, &str>(())).unwrap_err();
//! assert!(refused.to_string().starts_with("circuit \"payments\" open, retry in "));
//! assert!(registry.get_or_create("search").call(|| Ok::<_, &str>(())).is_ok());
//! ```
//!
//! A [`Registry`] is a map of [`NamedBreaker`]s, which are handles: take one once and keep it, or look it up for each call. Looking up takes
//! no lock; it costs a hash, a few loads and a count of handles. A name is any value with a hash: a text unless you say otherwise
//! ([`RegistryBuilder::new`]).
//!
//! # Consistency
//!
//! What is done to all (listing, [`reset_all`](Registry::reset_all), [`set_mode_all`](Registry::set_mode_all), evicting) is done to one
//! after the other: a breaker that is made or removed meanwhile may be among them or not. Two that ask for a new name at once get the
//! same breaker.

mod breaker;
mod builder;
mod claim;
mod entry;
mod error;
mod eviction;
mod failure;
mod named;
mod reconfigure;
mod refusal;
#[cfg(feature = "serde")]
mod settings;

pub use breaker::NamedBreaker;
pub use builder::RegistryBuilder;
pub use error::NamedError;
pub use failure::LastFailure;
pub use named::Named;
pub use reconfigure::ReconfigureAllError;
pub use refusal::NamedRejected;
#[cfg(feature = "serde")]
pub use settings::Settings;

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, MonotonicClock};
use crate::config::Config;
use crate::observer::Observer;
use crate::raw::RawBreaker;
use crate::state::Mode;
use arc_swap::ArcSwap;
use claim::Claim;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hash;
use entry::Entry;
use eviction::Sweeps;
use papaya::HashMap;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;

/// The settings of each name.
type Plan<K> = Box<dyn Fn(&K) -> Config + Send + Sync>;

/// The observer of each breaker.
type Observe<K, C, O> = Box<dyn Fn(&K, &CircuitBreaker<C>) -> O + Send + Sync>;

/// Breakers by name. Share it by reference: in a `static`, a field, or an `Arc`.
///
/// ```
/// use std::sync::LazyLock;
/// use tripword::config;
/// use tripword::registry::Registry;
///
/// static BACKENDS: LazyLock<Registry> = LazyLock::new(|| Registry::new(config!(consecutive_failures(5))));
///
/// assert!(BACKENDS.get("search").is_none());
/// let search = BACKENDS.get_or_create("search");
/// assert!(search.call(|| Ok::<_, ()>(7)).is_ok());
/// assert_eq!(BACKENDS.len(), 1);
/// ```
pub struct Registry<K = Arc<str>, C = MonotonicClock, O = ()> {
    breakers: HashMap<K, Entry<K, C, O>>,
    /// Swapped whole, since it is replaced while breakers are made by it.
    plan: ArcSwap<Plan<K>>,
    clock: C,
    observe: Observe<K, C, O>,
    sweeps: Sweeps,
    reconfiguring: Claim,
}

impl Registry {
    /// A registry of breakers named by text, all with the settings `config`, on the [`MonotonicClock`].
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self::builder().config(config).build()
    }

    /// A registry of breakers named by text, to be built. For other names see [`RegistryBuilder::new`].
    pub fn builder() -> RegistryBuilder {
        RegistryBuilder::new()
    }
}

impl<K: Hash + Eq, C, O> Registry<K, C, O> {
    /// The breaker `name`, if there is one.
    pub fn get<Q>(&self, name: &Q) -> Option<NamedBreaker<K, C, O>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let breaker = self.breakers.pin().get(name)?.breaker()?;
        self.sweeps.mark(&breaker);
        Some(breaker)
    }

    /// Takes the breaker `name` out. Who holds it goes on with it; who asks for the name gets a new one.
    pub fn remove<Q>(&self, name: &Q) -> Option<NamedBreaker<K, C, O>>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let removed = self.breakers.pin().remove(name)?.give_up();
        self.sweeps.settle(self.len());
        removed
    }

    /// Keeps only the breakers of which `keep` says so, whatever their state.
    pub fn retain(&self, keep: impl FnMut(&NamedBreaker<K, C, O>) -> bool) {
        self.take_out_unless(keep);
        self.sweeps.settle(self.len());
    }

    fn take_out_unless(&self, mut keep: impl FnMut(&NamedBreaker<K, C, O>) -> bool) {
        self.for_each(|breaker| {
            if !keep(breaker) {
                self.take_out(breaker);
            }
        });
    }

    /// Takes out this very breaker, and not another one that has its name by now.
    fn take_out(&self, breaker: &NamedBreaker<K, C, O>) {
        let breakers = self.breakers.pin();
        let removed = breakers.remove_if(breaker.name(), |_, entry| entry.is_of(breaker));
        if let Ok(Some((_, entry))) = removed {
            entry.give_up();
        }
    }

    /// All breakers, in no order.
    #[must_use]
    pub fn list(&self) -> Vec<NamedBreaker<K, C, O>> {
        let breakers = self.breakers.pin();
        breakers.values().filter_map(Entry::breaker).collect()
    }

    /// Shows each breaker to `see`, in no order.
    pub fn for_each(&self, mut see: impl FnMut(&NamedBreaker<K, C, O>)) {
        let breakers = self.breakers.pin();
        for breaker in breakers.values().filter_map(Entry::breaker) {
            see(&breaker);
        }
    }

    /// How many breakers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.breakers.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Closes every breaker and forgets what they counted; see [`CircuitBreaker::reset`]. Modes stay.
    pub fn reset_all(&self) {
        self.for_each(|breaker| breaker.reset());
    }

    /// Lays `mode` over every breaker that there is. One that is made later begins in the mode
    /// that its settings say ([`Builder::mode`](crate::Builder::mode)).
    pub fn set_mode_all(&self, mode: Mode) {
        self.for_each(|breaker| breaker.set_mode(mode));
    }
}

impl<K, C, O> Registry<K, C, O>
where
    K: Hash + Eq + Clone,
    C: Clock + Clone,
    O: Observer,
{
    /// The breaker `name`, made by the settings for that name if there is none.
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
            // New settings came while it was made by the old ones.
            self.follow_plan(&breaker);
        }
    }

    /// `breaker`, or the one that another thread made meanwhile; `None` if that has been taken out again.
    fn insert(&self, breaker: NamedBreaker<K, C, O>) -> Option<NamedBreaker<K, C, O>> {
        let breakers = self.breakers.pin();
        match breakers.try_insert(breaker.name().clone(), Entry::of(&breaker)) {
            Ok(_) => Some(breaker),
            Err(occupied) => occupied.current.breaker(),
        }
    }

    fn build(&self, name: K, config: Config) -> NamedBreaker<K, C, O> {
        let breaker = CircuitBreaker::from_raw(RawBreaker::boxed(config), self.clock.clone());
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
