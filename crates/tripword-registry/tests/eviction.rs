//! Which breakers of a registry go when they are idle or too many, and which never do.
#![cfg(feature = "registry")]

use crate::support::S;
use crate::support::registry::{OnManual, names, registry, set, settings};
use std::sync::Arc;
use tripword::registry::Registry;
use tripword::{Builder, ManualClock, Mode, State};

#[test]
fn a_breaker_that_nobody_asks_for_goes_at_the_second_sweep() {
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
fn a_breaker_that_would_be_missed_stays() {
    let (registry, clock) = registry(usize::MAX);
    registry.get_or_create("open").trip();
    registry.get_or_create("half-open").half_open();
    registry.get_or_create("forced").set_mode(Mode::ForceClosed);
    registry.get_or_create("shadow").set_mode(Mode::Shadow);
    let held = registry.get_or_create("held");
    let permit = registry
        .get_or_create("in a call")
        .try_acquire_owned()
        .unwrap();
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
    assert_eq!(
        names(&registry),
        set(&["held", "in a call"]),
        "just given up"
    );
    registry.evict_idle();
    assert!(registry.is_empty());
}

#[test]
fn making_room_does_not_make_idle() {
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
fn the_cap_holds_again_once_those_that_were_open_are_taken_out() {
    let take_out: [fn(&OnManual); 2] = [
        |registry| registry.retain(|_| false),
        |registry| {
            for name in names(registry) {
                registry.remove(&*name);
            }
        },
    ];
    for taken_out in take_out {
        let (registry, _) = registry(80);
        for number in 0..200 {
            registry.get_or_create(&*format!("open-{number}")).trip();
        }
        taken_out(&registry);
        for number in 0..200 {
            registry.get_or_create(&*format!("tenant-{number}"));
            assert!(registry.len() <= 80, "{}", registry.len());
        }
    }
}

#[test]
fn a_breaker_that_nobody_holds_is_dropped_as_it_is_taken_out() {
    let token = Arc::new(());
    let observer = token.clone();
    let registry = Registry::builder()
        .observed_by(move |_, _| observer.clone())
        .build();
    let with_one = Arc::strong_count(&token) + 1;
    let ask = || registry.get_or_create("payments");
    let is_dropped = || Arc::strong_count(&token) == with_one - 1;

    ask();
    assert!(!is_dropped());
    registry.remove("payments");
    assert!(is_dropped());

    ask();
    registry.retain(|_| false);
    assert!(is_dropped());

    ask();
    assert_eq!((registry.evict_idle(), registry.evict_idle()), (0, 1));
    assert!(is_dropped());

    let held = ask();
    assert!(registry.remove("payments").is_some());
    assert!(!is_dropped() && registry.remove("payments").is_none());
    drop(held);
    assert!(is_dropped());
}

#[test]
fn a_recovering_breaker_stays_until_its_ramp_is_over() {
    let clock = Arc::new(ManualClock::new());
    let ramp = settings(Builder::new().ramp(tripword::Ramp::new(0.5, 10 * S)));
    let registry = Registry::builder()
        .clock(clock.clone())
        .config(ramp)
        .build();
    let breaker = registry.get_or_create("payments");
    breaker.half_open();
    breaker.try_acquire().unwrap().success();
    assert_eq!(breaker.state(), State::Recovering);
    drop(breaker);
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 0);
    clock.advance(10 * S);
    assert_eq!(registry.evict_idle(), 1);
}

#[test]
fn the_cap_takes_the_idle_first() {
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
fn the_cap_takes_an_eighth_of_its_breakers_at_once_and_no_more() {
    let (registry, _) = registry(16);
    for number in 0..16 {
        registry.get_or_create(&*format!("tenant-{number}"));
    }
    assert_eq!((registry.len(), registry.evict_idle()), (16, 0));
    registry.get_or_create("one more");
    assert_eq!(registry.len(), 14);
    for _ in 0..2 {
        registry.get_or_create("one more").trip();
        registry.get_or_create("and another").trip();
        registry.get_or_create("and a third").trip();
    }
    assert_eq!(registry.len(), 16);
}

#[test]
fn the_cap_holds_against_a_flood_of_names_and_spares_what_is_open() {
    const CAP: usize = 100;
    let (registry, _) = registry(CAP);
    registry.get_or_create("down").trip();
    for number in 0..10_000 {
        registry.get_or_create(&*format!("tenant-{number}"));
        registry
            .get("busy")
            .unwrap_or_else(|| registry.get_or_create("busy"));
        assert!(registry.len() <= CAP, "{} after {number}", registry.len());
    }
    assert_eq!(registry.get("down").unwrap().state(), State::Open);
    assert!(registry.get("busy").is_some());
}

#[test]
fn the_cap_gives_way_to_what_may_not_be_evicted() {
    let (registry, _) = registry(10);
    for number in 0..30 {
        registry.get_or_create(&*format!("tenant-{number}")).trip();
    }
    assert_eq!(registry.len(), 30);
    registry.reset_all();
    registry.get_or_create("one more");
    registry.get_or_create("and another");
    assert!(registry.len() <= 10, "{}", registry.len());
}

#[test]
fn a_cap_of_none_keeps_what_is_held() {
    let (registry, _) = registry(0);
    let held = registry.get_or_create("held");
    for number in 0..10 {
        registry.get_or_create(&*format!("tenant-{number}"));
    }
    assert!(Arc::ptr_eq(
        held.shared(),
        registry.get("held").unwrap().shared()
    ));
    assert!(registry.len() <= 2, "{}", registry.len());
}

#[test]
fn threads_under_a_cap_never_lose_what_is_in_use() {
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
    assert!(Arc::ptr_eq(
        held.shared(),
        registry.get("held").unwrap().shared()
    ));
    registry.get_or_create("last");
    assert!(registry.len() <= 18, "{}", registry.len());
}

#[test]
fn retain_takes_even_what_is_open() {
    let (registry, _) = registry(usize::MAX);
    registry.get_or_create("payments").trip();
    registry.get_or_create("search");
    registry.retain(|breaker| &**breaker.name() != "payments");
    assert_eq!(names(&registry), set(&["search"]));
}
