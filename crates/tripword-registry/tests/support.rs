//! A registry on a clock that the test moves.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tripword::{Builder, Clock, Config, ManualClock, Observer, State};
use tripword_registry::{Loss, NamedBreaker, Registry, RegistryBuilder};

pub(crate) const S: Duration = Duration::from_secs(1);

pub(crate) type ManualRegistry = Registry<Arc<str>, Arc<ManualClock>>;

/// Settings without jitter, so that times are exact.
pub(crate) fn settings(builder: Builder) -> Config {
    builder.jitter(0.0).config().expect("valid settings")
}

/// A registry whose breakers open for 8 seconds on 2 failures in a row.
pub(crate) fn registry(cap: usize) -> (ManualRegistry, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::new());
    let two_failures = settings(Builder::new().consecutive_failures(2).open_duration(8 * S));
    let builder = Registry::builder().clock(clock.clone()).config(two_failures);
    (builder.cap(cap).build(), clock)
}

pub(crate) fn fail<C: Clock, O: Observer>(breaker: &NamedBreaker<Arc<str>, C, O>, calls: u32) {
    for _ in 0..calls {
        let _ = breaker.call(|| Err::<(), _>("no answer"));
    }
}

pub(crate) fn state<C: Clock, O: Observer>(breaker: &NamedBreaker<Arc<str>, C, O>) -> State {
    breaker.breaker().state()
}

pub(crate) fn is_same<K, C, O>(one: &NamedBreaker<K, C, O>, other: &NamedBreaker<K, C, O>) -> bool {
    std::ptr::eq(one.breaker(), other.breaker())
}

pub(crate) fn names<C, O>(registry: &Registry<Arc<str>, C, O>) -> BTreeSet<String> {
    let breakers = registry.list().into_iter();
    breakers.map(|breaker| breaker.name().to_string()).collect()
}

pub(crate) fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Brings `names` that no test uses otherwise.
pub(crate) fn fill<C: Clock + Clone, O: Observer>(registry: &Registry<Arc<str>, C, O>, names: u32) {
    for number in 0..names {
        registry.get_or_create(&*format!("filler-{number}"));
    }
}

type Losses = Receiver<(Arc<str>, Loss)>;

/// Builds a registry, and returns what it reports as lost.
pub(crate) fn losses<C, O>(
    builder: RegistryBuilder<Arc<str>, C, O>,
) -> (Registry<Arc<str>, C, O>, Losses) {
    let (sender, losses) = channel();
    let report = move |name: &Arc<str>, loss| sender.send((name.clone(), loss)).unwrap();
    (builder.on_loss(report).build(), losses)
}
