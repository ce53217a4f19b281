//! What is done to all breakers is done to all, also if a user's code panics.

use crate::support::{fail, names, set, state};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use tripword::{Config, Mode, Observer, Probes, State, Transition, config};
use tripword_registry::Registry;

/// Notes each event, and panics with its name.
struct Panics(Arc<str>, std::sync::mpsc::Sender<Arc<str>>);

impl Panics {
    fn note(&self) {
        self.1.send(self.0.clone()).unwrap();
        std::panic::panic_any(self.0.clone());
    }
}

impl Observer for Panics {
    fn on_transition(&self, _: &Transition) {
        self.note();
    }

    fn on_mode(&self, _: Mode, _: Mode) {
        self.note();
    }
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// Eight half-open breakers, and the names of those that an observer was notified of.
fn half_open(
    config: fn(&Arc<str>) -> Config,
) -> (Registry<Arc<str>, tripword::MonotonicClock, Panics>, Receiver<Arc<str>>) {
    let (sender, notified) = channel();
    let registry = Registry::builder()
        .config_for(config)
        .observed_by(move |name: &Arc<str>, _| Panics(name.clone(), sender.clone()))
        .build();
    for name in NAMES {
        let breaker = registry.get_or_create(name);
        breaker.breaker().engine().half_open(&|| tripword::Nanos::ZERO);
        breaker.note_failure("reset by peer");
    }
    (registry, notified)
}

/// Calls `f`, which is to panic with what the first of the `notified` said, after all were.
fn panics(notified: &Receiver<Arc<str>>, f: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("an observer panicked");
    let name: &Arc<str> = panic.downcast_ref().expect("the panic of an observer");
    let mut notified: Vec<_> = notified.try_iter().collect();
    assert_eq!(*name, notified[0], "the first panic");
    notified.sort_unstable();
    assert!(notified.iter().map(|name| &**name).eq(NAMES));
}

fn live(failures: u32) -> Config {
    let builder = tripword::Builder::new().consecutive_failures(failures).live();
    let probes = Probes::new().max_probes(1).successes_to_close(failures);
    builder.probes(probes).config().unwrap()
}

#[test]
fn all_are_reset_if_each_observer_panics() {
    let (registry, notified) = half_open(|_| live(5));
    panics(&notified, || registry.reset_all());
    registry.for_each(|breaker| {
        assert_eq!(state(breaker), State::Closed);
        assert_eq!(breaker.last_failure(), None);
    });
}

#[test]
fn all_are_set_to_a_mode_if_each_observer_panics() {
    let (registry, notified) = half_open(|_| live(5));
    panics(&notified, || registry.set_mode_all(Mode::ForceOpen));
    registry.for_each(|breaker| assert_eq!(breaker.breaker().mode(), Mode::ForceOpen));
}

#[test]
fn all_are_reconfigured_if_each_observer_panics() {
    let (registry, notified) = half_open(|_| live(5));
    panics(&notified, || drop(registry.reconfigure_all(|_| live(2))));
    let limit = |breaker: &tripword_registry::NamedBreaker<_, _, _>| {
        breaker.breaker().snapshot().consecutive_failure_limit
    };
    registry.for_each(|breaker| assert_eq!(limit(breaker), 2));
    assert_eq!(limit(&registry.get_or_create("new")), 2);
    // The right to replace the plan was given back.
    panics(&notified, || drop(registry.reconfigure_all(|_| live(3))));
}

#[test]
fn nothing_is_reconfigured_if_the_plan_panics() {
    let (registry, notified) = half_open(|_| live(5));
    let plan = |name: &Arc<str>| {
        assert_ne!(&**name, "e", "an expected panic");
        live(2)
    };
    let replace = AssertUnwindSafe(|| registry.reconfigure_all(plan));
    assert!(catch_unwind(replace).is_err());
    registry.for_each(|breaker| {
        assert_eq!(breaker.breaker().snapshot().consecutive_failure_limit, 5);
    });
    assert_eq!(registry.get_or_create("new").breaker().config().consecutive_failures(), 5);
    assert_eq!(notified.try_iter().count(), 0);
}

#[test]
fn nothing_is_removed_if_the_condition_panics() {
    let (registry, _notified) = half_open(|_| live(5));
    let keep = AssertUnwindSafe(|| {
        registry.retain(|breaker| {
            assert_ne!(&**breaker.name(), "e", "an expected panic");
            false
        });
    });
    assert!(catch_unwind(keep).is_err());
    assert_eq!(names(&registry), set(&NAMES));
}

#[test]
fn all_that_expired_are_evicted_and_reported_if_each_report_panics() {
    let (sender, reported) = channel();
    let registry = Registry::builder()
        .config(config!(consecutive_failures(5)))
        .expire_after(std::time::Duration::ZERO)
        .on_loss(move |name: &Arc<str>, _| Panics(name.clone(), sender.clone()).note())
        .build();
    NAMES.iter().for_each(|name| fail(&registry.get_or_create(*name), 1));
    panics(&reported, || assert_eq!(registry.evict_idle(), 0, "it panics"));
    assert!(registry.is_empty());
}

#[test]
fn a_breaker_is_made_if_the_report_of_the_one_that_it_displaces_panics() {
    let (sender, reported) = channel();
    let registry = Registry::builder()
        .cap(1)
        .on_loss(move |name: &Arc<str>, _| Panics(name.clone(), sender.clone()).note())
        .build();
    registry.get_or_create("payments").breaker().trip();
    let make = AssertUnwindSafe(|| drop(registry.get_or_create("search")));
    assert!(catch_unwind(make).is_err());
    assert_eq!(names(&registry), set(&["search"]));
    assert_eq!(reported.try_iter().count(), 1);
    registry.get_or_create("stock");
    assert_eq!(registry.len(), 1);
}
