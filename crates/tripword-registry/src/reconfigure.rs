//! Replacing the settings of all breakers while they are in use.

use crate::breaker::NamedBreaker;
use crate::entry::Entry;
use crate::named::{MODES, mode_of, start_of};
use crate::registry::{Event, Registry, notify};
use crate::reloaded::{Groups, Reloaded};
use crate::shared::{OnRefusal, Plan, Planned, by_function};
use crate::sync::Claimed;
use crate::visit::visit_all;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::thread;
use tripword::{CircuitBreaker, Clock, Config, Nanos, Observer, ReconfigureError};

/// Why the settings of a registry were not replaced. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReconfigureAllError<K = Arc<str>> {
    /// Another thread is replacing them now.
    Busy,
    /// The breakers that cannot take their new settings, and why.
    Refused(Vec<(K, ReconfigureError)>),
}

impl<K: fmt::Display> fmt::Display for ReconfigureAllError<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => ReconfigureError::Busy.fmt(f),
            Self::Refused(refused) => {
                f.write_str("nothing was changed")?;
                let mut between = ": ";
                for (name, why) in refused {
                    // In quotes, with control characters and quotes in it escaped.
                    write!(f, "{between}{:?}: {why}", name.to_string())?;
                    between = "; ";
                }
                Ok(())
            }
        }
    }
}

impl<K: fmt::Display + fmt::Debug> std::error::Error for ReconfigureAllError<K> {}

impl<K, C, O> Registry<K, C, O>
where
    K: Hash + Eq + Clone,
    C: Clock,
    O: Observer,
{
    /// Replaces the settings of all breakers, and of those that are made later, by what `plan`
    /// returns for their names: all or none.
    ///
    /// Breakers keep their state and their counts, as
    /// [`CircuitBreaker::reconfigure`](tripword::CircuitBreaker::reconfigure) says. One whose
    /// settings do not change is not touched. The mode is set to that of the settings where that
    /// differs from the mode of the settings before, unless it was set by hand in between: then it
    /// stays, and the name is returned.
    ///
    /// `plan` is called before anything is changed, and observers are notified after everything
    /// was: if one panics, the others are still notified, and then the panic continues. If `plan`
    /// panics, nothing changes; for a breaker that is made meanwhile it is called later.
    ///
    /// # Errors
    ///
    /// [`ReconfigureAllError::Refused`] with the name of each breaker that was not built
    /// [`live`](tripword::Builder::live), would change in a fixed setting, or would start in
    /// another state; [`ReconfigureAllError::Busy`] if another thread is replacing settings.
    /// Nothing changes then.
    ///
    /// # Examples
    ///
    /// ```
    /// use tripword::config;
    /// use tripword_registry::Registry;
    ///
    /// let registry = Registry::new(config!(consecutive_failures(5), live()));
    /// let payments = registry.get_or_create("payments");
    /// registry.reconfigure_all(|_| config!(consecutive_failures(3), live()))?;
    /// assert_eq!(payments.breaker().config().consecutive_failures(), 3);
    ///
    /// let with_window = |_: &_| config!(last_calls(9), failures(3), live());
    /// let error = registry.reconfigure_all(with_window).unwrap_err();
    /// assert!(error.to_string().starts_with(r#"nothing was changed: "payments": last_calls "#));
    /// # Ok::<(), tripword_registry::ReconfigureAllError>(())
    /// ```
    pub fn reconfigure_all(
        &self,
        plan: impl Fn(&K) -> Config + Send + Sync + 'static,
    ) -> Result<Vec<K>, ReconfigureAllError<K>> {
        self.replace_plan(by_function(plan))
    }

    pub(crate) fn replace_plan(&self, plan: Plan<K>) -> Result<Vec<K>, ReconfigureAllError<K>> {
        let claimed = self.reconfiguring.claim().ok_or(ReconfigureAllError::Busy)?;
        let (changes, refused) = self.planned(&plan);
        if !refused.is_empty() {
            let refused = refused.into_iter();
            let refused = refused.map(|(change, why)| (change.breaker.name().clone(), why));
            return Err(ReconfigureAllError::Refused(refused.collect()));
        }
        Ok(self.apply(claimed, plan, &changes, OnRefusal::Remove).modes_kept)
    }

    pub(crate) fn replace_what_can(
        &self,
        plan: Plan<K>,
    ) -> Result<Reloaded<K>, ReconfigureAllError<K>> {
        let claimed = self.reconfiguring.claim().ok_or(ReconfigureAllError::Busy)?;
        let (mut changes, refused) = self.planned(&plan);
        let (settled, mut groups) = (changes.len(), Groups::new());
        for (change, why) in refused {
            let name = change.breaker.name().clone();
            groups.add(name, why, &change.breaker.breaker().config(), &change.config);
            changes.push(change.of_mode_only());
        }
        let mut reloaded = self.apply(claimed, plan, &changes, OnRefusal::Stay);
        reloaded.unchanged = settled - reloaded.changed;
        reloaded.refused = groups.into_vec();
        Ok(reloaded)
    }

    /// Makes `changes` and replaces the plan, which [`planned`](Self::planned) them. Returns what
    /// changed, and which modes stay.
    fn apply(
        &self,
        claimed: Claimed<'_>,
        plan: Plan<K>,
        changes: &[Change<K, C, O>],
        on_refusal: OnRefusal,
    ) -> Reloaded<K> {
        let (now, mut events, mut kept) = (self.clock.now(), Vec::new(), Vec::new());
        let mut changed = 0;
        // From here to the release of the claim, no code of the user runs, and nothing fails.
        let _replaced = self.plan.swap(Arc::new(plan));
        for change in changes {
            let settings = !change.is_of_mode_only && change.settings(now, &mut events);
            let mode = change.mode(&mut events, &mut kept);
            changed += usize::from(!change.is_of_mode_only && (settings || mode));
        }
        drop(claimed);
        let steps: [Box<dyn FnOnce() + '_>; 2] = [
            Box::new(|| notify(events)),
            // For those that were made meanwhile by the old plan, and those that are pinned now.
            Box::new(|| {
                let breakers = self.breakers.pin();
                let breakers = breakers.values().filter_map(Entry::breaker);
                visit_all(breakers, |breaker| self.follow_plan(&breaker, on_refusal));
            }),
        ];
        visit_all(steps, |step| step());
        let modes_kept = kept.iter().map(|breaker| breaker.name().clone()).collect();
        Reloaded { changed, unchanged: 0, refused: Vec::new(), modes_kept }
    }

    /// Returns what changes by `plan`, and what cannot and why.
    fn planned(&self, plan: &Plan<K>) -> Planning<K, C, O> {
        let (mut changes, mut refused) = (Vec::new(), Vec::new());
        for breaker in self.list() {
            let planned = plan(breaker.name());
            let change = Change::new(breaker, planned.config);
            match change.check() {
                Ok(()) => changes.push(change),
                Err(why) => refused.push((change, why)),
            }
        }
        (changes, refused)
    }

    /// Gives `named` the settings for its name, or does with it what `on_refusal` says.
    pub(crate) fn follow_plan(&self, named: &NamedBreaker<K, C, O>, on_refusal: OnRefusal) {
        loop {
            let plan = self.plan.load_full();
            let Planned { config, named: is_named } = plan(named.name());
            let mut change = Change::new(named.clone(), config);
            if change.check().is_err() {
                if on_refusal == OnRefusal::Remove {
                    self.take_out(named, |_| true);
                    return;
                }
                change = change.of_mode_only();
            }
            if is_named {
                self.pin(named);
            }
            let mut events = Vec::new();
            if !change.is_of_mode_only {
                change.settings(self.clock.now(), &mut events);
            }
            change.mode(&mut events, &mut Vec::new());
            notify(events);
            // Another plan may have been applied while this one was called.
            if Arc::ptr_eq(&plan, &self.plan.load()) {
                return;
            }
        }
    }

    /// Pins a breaker that is listed, and gives its place back.
    fn pin(&self, named: &NamedBreaker<K, C, O>) {
        let breakers = self.breakers.pin();
        let entry = breakers.get(&self.sought(named.name()));
        let entry = entry.filter(|entry| entry.is_of(&named.0) && !entry.is_pinned());
        self.free(entry.and_then(|entry| entry.pin(named)));
    }
}

/// The changes that can be made, and those that cannot.
type Planning<K, C, O> = (Vec<Change<K, C, O>>, Vec<(Change<K, C, O>, ReconfigureError)>);
type Events<K, C, O> = Vec<(NamedBreaker<K, C, O>, Event)>;

/// New settings of a breaker.
struct Change<K, C, O> {
    breaker: NamedBreaker<K, C, O>,
    config: Arc<Config>,
    /// The state and the mode that a new breaker with these settings would have.
    start: usize,
    is_of_mode_only: bool,
}

impl<K, C, O> Change<K, C, O> {
    fn new(breaker: NamedBreaker<K, C, O>, config: Arc<Config>) -> Self {
        let fresh = CircuitBreaker::from(config.clone());
        let start = start_of(fresh.engine().entered(), fresh.engine().mode());
        Self { breaker, config, start, is_of_mode_only: false }
    }

    /// What is left of a change that is refused: any breaker takes another mode.
    fn of_mode_only(self) -> Self {
        let before = self.breaker.0.observer().start.get();
        let start = before - mode_of(before) + mode_of(self.start);
        Self { start, is_of_mode_only: true, ..self }
    }

    fn check(&self) -> Result<(), ReconfigureError> {
        let (engine, before) = (self.breaker.0.engine(), self.breaker.0.observer().start.get());
        if self.start - mode_of(self.start) != before - mode_of(before) {
            return Err(ReconfigureError::Fixed { setting: "start" });
        }
        if engine.is_configured_as(&self.config) {
            return Ok(());
        }
        engine.can_reconfigure(&self.config)
    }

    /// Replaces the settings, which were [checked](Self::check), unless they are in use already.
    /// Returns whether it did.
    fn settings(&self, now: Nanos, events: &mut Events<K, C, O>) -> bool {
        let engine = self.breaker.0.engine();
        while !engine.is_configured_as(&self.config) {
            match engine.reconfigure(*self.config, &|| now) {
                // Another thread is writing the settings of this breaker: a few stores.
                Err(ReconfigureError::Busy) => thread::yield_now(),
                moved => {
                    let moved = moved.ok().flatten().map(Event::Moved);
                    events.extend(moved.map(|moved| (self.breaker.clone(), moved)));
                    return true;
                }
            }
        }
        false
    }

    /// Sets the mode where that of the settings changed. Where it was set by hand since, it stays,
    /// and the breaker is one of the `kept`. Returns whether the mode changed.
    fn mode(&self, events: &mut Events<K, C, O>, kept: &mut Vec<NamedBreaker<K, C, O>>) -> bool {
        let engine = self.breaker.0.engine();
        let (before, mode) = (self.breaker.0.observer().start.swap(self.start), engine.mode());
        let wanted = MODES[mode_of(self.start)];
        if mode_of(before) == mode_of(self.start) || mode == wanted {
            return false;
        }
        if mode_of(before) == mode as usize {
            // Not `mode`: another thread may have set one since.
            let was = engine.set_mode(wanted);
            if was != wanted {
                events.push((self.breaker.clone(), Event::Mode(was, wanted)));
            }
            was != wanted
        } else {
            kept.push(self.breaker.clone());
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tripword::{CircuitBreaker, config};

    #[test]
    fn a_breaker_that_cannot_follow_the_plan_removes_no_other_of_its_name() {
        let registry = Registry::new(config!(live()));
        let fixed = CircuitBreaker::from(config!(consecutive_failures(9)));
        let fixed = NamedBreaker::new(Arc::from("payments"), fixed);
        let newer = registry.get_or_create("payments");
        registry.follow_plan(&fixed, OnRefusal::Remove);
        let listed = registry.get("payments").expect("it was not removed");
        assert!(Arc::ptr_eq(&listed.0, &newer.0));
    }
}
