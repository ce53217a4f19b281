//! A registry on a clock that is moved by hand.

use super::S;
use std::collections::BTreeSet;
use std::sync::Arc;
use tripword::registry::{NamedBreaker, Registry};
use tripword::{Builder, Config, ManualClock, Observer};

pub(crate) type OnManual = Registry<Arc<str>, Arc<ManualClock>>;

pub(crate) fn settings(builder: Builder) -> Config {
    builder.jitter(0.0).config().expect("settings that can be")
}

pub(crate) fn registry(cap: usize) -> (OnManual, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let two_failures = settings(Builder::new().consecutive_failures(2).open_duration(8 * S));
    let builder = Registry::builder()
        .clock(clock.clone())
        .config(two_failures);
    (builder.cap(cap).build(), clock)
}

pub(crate) fn fail<C: tripword::Clock, O: Observer>(
    breaker: &NamedBreaker<Arc<str>, C, O>,
    calls: u32,
) {
    for _ in 0..calls {
        let _ = breaker.call(|| Err::<(), _>("no answer"));
    }
}

pub(crate) fn names<C, O>(registry: &Registry<Arc<str>, C, O>) -> BTreeSet<String> {
    let breakers = registry.list().into_iter();
    breakers.map(|breaker| breaker.name().to_string()).collect()
}

pub(crate) fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}
