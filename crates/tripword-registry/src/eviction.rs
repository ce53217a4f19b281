//! Evicting breakers that are idle, or to make room.

use crate::breaker::NamedBreaker;
use crate::entry::Shared;
use crate::loss::Loss;
use crate::named::{USED, mode_of, start_of};
use crate::places::{Place, Places};
use crate::registry::Registry;
use crate::visit::visit_all;
use std::cmp::Reverse;
use std::hash::Hash;
use std::sync::Arc;
use tripword::{Clock, Nanos, Observer, Snapshot, State};

/// The most breakers that are examined for one more name.
const LOOKS: usize = 16;

/// What an eviction would lose, the least first. Of one kind, the breaker that was unused for the
/// longest goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    /// Nothing: it is what a new breaker of its settings would be.
    AtRest,
    /// Nothing, but it was used since it was last examined.
    Used,
    /// Failures that count.
    Counting,
    /// It was open, and its time is over: it awaits a probe, or ramps up.
    Overdue,
    /// Open, or in a mode that was set by hand.
    Open,
}

type Rank = (Standing, Reverse<usize>);

/// A breaker that was evicted.
pub(crate) struct Evicted<K, C, O> {
    breaker: NamedBreaker<K, C, O>,
    loss: Option<Loss>,
}

type Room<'a, K, C, O> = (Place<'a, Shared<K, C, O>>, Option<Evicted<K, C, O>>);

impl<K: Hash + Eq, C: Clock, O: Observer> Registry<K, C, O> {
    /// Evicts the breakers that were not used since the previous call of this method, and returns
    /// how many. Call it from a timer: a breaker is evicted after one to two of its periods without
    /// use.
    ///
    /// A breaker is evicted only if it has no handle outside the registry, so that no call is in
    /// flight, and if nothing is lost: it has the state and the mode of its settings, no failure in
    /// a row, no failed or slow call in its window, no streak, and no noted failure.
    ///
    /// What a breaker counts expires once it was not used for
    /// [`expire_after`](crate::RegistryBuilder::expire_after), a day by default. Then it is evicted
    /// too, with [`Loss::Expired`], unless it is still open or in a mode that was set by hand; to
    /// remove such breakers, use [`retain`](Self::retain). Pinned breakers stay. A handle that is
    /// taken at the moment of the eviction continues with a breaker of its own.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::builder().build();
    /// for name in ["payments", "search", "stock"] {
    ///     registry.get_or_create(name);
    /// }
    /// registry.get_or_create("stock").breaker().trip();
    /// assert_eq!(registry.evict_idle(), 0);
    /// registry.get_or_create("search");
    /// assert_eq!(registry.evict_idle(), 1);
    /// assert!(registry.get("payments").is_none());
    /// assert_eq!(registry.len(), 2);
    /// ```
    pub fn evict_idle(&self) -> usize {
        let now = self.clock.now();
        let (tick, since_sweep) = self.idle.sweep(now);
        let mut evicted = Vec::new();
        let breakers = self.breakers.pin();
        for entry in breakers.values().filter(|entry| !entry.is_pinned()) {
            let Some(breaker) = entry.breaker() else {
                continue;
            };
            // Two handles: the registry's own, and the one above.
            let rank = self.rank(&breaker.0, 2, now, tick);
            let goes = rank.is_some_and(|(standing, Reverse(idle))| match standing {
                Standing::AtRest | Standing::Used => idle > since_sweep,
                Standing::Counting | Standing::Overdue => self.idle.is_expired(idle),
                Standing::Open => false,
            });
            if goes && self.take_out(&breaker, |entry| !entry.is_pinned()) {
                let loss = rank.is_some_and(|(standing, _)| standing > Standing::Used);
                let loss = loss.then(|| Loss::Expired(breaker.breaker().engine().state(&|| now)));
                evicted.push(Evicted { breaker, loss });
            }
        }
        let count = evicted.len();
        visit_all(evicted, |evicted| self.report(evicted));
        count
    }

    /// Returns a place for one more breaker, and the breaker that was evicted for it. `None` if
    /// none of those that were examined may go.
    ///
    /// Those of which an eviction loses the least go first, as [`Standing`] says.
    pub(crate) fn make_room<'a>(
        &self,
        places: &'a Places<Shared<K, C, O>>,
    ) -> Option<Room<'a, K, C, O>> {
        if let Some(place) = places.take() {
            return Some((place, None));
        }
        let now = self.clock.now();
        let tick = self.idle.tick(now);
        let mut found = Vec::new();
        for _ in 0..LOOKS.min(places.len()) {
            let index = places.turn();
            let rank = places.look(index, |shared| self.rank(shared, 1, now, tick));
            let Some(rank) = rank.flatten() else {
                continue;
            };
            if rank.0 > Standing::AtRest {
                found.push((rank, index));
            } else if let Some(room) = self.evict(places, index, rank.0, now) {
                return Some(room);
            }
        }
        found.sort_unstable();
        let mut found = found.into_iter();
        found.find_map(|((standing, _), index)| self.evict(places, index, standing, now))
    }

    /// Evicts the breaker in the place `index`, unless more would be lost by now than `standing`
    /// says, or another thread evicts it.
    fn evict<'a>(
        &self,
        places: &'a Places<Shared<K, C, O>>,
        index: usize,
        standing: Standing,
        now: Nanos,
    ) -> Option<Room<'a, K, C, O>> {
        let evicted = places.look(index, |shared| {
            let (still, _) = self.rank(shared, 1, now, self.idle.tick(now))?;
            let removed =
                (still <= standing).then(|| self.unlist(shared, |entry| !entry.is_pinned()));
            let place = removed.flatten().flatten()?;
            let loss = still > Standing::Used;
            let loss = loss.then(|| Loss::Evicted(shared.engine().state(&|| now)));
            Some((places.place(place), loss))
        });
        let (place, loss) = evicted.flatten()?;
        let breaker = place.swap(None).map(NamedBreaker);
        Some((place, breaker.map(|breaker| Evicted { breaker, loss })))
    }

    /// Reports what an eviction lost, and drops the breaker.
    pub(crate) fn report(&self, evicted: Evicted<K, C, O>) {
        if let Some(loss) = evicted.loss {
            (self.on_loss)(evicted.breaker.name(), loss);
        }
    }

    /// Returns what an eviction of the breaker would lose; `None` if it has more than so many
    /// `handles`, and is in use.
    fn rank(
        &self,
        shared: &Arc<Shared<K, C, O>>,
        handles: usize,
        now: Nanos,
        tick: usize,
    ) -> Option<Rank> {
        let named = shared.observer();
        if Arc::strong_count(shared) > handles {
            named.mark();
            return None;
        }
        let was_used = named.last_used.get() == USED;
        let idle = self.idle.examine(named, tick);
        let standing = match standing(shared, now) {
            Standing::AtRest if was_used => Standing::Used,
            standing => standing,
        };
        Some((standing, Reverse(idle)))
    }
}

/// Compares the breaker with a new one of its settings.
fn standing<K, C, O>(shared: &Shared<K, C, O>, now: Nanos) -> Standing {
    let (named, snapshot) = (shared.observer(), shared.engine().snapshot(&|| now));
    let start = named.start.get();
    if start_of(snapshot.state, snapshot.mode) == start
        && counts_nothing(&snapshot)
        && named.last_failure.load().is_none()
    {
        return Standing::AtRest;
    }
    if snapshot.mode as usize != mode_of(start) {
        return Standing::Open;
    }
    match snapshot.state {
        State::Closed => Standing::Counting,
        State::HalfOpen | State::Recovering => Standing::Overdue,
        State::Open => Standing::Open,
    }
}

fn counts_nothing(snapshot: &Snapshot) -> bool {
    let (counts, probes) = (snapshot.counts, snapshot.probes);
    snapshot.consecutive_failures == 0
        && (counts.failures, counts.slow_calls) == (0, 0)
        && (probes.in_flight, probes.successes, probes.failures) == (0, 0, 0)
        && snapshot.streak == 0
        // One that starts open has no deadline; neither has one that is closed or half-open.
        && snapshot.remaining.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builder::RegistryBuilder;
    use tripword::{Mode, config};

    type Numbers = Registry<u64>;

    /// How many breakers were examined so far.
    fn examined(registry: &Numbers) -> usize {
        registry.places.as_ref().expect("a cap").hand.get()
    }

    /// The most that one more name examines, under a full cap of breakers that are moved by `mv`.
    fn most_examined(cap: usize, mv: fn(&NamedBreaker<u64>)) -> usize {
        let registry = RegistryBuilder::new().config(config!(consecutive_failures(9))).cap(cap);
        let registry = registry.build();
        let mut names = 0..;
        let mut bring = || mv(&registry.get_or_create(&names.next().expect("a number")));
        (0..cap).for_each(|_| bring());
        let more = (0..2_000).map(|_| {
            let before = examined(&registry);
            bring();
            examined(&registry) - before
        });
        let most = more.max();
        assert_eq!(registry.len(), cap);
        most.expect("some names")
    }

    #[test]
    fn one_more_name_examines_sixteen_breakers_at_most_however_many_there_are() {
        // A million would take this test a minute; benches/room.rs brings them.
        for cap in [1, 15, 16, 17, 1_000, 20_000] {
            assert_eq!(most_examined(cap, |_| ()), 1, "{cap} at rest");
            let most = LOOKS.min(cap);
            assert_eq!(most_examined(cap, |breaker| breaker.breaker().trip()), most);
            let force = |breaker: &NamedBreaker<_>| breaker.breaker().set_mode(Mode::ForceOpen);
            assert_eq!(most_examined(cap, force), most);
            let fail = |breaker: &NamedBreaker<_>| drop(breaker.call(|| Err::<(), _>(())));
            assert_eq!(most_examined(cap, fail), most);
        }
    }

    #[test]
    fn breakers_in_use_are_examined_sixteen_at_a_time() {
        let registry = RegistryBuilder::new().cap(1_000).build();
        let held: Vec<_> = (0..1_000).map(|name| registry.get_or_create(&name)).collect();
        for more in 1..=100 {
            registry.get_or_create(&(1_000 + more));
            assert_eq!(examined(&registry), LOOKS * more as usize);
        }
        assert_eq!((held.len(), registry.len(), registry.unlisted()), (1_000, 1_000, 100));
    }

    #[test]
    fn a_breaker_that_is_used_while_it_is_chosen_stays() {
        let registry: Numbers = RegistryBuilder::new().cap(1).build();
        let breaker = registry.get_or_create(&1);
        let places = registry.places.as_ref().expect("a cap");
        assert!(
            registry.evict(places, 0, Standing::Open, Nanos::ZERO).is_none(),
            "it has a handle"
        );
        breaker.breaker().trip();
        drop(breaker);
        assert!(registry.evict(places, 0, Standing::Overdue, Nanos::ZERO).is_none(), "it opened");
        assert!(registry.evict(places, 0, Standing::Open, Nanos::ZERO).is_some());
        assert!(registry.is_empty());
    }
}
