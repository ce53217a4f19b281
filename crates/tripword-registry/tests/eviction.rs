//! Which breakers are evicted when they are idle or too many, and which never are.

use crate::support::{ManualRegistry, S, is_same, names, registry, set, settings, state};
use std::sync::Arc;
use tripword::{Builder, Held, ManualClock, Mode, Ramp, State};
use tripword_registry::Registry;

#[test]
fn an_unused_breaker_is_evicted_by_the_second_sweep() {
    let (registry, _) = registry(usize::MAX);
    for name in ["payments", "search"] {
        registry.get_or_create(name);
    }
    assert_eq!(registry.evict_idle(), 0);
    registry.get("search");
    assert_eq!(registry.evict_idle(), 1);
    assert_eq!(names(&registry), set(&["search"]));
    assert!(!registry.is_empty());
    assert_eq!(registry.evict_idle(), 1);
    assert!(registry.is_empty());
}

#[test]
fn a_breaker_in_use_or_with_a_state_of_its_own_is_not_evicted() {
    let (registry, clock) = registry(usize::MAX);
    registry.get_or_create("open").breaker().trip();
    registry.get_or_create("half-open").breaker().half_open();
    registry.get_or_create("forced").breaker().set_mode(Mode::ForceClosed);
    registry.get_or_create("shadow").breaker().set_mode(Mode::Shadow);
    let held = registry.get_or_create("held");
    let permit = Held::acquire(registry.get_or_create("in a call")).unwrap();
    let stay = set(&["forced", "half-open", "held", "in a call", "open", "shadow"]);
    for _ in 0..3 {
        registry.evict_idle();
        assert_eq!(names(&registry), stay);
    }
    permit.success();
    drop(held);
    registry.reset_all();
    registry.set_mode_all(Mode::Normal);
    clock.advance(S);
    registry.evict_idle();
    assert_eq!(names(&registry), set(&["held", "in a call"]), "just released");
    registry.evict_idle();
    assert!(registry.is_empty());
}

#[test]
fn making_room_does_not_count_as_a_sweep_for_idle_breakers() {
    let (registry, _) = registry(16);
    registry.evict_idle();
    for number in 0..16 {
        registry.get_or_create(&*format!("tenant-{number}"));
    }
    registry.get_or_create("one more");
    assert_eq!((registry.len(), registry.evict_idle()), (16, 0));
    assert_eq!(registry.evict_idle(), 16);
}

#[test]
fn the_cap_holds_again_once_open_breakers_are_removed() {
    let ways_to_remove_all: [fn(&ManualRegistry); 2] = [
        |registry| registry.retain(|_| false),
        |registry| {
            for name in names(registry) {
                registry.remove(&*name);
            }
        },
    ];
    for remove_all in ways_to_remove_all {
        let (registry, _) = registry(80);
        for number in 0..200 {
            registry.get_or_create(&*format!("open-{number}")).breaker().trip();
        }
        remove_all(&registry);
        for number in 0..200 {
            registry.get_or_create(&*format!("tenant-{number}"));
            assert!(registry.len() <= 80, "{}", registry.len());
        }
    }
}

#[test]
fn a_removed_breaker_without_handles_is_dropped_at_once() {
    let token = Arc::new(());
    let observer = token.clone();
    let registry = Registry::builder().observed_by(move |_, _| observer.clone()).build();
    let with_one = Arc::strong_count(&token) + 1;
    let look_up = || registry.get_or_create("payments");
    let is_dropped = || Arc::strong_count(&token) == with_one - 1;

    look_up();
    assert!(!is_dropped());
    registry.remove("payments");
    assert!(is_dropped());

    look_up();
    registry.retain(|_| false);
    assert!(is_dropped());

    look_up();
    assert_eq!((registry.evict_idle(), registry.evict_idle()), (0, 1));
    assert!(is_dropped());

    let held = look_up();
    assert!(registry.remove("payments").is_some());
    assert!(!is_dropped() && registry.remove("payments").is_none());
    drop(held);
    assert!(is_dropped());
}

#[test]
fn a_recovering_breaker_is_not_evicted_until_its_ramp_is_over() {
    let clock = Arc::new(ManualClock::new());
    let ramp = settings(Builder::new().ramp(Ramp::new(0.5, 10 * S)));
    let registry = Registry::builder().clock(clock.clone()).config(ramp).build();
    let breaker = registry.get_or_create("payments");
    breaker.breaker().half_open();
    breaker.try_acquire().unwrap().success();
    assert_eq!(state(&breaker), State::Recovering);
    drop(breaker);
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 0);
    clock.advance(10 * S);
    assert_eq!(registry.evict_idle(), 1);
}

#[test]
fn the_cap_evicts_idle_breakers_first() {
    let (registry, _) = registry(2);
    for name in ["payments", "search"] {
        registry.get_or_create(name);
    }
    registry.evict_idle();
    registry.get("payments");
    registry.get_or_create("stock");
    assert_eq!(names(&registry), set(&["payments", "stock"]));
}

#[test]
fn the_cap_holds_in_a_flood_of_names_and_evicts_no_open_breaker() {
    const CAP: usize = 100;
    let (registry, _) = registry(CAP);
    registry.get_or_create("down").breaker().trip();
    for number in 0..10_000 {
        registry.get_or_create(&*format!("tenant-{number}"));
        registry.get("busy").unwrap_or_else(|| registry.get_or_create("busy"));
        assert!(registry.len() <= CAP, "{} after {number}", registry.len());
    }
    assert_eq!(state(&registry.get("down").unwrap()), State::Open);
    assert!(registry.get("busy").is_some());
}

#[test]
fn threads_under_a_cap_never_lose_a_breaker_in_use() {
    let (registry, _) = registry(16);
    let held = registry.get_or_create("held");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let registry = &registry;
            scope.spawn(move || {
                for number in 0..2_000 {
                    registry.get_or_create(&*format!("tenant-{thread}-{number}"));
                    if number % 50 == 0 {
                        registry.evict_idle();
                    }
                }
            });
        }
    });
    assert!(is_same(&held, &registry.get("held").unwrap()));
    registry.get_or_create("last");
    assert!(registry.len() <= 18, "{}", registry.len());
}

#[test]
fn retain_removes_open_breakers_too() {
    let (registry, _) = registry(usize::MAX);
    registry.get_or_create("payments").breaker().trip();
    registry.get_or_create("search");
    registry.retain(|breaker| &**breaker.name() != "payments");
    assert_eq!(names(&registry), set(&["search"]));
}
