//! Replacing the settings of all breakers while they are in use.

use crate::breaker::NamedBreaker;
use crate::registry::Registry;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::thread;
use tripword::{Clock, Config, Observer, ReconfigureError};

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
                    write!(f, "{between}\"{name}\": {why}")?;
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
    /// settings do not change is not touched.
    ///
    /// # Errors
    ///
    /// [`ReconfigureAllError::Refused`] with the name of each breaker that was not built
    /// [`live`](tripword::Builder::live) or would change in a fixed setting,
    /// [`ReconfigureAllError::Busy`] if another thread is replacing settings. Nothing changes then.
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
    ) -> Result<(), ReconfigureAllError<K>> {
        let Some(_claimed) = self.reconfiguring.claim() else {
            return Err(ReconfigureAllError::Busy);
        };
        let refused = self.refusals(&plan);
        if !refused.is_empty() {
            return Err(ReconfigureAllError::Refused(refused));
        }
        self.plan.store(Arc::new(Box::new(plan)));
        self.for_each(|breaker| self.follow_plan(breaker));
        Ok(())
    }

    fn refusals(&self, plan: &impl Fn(&K) -> Config) -> Vec<(K, ReconfigureError)> {
        let mut refused = Vec::new();
        self.for_each(|breaker| {
            let (engine, config) = (breaker.breaker().engine(), plan(breaker.name()));
            if engine.is_configured_as(&config) {
                return;
            }
            if let Err(why) = engine.can_reconfigure(&config) {
                refused.push((breaker.name().clone(), why));
            }
        });
        refused
    }

    /// Gives `named` the settings for its name. If it was made by the old plan while that was
    /// replaced, and cannot take the new settings, it is removed, and made anew at its next use.
    pub(crate) fn follow_plan(&self, named: &NamedBreaker<K, C, O>) {
        let config = (**self.plan.load())(named.name());
        let breaker = named.breaker();
        while !breaker.engine().is_configured_as(&config) {
            match breaker.reconfigure(config) {
                Ok(()) => return,
                // Another thread is writing the settings of this breaker: a few stores.
                Err(ReconfigureError::Busy) => thread::yield_now(),
                Err(_) => return self.take_out(named),
            }
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
        registry.follow_plan(&fixed);
        let listed = registry.get("payments").expect("it was not removed");
        assert!(Arc::ptr_eq(&listed.0, &newer.0));
    }
}
