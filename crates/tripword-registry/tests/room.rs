//! The cap as a bound: what goes to make room, what stays, and what is reported, also where threads
//! are stopped.

use crate::support::{
    ManualRegistry, S, fail, fill, is_same, losses, names, registry, set, settings,
};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Barrier};
use tripword::{Builder, CircuitBreaker, Clock, ManualClock, Mode, Nanos, Observer, State, config};
use tripword_registry::{Loss, Registry, RegistryBuilder};

/// Stops the thread that it is set on at one of the calls of the code that a user can give.
struct Gate {
    calls_before: usize,
    reached: Arc<Barrier>,
    go_on: Arc<Barrier>,
}

thread_local! {
    static GATE: RefCell<Option<Gate>> = const { RefCell::new(None) };
}

/// A call of a user's code.
fn user_code() {
    let open = GATE.try_with(|gate| {
        let mut gate = gate.try_borrow_mut().ok()?;
        match gate.as_mut()? {
            Gate { calls_before: 0, .. } => gate.take(),
            gate => {
                gate.calls_before -= 1;
                None
            }
        }
    });
    if let Ok(Some(gate)) = open {
        gate.reached.wait();
        gate.go_on.wait();
    }
}

struct Name(u64);

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        user_code();
        self.0.hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        user_code();
        self.0 == other.0
    }
}

impl Eq for Name {}

impl Clone for Name {
    fn clone(&self) -> Self {
        user_code();
        Self(self.0)
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        user_code();
    }
}

#[derive(Clone)]
struct Time;

impl Clock for Time {
    fn now(&self) -> Nanos {
        user_code();
        Nanos::ZERO
    }
}

/// An observer; the count of its token is that of the breakers that are alive.
struct Alive {
    _token: Arc<()>,
}

impl Alive {
    fn new(token: &Arc<()>) -> Self {
        user_code();
        Self { _token: token.clone() }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        user_code();
    }
}

impl Observer for Alive {}

/// How many breakers are alive: all tokens but that of the test, and that of the registry.
fn alive(token: &Arc<()>) -> usize {
    Arc::strong_count(token) - 2
}

const CAP: usize = 64;

/// Stops a thread at the `nth` call of user code while it brings a name under a full cap. Others
/// bring `names` meanwhile. Returns whether the thread came that far.
fn stopped_at(nth: usize, names: u64) -> bool {
    let token = Arc::new(());
    let own = token.clone();
    let registry = RegistryBuilder::<Name>::new()
        .clock(Time)
        .observed_by(move |_, _| Alive::new(&own))
        .config_for(|_| {
            user_code();
            config!(consecutive_failures(1))
        })
        .on_loss(|_, _| user_code())
        .cap(CAP)
        .build();
    // Open, so that an eviction is a loss, and each hook is called.
    let bring = |number| drop(registry.get_or_create(&Name(number)).call(|| Err::<(), _>(())));
    (0..CAP as u64).for_each(bring);
    assert_eq!(registry.len(), CAP);
    let (reached, go_on) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let gate = Gate { calls_before: nth, reached: reached.clone(), go_on: go_on.clone() };
    let came_that_far = std::thread::scope(|scope| {
        let stopped = scope.spawn(|| {
            GATE.set(Some(gate));
            bring(u64::MAX);
            let unused = GATE.take();
            if let Some(gate) = &unused {
                gate.reached.wait();
                gate.go_on.wait();
            }
            unused.is_none()
        });
        reached.wait();
        for number in 0..names {
            bring(1_000 + number);
            assert!(registry.len() <= CAP, "{} are listed", registry.len());
        }
        // One more that the stopped thread made, and one that it evicts.
        assert!(alive(&token) <= CAP + 2, "{} are alive", alive(&token));
        go_on.wait();
        stopped.join().unwrap()
    });
    assert!(registry.len() <= CAP, "{} after it went on", registry.len());
    registry.retain(|_| false);
    (0..2 * CAP as u64).for_each(bring);
    assert_eq!(registry.len(), CAP, "no place was lost");
    came_that_far
}

#[test]
fn the_cap_holds_wherever_a_thread_is_stopped() {
    let stops = (0..).take_while(|&nth| stopped_at(nth, 300)).count();
    assert!(stops > 10, "{stops}");
}

#[test]
fn a_hundred_thousand_names_do_not_pass_a_thread_that_is_stopped_in_an_eviction() {
    let stops = (0..).take_while(|&nth| stopped_at(nth, 1)).count();
    // Most of the second half are in the eviction and the insertion.
    assert!(stopped_at(stops * 2 / 3, 50_000) && stopped_at(stops / 2, 50_000));
}

#[test]
fn a_flood_from_several_threads_stays_under_the_cap_and_loses_no_place() {
    const THREADS: usize = 4;
    let token = Arc::new(());
    let own = token.clone();
    let registry =
        RegistryBuilder::<u64>::new().observed_by(move |_, _| Alive::new(&own)).cap(CAP).build();
    std::thread::scope(|scope| {
        for thread in 0..THREADS as u64 {
            let (registry, token) = (&registry, &token);
            scope.spawn(move || {
                for number in 0..10_000 {
                    let name = number % 5 + thread % 2 * 10_000 + number;
                    registry.get_or_create(&name);
                    match number % 1_000 {
                        7 => drop(registry.remove(&name)),
                        500 => drop(registry.evict_idle()),
                        900 => registry.retain(|breaker| breaker.name() % 3 > 0),
                        _ => {}
                    }
                    // Each thread may have one that it makes, one that it evicts, and those that it
                    // lists.
                    let alive = alive(token);
                    assert!(alive <= CAP + THREADS * (CAP + 2), "{alive} are alive");
                }
            });
        }
    });
    assert!(registry.len() <= CAP);
    registry.retain(|_| false);
    assert_eq!(alive(&token), 0);
    let unlisted = registry.unlisted();
    (0..CAP as u64).for_each(|name| drop(registry.get_or_create(&name)));
    assert_eq!((registry.len(), registry.unlisted()), (CAP, unlisted));
}

#[test]
fn made_up_names_do_not_switch_protection_off() {
    let config = settings(Builder::new().consecutive_failures(5));
    let registry = Registry::builder().config(config).cap(64).build();
    let mut made_up = 0;
    for failures in 1..=5 {
        fail(&registry.get_or_create("dead"), 1);
        for _ in 0..640 {
            made_up += 1;
            // Also names that are used more than once.
            for _ in 0..made_up % 3 {
                let name = &*format!("made-up-{made_up}");
                let _ = registry.get_or_create(name).call(|| Ok::<_, ()>(()));
            }
        }
        let dead = registry.get("dead").expect("it counts");
        assert_eq!(dead.breaker().state() == State::Open, failures == 5);
    }
}

#[test]
fn sweeps_do_not_forget_what_is_called_more_rarely_than_they_run() {
    let clock = Arc::new(ManualClock::new());
    let config = settings(Builder::new().consecutive_failures(3));
    let registry = Registry::builder().clock(clock.clone()).config(config).build();
    for hour in 1..=3 {
        fail(&registry.get_or_create("hourly"), 1);
        for _ in 0..6 {
            clock.advance(600 * S);
            assert_eq!(registry.evict_idle(), 0, "in hour {hour}");
        }
    }
    assert_eq!(registry.get("hourly").unwrap().breaker().snapshot().generation, 1);
}

#[test]
fn dead_names_do_not_make_the_cap_no_cap() {
    let (registry, losses) = losses(Registry::builder().cap(100));
    for number in 0..10_000 {
        registry.get_or_create(&*format!("dead-{number}")).breaker().trip();
        assert!(registry.len() <= 100);
    }
    assert_eq!((registry.len(), registry.unlisted()), (100, 0));
    let losses: Vec<_> = losses.try_iter().collect();
    assert_eq!(losses.len(), 9_900);
    assert!(losses.iter().all(|(_, loss)| *loss == Loss::Evicted(State::Open)));
}

#[test]
fn the_least_is_lost_first_and_of_it_what_was_unused_for_the_longest() {
    let clock = Arc::new(ManualClock::new());
    let builder = Registry::builder().clock(clock.clone());
    let (registry, losses) = losses(builder.cap(9));
    let make = |name| {
        clock.advance(S);
        registry.get_or_create(name)
    };
    make("open").breaker().trip_for(1_000 * S);
    make("forced").breaker().set_mode(Mode::ForceClosed);
    make("overdue").breaker().trip_for(S);
    fail(&make("counting, used later"), 1);
    make("half-open").breaker().half_open();
    fail(&make("counting"), 1);
    make("used");
    make("at rest");
    let held = make("held");
    registry.evict_idle();
    clock.advance(S);
    for name in ["used", "counting, used later", "overdue"] {
        registry.get(name);
    }
    let expected = [
        "at rest",
        "used",
        "counting",
        "counting, used later",
        "half-open",
        "overdue",
        "open",
        "forced",
    ];
    let mut before = names(&registry);
    for (number, gone) in expected.into_iter().enumerate() {
        clock.advance(S);
        let name = format!("newer {number}");
        // Forced in turn, so that it goes after the others.
        registry.get_or_create(&*name).breaker().set_mode(Mode::ForceOpen);
        registry.get(&*name);
        let after = names(&registry);
        assert_eq!(before.difference(&after).collect::<Vec<_>>(), [gone], "{number}");
        before = after;
    }
    drop(held);
    let reported: Vec<_> = losses.try_iter().collect();
    let lost = |name: &str, state| (Arc::from(name), Loss::Evicted(state));
    assert_eq!(
        reported,
        [
            lost("counting", State::Closed),
            lost("counting, used later", State::Closed),
            lost("half-open", State::HalfOpen),
            lost("overdue", State::HalfOpen),
            lost("open", State::Open),
            lost("forced", State::Closed),
        ]
    );
}

#[test]
fn what_may_not_go_leaves_a_new_name_unlisted() {
    let (registry, losses) = losses(Registry::builder().cap(3));
    let held: Vec<_> = ["a", "b", "c"].map(|name| registry.get_or_create(name)).into();
    for call in 1..=2 {
        let unlisted = registry.get_or_create("one more");
        assert!(unlisted.try_acquire().is_ok());
        assert_eq!((registry.len(), registry.unlisted()), (3, call));
        assert_eq!(losses.try_recv(), Ok(("one more".into(), Loss::Unlisted)));
    }
    drop(held);
    registry.get_or_create("one more");
    assert!(registry.get("one more").is_some());
    assert_eq!((registry.len(), losses.try_recv().ok()), (3, None));
}

#[test]
fn a_cap_of_zero_lists_nothing_but_what_is_pinned() {
    let pinned = Registry::builder().cap(0).pin(|name| &**name == "payments").build();
    let payments = pinned.get_or_create("payments");
    pinned.get_or_create("search");
    assert!(is_same(&payments, &pinned.get("payments").unwrap()));
    assert_eq!((pinned.len(), pinned.unlisted()), (1, 1));
}

#[test]
fn pinned_names_never_go_and_do_not_count() {
    let builder = Registry::builder().pin(|name| name.starts_with("pinned"));
    let (registry, _) = losses(builder.cap(10));
    let pinned: BTreeSet<_> = (0..20).map(|number| format!("pinned-{number}")).collect();
    pinned.iter().for_each(|name| drop(registry.get_or_create(&**name)));
    fill(&registry, 1_000);
    assert_eq!((registry.len(), registry.unlisted()), (30, 0));
    assert!(pinned.is_subset(&names(&registry)));
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 10);
    assert_eq!(names(&registry), pinned);
    registry.remove("pinned-0");
    assert_eq!(registry.len(), 19);
}

/// Breakers that begin as `builder` says leave under a cap, and when they are idle, unless they
/// are moved.
fn a_new_one_is_at_rest(builder: Builder, mv: fn(&CircuitBreaker<Arc<ManualClock>>) -> bool) {
    let clock = Arc::new(ManualClock::new());
    let registry = Registry::builder().config(settings(builder)).clock(clock.clone());
    let moved = registry.observed_by(move |name: &Arc<str>, breaker| {
        if &**name == "moved" {
            assert!(mv(breaker));
        }
    });
    let (registry, losses) = losses(moved.cap(16));
    registry.get_or_create("moved");
    fill(&registry, 1_000);
    assert_eq!((registry.len(), losses.try_recv().ok()), (16, None));
    assert!(registry.get("moved").is_some(), "{builder:?}");
    registry.evict_idle();
    registry.evict_idle();
    assert_eq!(names(&registry), set(&["moved"]), "{builder:?}");
}

#[test]
fn a_breaker_is_at_rest_if_it_is_as_a_new_one_would_be() {
    a_new_one_is_at_rest(Builder::new(), |breaker| {
        breaker.set_mode(Mode::Shadow);
        true
    });
    a_new_one_is_at_rest(Builder::new().mode(Mode::Shadow), |breaker| {
        breaker.set_mode(Mode::Normal);
        true
    });
    a_new_one_is_at_rest(Builder::new().mode(Mode::ForceOpen), |breaker| {
        breaker.set_mode(Mode::ForceClosed);
        true
    });
    a_new_one_is_at_rest(Builder::new().start(State::Open), |breaker| {
        breaker.close();
        true
    });
    a_new_one_is_at_rest(Builder::new().start(State::Open), |breaker| {
        breaker.trip_for(S);
        true
    });
    a_new_one_is_at_rest(Builder::new().start(State::HalfOpen), |breaker| {
        breaker.close();
        true
    });
    a_new_one_is_at_rest(Builder::new().start(State::HalfOpen), |breaker| {
        breaker.try_acquire().map(std::mem::forget).is_ok()
    });
}

#[test]
fn what_counts_is_not_at_rest_field_by_field() {
    let window = Builder::new().last_calls(10).failures(9);
    let slow = window.slow_call_duration(S).slow_call_rate(1.0);
    a_new_one_is_at_rest(Builder::new(), |breaker| {
        breaker.try_acquire().map(|permit| permit.failure()).is_ok()
    });
    // A failure that is still in the window, after a success.
    a_new_one_is_at_rest(window, |breaker| {
        let failed = breaker.try_acquire().map(|permit| permit.failure());
        failed.and_then(|()| breaker.try_acquire()).map(|permit| permit.success()).is_ok()
    });
    a_new_one_is_at_rest(slow, |breaker| {
        let permit = breaker.try_acquire();
        permit.map(|permit| permit.settle_elapsed(tripword::Outcome::Success, 2 * S)).is_ok()
    });
    // Open again after a probe: a streak.
    a_new_one_is_at_rest(Builder::new(), |breaker| {
        breaker.half_open();
        let failed = breaker.try_acquire().map(|permit| permit.failure()).is_ok();
        breaker.half_open();
        failed && breaker.snapshot().streak == 1
    });
}

#[test]
fn good_calls_alone_leave_a_breaker_at_rest() {
    let window = settings(Builder::new().last_calls(10).failures(9));
    let registry = Registry::builder().config(window).build();
    for _ in 0..100 {
        let _ = registry.get_or_create("payments").call(|| Ok::<_, ()>(()));
    }
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 1);
}

#[test]
fn a_noted_failure_is_not_at_rest_until_it_is_forgotten() {
    let (registry, _) = registry(usize::MAX);
    registry.get_or_create("payments").note_failure("reset by peer");
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 0);
    registry.get("payments").unwrap().forget_failure();
    registry.evict_idle();
    assert_eq!(registry.evict_idle(), 1);
}

#[test]
fn counts_expire_once_they_were_unused_for_the_stated_time() {
    let clock = Arc::new(ManualClock::new());
    let builder = Registry::builder().clock(clock.clone()).expire_after(100 * S);
    let (registry, losses) = losses(builder);
    fail(&registry.get_or_create("counting"), 1);
    registry.get_or_create("overdue").breaker().trip_for(S);
    registry.get_or_create("open").breaker().trip();
    registry.get_or_create("stays open").breaker().trip_for(1_000 * S);
    registry.get_or_create("forced").breaker().set_mode(Mode::ForceOpen);
    fail(&registry.get_or_create("used"), 1);
    registry.evict_idle();
    clock.advance(99 * S);
    registry.get("used");
    assert_eq!(registry.evict_idle(), 0);
    clock.advance(S);
    assert_eq!(registry.evict_idle(), 3);
    assert_eq!(names(&registry), set(&["stays open", "forced", "used"]));
    let lost: BTreeSet<_> =
        losses.try_iter().map(|(name, loss)| format!("{name}: {loss}")).collect();
    let while_in = |name, state| format!("{name}: evicted while {state}, unused for too long");
    let expected = [
        while_in("counting", "closed"),
        while_in("open", "half-open"),
        while_in("overdue", "half-open"),
    ];
    assert!(lost.into_iter().eq(expected));
    clock.advance(100 * S);
    assert_eq!(registry.evict_idle(), 1, "a look-up of a name is a use");
}

#[test]
fn a_race_for_a_name_under_a_full_cap_makes_one_breaker() {
    const THREADS: usize = 4;
    for round in 0..200 {
        let registry: ManualRegistry = registry(8).0;
        fill(&registry, 8);
        let start = Barrier::new(THREADS);
        let name = format!("new-{round}");
        let find = || {
            start.wait();
            registry.get_or_create(&*name)
        };
        let found: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(find)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(found.iter().all(|breaker| is_same(breaker, &found[0])));
        assert!(registry.len() <= 8);
        drop(found);
        fill(&registry, 100);
        assert_eq!((registry.len(), registry.unlisted()), (8, 0), "no place was lost");
    }
}
