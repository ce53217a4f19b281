//! New settings for all breakers at once, while they are in use.

use super::{NamedBreaker, Registry};
use crate::clock::Clock;
use crate::config::Config;
use crate::error::ReconfigureError;
use crate::observer::Observer;
use core::fmt;
use core::hash::Hash;
use std::boxed::Box;
use std::sync::Arc;
use std::thread;
use std::vec::Vec;

/// Why the settings of a registry were not replaced. Everything is as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReconfigureAllError<K = Arc<str>> {
    /// Another thread is replacing them at this moment.
    Busy,
    /// These breakers cannot go on with their new settings, and why.
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

impl<K: fmt::Display + fmt::Debug> core::error::Error for ReconfigureAllError<K> {}

impl<K, C, O> Registry<K, C, O>
where
    K: Hash + Eq + Clone,
    C: Clock,
    O: Observer,
{
    /// Replaces the settings of all breakers, and of those that are made later, by what `plan` returns for their names. Breakers keep their
    /// state and their counts, as [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure) says; one whose settings do not change
    /// does not notice. All change or none.
    ///
    /// # Errors
    ///
    /// [`ReconfigureAllError::Refused`] with the name of each breaker that was not built [`live`](crate::Builder::live), or would change
    /// in a setting that is fixed; [`ReconfigureAllError::Busy`] if another thread is at it. Everything is as it was then.
    ///
    /// ```
    /// use tripword::config;
    /// use tripword::registry::Registry;
    ///
    /// let registry = Registry::new(config!(consecutive_failures(5), live()));
    /// let payments = registry.get_or_create("payments");
    /// registry.reconfigure_all(|_| config!(consecutive_failures(3), live()))?;
    /// assert_eq!(payments.snapshot().consecutive_failure_limit, 3);
    ///
    /// let error = registry.reconfigure_all(|_| config!(last_calls(9), failures(3), live())).unwrap_err();
    /// assert!(error.to_string().starts_with(r#"nothing was changed: "payments": last_calls "#));
    /// # Ok::<(), tripword::registry::ReconfigureAllError>(())
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
            if let Err(why) = can_become(breaker, &plan(breaker.name())) {
                refused.push((breaker.name().clone(), why));
            }
        });
        refused
    }

    /// Gives `breaker` the settings for its name. One that was made by the old plan in the very instant of the change, and cannot have
    /// them, is taken out: it is made anew when it is next asked for.
    pub(super) fn follow_plan(&self, breaker: &NamedBreaker<K, C, O>) {
        let config = (**self.plan.load())(breaker.name());
        if replace(breaker, config).is_err() {
            self.take_out(breaker);
        }
    }
}

fn can_become<K, C, O>(
    breaker: &NamedBreaker<K, C, O>,
    config: &Config,
) -> Result<(), ReconfigureError> {
    match breaker.raw().is_configured_as(config) {
        true => Ok(()),
        false => breaker.raw().can_reconfigure(config),
    }
}

fn replace<K, C: Clock, O: Observer>(
    breaker: &NamedBreaker<K, C, O>,
    config: Config,
) -> Result<(), ReconfigureError> {
    while !breaker.raw().is_configured_as(&config) {
        match breaker.reconfigure(config) {
            // Somebody gives this one breaker other settings just now, which takes no longer than to write them.
            Err(ReconfigureError::Busy) => thread::yield_now(),
            done => return done,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Builder, CircuitBreaker};

    #[test]
    fn a_breaker_that_cannot_follow_takes_no_other_of_its_name_out() {
        let registry = Registry::new(Builder::new().live().config().expect("they can be"));
        let fixed = CircuitBreaker::builder().consecutive_failures(9).build();
        let fixed = NamedBreaker::new(Arc::from("payments"), fixed.expect("it can be"));
        let newer = registry.get_or_create("payments");
        registry.follow_plan(&fixed);
        let now = registry.get("payments").expect("it is not taken out");
        assert!(Arc::ptr_eq(now.shared(), newer.shared()));
    }
}
