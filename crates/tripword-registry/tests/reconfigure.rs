//! Replacing the settings of all breakers while they are in use.

use crate::support::{S, fail, settings, state};
use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};
use tripword::{Builder, Clock, Config, Observer, Probes, Ramp, ReconfigureError, State};
use tripword_registry::{NamedBreaker, ReconfigureAllError, Registry};

fn live(failures: u32) -> Config {
    settings(Builder::new().consecutive_failures(failures).live())
}

fn limit<C: Clock, O: Observer>(breaker: &NamedBreaker<Arc<str>, C, O>) -> u32 {
    breaker.breaker().snapshot().consecutive_failure_limit
}

#[test]
fn new_settings_apply_to_all_breakers_and_their_states_stay() {
    let registry = Registry::new(live(5));
    let open = registry.get_or_create("open");
    open.breaker().trip();
    fail(&registry.get_or_create("payments"), 2);
    registry.reconfigure_all(move |_| live(3)).unwrap();
    assert_eq!(state(&open), State::Open);
    assert_eq!(open.breaker().snapshot().generation, 1);
    fail(&registry.get_or_create("payments"), 1);
    assert_eq!(state(&registry.get_or_create("payments")), State::Open);
    assert_eq!(limit(&registry.get_or_create("new")), 3);
}

#[test]
fn a_refused_plan_names_the_breaker_and_changes_nothing() {
    let plan = |failures| {
        move |name: &Arc<str>| {
            let builder = Builder::new().consecutive_failures(failures);
            settings(if &**name == "payments" { builder } else { builder.live() })
        }
    };
    let registry = Registry::builder().config_for(plan(5)).build();
    for name in ["payments", "search"] {
        registry.get_or_create(name);
    }
    let refused = registry.reconfigure_all(plan(3)).unwrap_err();
    let payments = ("payments".into(), ReconfigureError::NotLive);
    assert_eq!(refused, ReconfigureAllError::Refused(vec![payments]));
    let why = ReconfigureError::NotLive;
    assert_eq!(refused.to_string(), format!("nothing was changed: \"payments\": {why}"));
    for name in ["payments", "search", "new"] {
        assert_eq!(limit(&registry.get_or_create(name)), 5);
    }
    // A breaker whose settings stay need not be live.
    registry.reconfigure_all(plan(5)).unwrap();
}

#[test]
fn a_half_open_breaker_whose_probes_stay_is_not_touched() {
    let probing = |successes| {
        let builder = Builder::new().probes(Probes::new().successes_to_close(successes));
        settings(builder.live())
    };
    let registry = Registry::new(live(5));
    let payments = registry.get_or_create("payments");
    payments.breaker().half_open();
    let before = payments.breaker().snapshot().generation;
    registry.reconfigure_all(|_| live(5)).unwrap();
    assert_eq!(payments.breaker().snapshot().generation, before);
    registry.reconfigure_all(|_| live(9)).unwrap();
    assert_eq!(limit(&payments), 9);
    assert_eq!(payments.breaker().snapshot().generation, before);
    registry.reconfigure_all(move |_| probing(2)).unwrap();
    assert_ne!(payments.breaker().snapshot().generation, before);
}

#[test]
fn a_breaker_made_during_a_reload_has_the_new_settings() {
    for round in 0..50 {
        let registry = Registry::new(live(5));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for number in 0..40 {
                    registry.get_or_create(&*format!("tenant-{number}"));
                }
            });
            scope.spawn(|| registry.reconfigure_all(move |_| live(3)).unwrap());
        });
        registry.for_each(|breaker| {
            assert_eq!(limit(breaker), 3, "round {round}: {breaker:?}");
        });
    }
}

#[test]
fn a_breaker_made_by_a_plan_that_is_replaced_meanwhile_has_the_new_settings() {
    // The old plan itself installs the new one, while a breaker is made by the old one.
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        let install_new_plan = |_: &Arc<str>| {
            REGISTRY.reconfigure_all(|_| live(3)).unwrap();
            live(5)
        };
        Registry::builder().config_for(install_new_plan).build()
    });
    assert_eq!(limit(&REGISTRY.get_or_create("payments")), 3);
}

#[test]
fn a_plan_that_is_replaced_while_it_is_called_undoes_nothing() {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(live(9)));
    static CALLS: AtomicU16 = AtomicU16::new(0);
    REGISTRY.get_or_create("payments");
    let replaced_when_called_again = |_: &Arc<str>| {
        if CALLS.fetch_add(1, Relaxed) == 1 {
            REGISTRY.reconfigure_all(|_| live(3)).unwrap();
        }
        live(5)
    };
    REGISTRY.reconfigure_all(replaced_when_called_again).unwrap();
    assert_eq!(limit(&REGISTRY.get_or_create("payments")), 3);
}

#[test]
fn a_breaker_made_by_a_replaced_plan_that_cannot_change_is_made_anew() {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        let install_new_plan = |_: &Arc<str>| {
            REGISTRY.reconfigure_all(|_| live(3)).unwrap();
            settings(Builder::new().consecutive_failures(5))
        };
        Registry::builder().config_for(install_new_plan).build()
    });
    let payments = REGISTRY.get_or_create("payments");
    assert_eq!(limit(&payments), 3);
    assert_eq!(REGISTRY.len(), 1);
}

#[test]
fn a_plan_that_replaces_settings_while_they_are_replaced_is_busy() {
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::new(live(5)));
    REGISTRY.get_or_create("payments");
    let answer = Arc::new(std::sync::OnceLock::new());
    let nested = answer.clone();
    let plan = move |_: &Arc<str>| {
        nested.get_or_init(|| REGISTRY.reconfigure_all(|_| live(9)));
        live(3)
    };
    REGISTRY.reconfigure_all(plan).unwrap();
    assert_eq!(answer.get(), Some(&Err(ReconfigureAllError::Busy)));
    assert_eq!(limit(&REGISTRY.get_or_create("payments")), 3);
}

#[test]
fn a_fixed_setting_is_refused_even_if_nothing_else_changes() {
    let registry = Registry::new(settings(Builder::new().live()));
    registry.get_or_create("payments");
    let with_ramp = settings(Builder::new().live().ramp(Ramp::new(0.5, S)));
    let refused = registry.reconfigure_all(move |_| with_ramp).unwrap_err();
    let ReconfigureAllError::Refused(refused) = refused else {
        panic!("{refused}");
    };
    let [(name, ReconfigureError::Fixed { setting, .. })] = &*refused else {
        panic!("{refused:?}");
    };
    assert_eq!((&**name, *setting), ("payments", "ramp"));
}
