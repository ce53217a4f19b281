//! Breakers by name: made once, listed, removed, and moved together.

use crate::support::{
    ManualRegistry, S, fail, is_same, losses, names, registry, set, settings, state,
};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Barrier};
use tripword::{
    Builder, CircuitBreaker, Config, ManualClock, Mode, Observer, Reason, Rejected, Settlement,
    State, Transition, config,
};
use tripword_registry::{Loss, Named, NamedBreaker, Registry, RegistryBuilder};

#[test]
fn a_name_is_one_breaker() {
    let (registry, _) = registry(usize::MAX);
    fail(&registry.get_or_create("payments"), 2);
    assert_eq!(state(&registry.get_or_create("payments")), State::Open);
    assert_eq!(state(&registry.get_or_create("search")), State::Closed);
    assert_eq!(names(&registry), set(&["payments", "search"]));
    assert!(registry.get("stock").is_none());
    assert_eq!(registry.len(), 2);
}

#[test]
fn threads_that_look_up_a_new_name_at_once_get_the_same_breaker() {
    const THREADS: usize = 8;
    let (registry, _) = registry(usize::MAX);
    for round in 0..100 {
        let (name, start) = (format!("backend-{round}"), Barrier::new(THREADS));
        let look_up = || {
            start.wait();
            registry.get_or_create(&*name)
        };
        let found = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(look_up)).collect();
            let found = threads.into_iter().map(|thread| thread.join().unwrap());
            found.collect::<Vec<_>>()
        });
        assert!(found.iter().all(|breaker| is_same(breaker, &found[0])));
    }
    assert_eq!(registry.len(), 100);
}

#[test]
fn a_name_can_be_any_value_with_a_hash() {
    let tenants = RegistryBuilder::<u64>::new().build();
    tenants.get_or_create(&7).breaker().trip();
    let refused = tenants.get_or_create(&7).try_acquire().unwrap_err();
    let message = refused.to_string();
    assert!(message.starts_with("circuit \"7\" open, retry in"), "{message}");

    let hosts = RegistryBuilder::<(String, u16)>::new().build();
    let host = ("db".to_owned(), 5432);
    assert!(hosts.get_or_create(&host).try_acquire().is_ok());
    assert_eq!(hosts.get(&host).unwrap().name(), &host);
}

#[test]
fn a_handle_of_a_removed_breaker_continues_to_work() {
    let (registry, _) = registry(usize::MAX);
    let held = registry.get_or_create("payments");
    let permit = held.try_acquire().unwrap();
    let removed = registry.remove("payments").unwrap();
    assert!(is_same(&held, &removed));
    assert!(registry.remove("payments").is_none());
    permit.failure();
    fail(&held, 1);
    assert_eq!(state(&held), State::Open);
    assert_eq!(state(&registry.get_or_create("payments")), State::Closed);
}

#[test]
fn all_breakers_are_reset_and_set_to_a_mode() {
    let (registry, _) = registry(usize::MAX);
    for name in ["payments", "search"] {
        registry.get_or_create(name).breaker().trip();
    }
    registry.reset_all();
    let breakers = registry.list();
    assert!(breakers.iter().all(|breaker| state(breaker) == State::Closed));
    registry.set_mode_all(Mode::ForceOpen);
    let refused = registry.get_or_create("search").try_acquire().unwrap_err();
    assert_eq!(refused.rejected.reason(), Reason::ForcedOpen);
    assert_eq!(refused.to_string(), "circuit \"search\" forced open");
    assert_eq!(registry.get_or_create("stock").breaker().mode(), Mode::Normal);
}

/// Sends each event as a line that begins with a name.
struct Log(Arc<str>, Sender<String>);

impl Observer for Log {
    fn on_transition(&self, transition: &Transition) {
        self.1.send(format!("{}: {transition}", self.0)).unwrap();
    }

    fn on_rejected(&self, rejected: &Rejected) {
        let line = format!("{}: {:?}", self.0, rejected.reason());
        self.1.send(line).unwrap();
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.1.send(format!("{}: {from} -> {to}", self.0)).unwrap();
    }

    fn on_outcome(&self, settlement: &Settlement) {
        let line = format!("{}: {:?}", self.0, settlement.outcome);
        self.1.send(line).unwrap();
    }
}

#[test]
fn an_observer_is_made_for_each_name_and_receives_each_event() {
    let (sender, lines) = channel();
    let registry = Registry::builder()
        .config(config!(consecutive_failures(1)))
        .observed_by(move |name: &Arc<str>, breaker| {
            assert_eq!(breaker.state(), State::Closed);
            Log(name.clone(), sender.clone())
        })
        .build();
    fail(&registry.get_or_create("payments"), 2);
    let search = registry.get_or_create("search");
    search.breaker().set_mode(Mode::ForceClosed);
    drop((registry, search));
    let (normal, forced) = (Mode::Normal, Mode::ForceClosed);
    assert_eq!(
        lines.into_iter().collect::<Vec<_>>(),
        [
            "payments: closed -> open: tripped by a failure",
            "payments: Failure",
            "payments: Open",
            &format!("search: {normal} -> {forced}"),
        ]
    );
}

#[test]
fn a_breaker_that_is_named_keeps_its_observer() {
    let (sender, lines) = channel();
    let breaker = CircuitBreaker::default().observed_by(Log("log".into(), sender));
    let payments = NamedBreaker::new("payments", breaker);
    payments.breaker().trip();
    assert_eq!(&*payments.breaker().observer().observer.0, "log");
    drop(payments);
    let lines: Vec<_> = lines.into_iter().collect();
    assert_eq!(lines, ["log: closed -> open: moved manually"]);
}

#[test]
fn an_observer_is_attached_later_by_mapping_the_first_one() {
    let (sender, lines) = channel();
    let breaker = CircuitBreaker::default().observed_by(Log("first".into(), sender.clone()));
    let breaker = breaker.map_observer(|first| (first, Log("second".into(), sender)));
    let payments = NamedBreaker::new("payments", breaker);
    payments.try_acquire().unwrap().success();
    drop(payments);
    let lines: Vec<_> = lines.into_iter().collect();
    assert_eq!(lines, ["first: Success", "second: Success"]);
}

/// Bytes of each of 10,000 breakers in a registry, with all that belongs to them.
fn bytes_of_a_name(settings: impl Fn(u32) -> Config + Send + Sync + 'static) -> usize {
    const NAMES: u32 = 10_000;
    let registry = RegistryBuilder::<u32>::new().config_for(move |&name| settings(name)).build();
    let allocated = allocation_counter::measure(|| {
        (0..NAMES).for_each(|name| drop(registry.get_or_create(&name)));
    });
    (allocated.bytes_current.unsigned_abs() / u64::from(NAMES)) as usize
}

#[test]
fn breakers_of_a_registry_share_their_settings() {
    let one_of =
        |kinds| move |name| settings(Builder::new().consecutive_failures(name % kinds + 1));
    let own = bytes_of_a_name(one_of(10_000));
    let shared = [1, 16].map(|kinds| bytes_of_a_name(one_of(kinds)));
    // With the counts in front of shared settings.
    let saved = size_of::<Config>() + 16;
    for shared in shared {
        assert!(own >= shared + saved - 1, "{shared} bytes of {own}");
        // The breaker itself; beside it are its name and observer (`Named`), the counts of its
        // handles, and in the map an entry with the name and its hash, and a slot.
        let beside = size_of::<Named<u32>>() + 16 + 48 + 24;
        assert!(shared <= 64 + beside, "{shared} bytes");
    }
}

#[test]
fn a_look_up_allocates_nothing() {
    let (registry, _) = registry(usize::MAX);
    registry.get_or_create("payments");
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            registry.get_or_create("payments");
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn a_name_of_text_has_1_to_128_bytes() {
    let (registry, losses) = losses(Registry::builder());
    for (bytes, is_listed) in [(0, false), (1, true), (128, true), (129, false)] {
        let name = "n".repeat(bytes);
        let breaker = registry.get_or_create(&*name);
        assert_eq!(breaker.call(|| Ok::<_, ()>(7)), Ok(7));
        assert_eq!(registry.get(&*name).is_some(), is_listed, "{bytes} bytes");
        let lost = losses.try_iter().map(|(_, loss)| loss);
        assert!(lost.eq((!is_listed).then_some(Loss::InvalidName { bytes })));
    }
    assert_eq!((registry.len(), registry.unlisted()), (2, 2));
    // Bytes, not characters.
    registry.get_or_create(&*"é".repeat(65));
    assert_eq!((registry.len(), registry.unlisted()), (2, 3));
}

/// The number that `open` must be where no thread moves a breaker.
fn scanned<C, O>(registry: &Registry<Arc<str>, C, O>) -> usize {
    let is_open = |breaker: &NamedBreaker<_, C, O>| {
        let engine = breaker.breaker().engine();
        engine.entered() == State::Open || engine.mode() == Mode::ForceOpen
    };
    registry.list().iter().filter(|breaker| is_open(breaker)).count()
}

/// One of the things that change how many circuits are open.
fn storm(registry: &ManualRegistry, clock: &ManualClock, step: u32) {
    let breaker = registry.get_or_create(&*format!("name-{}", step % 7));
    match step / 7 % 17 {
        0 | 1 => breaker.breaker().trip(),
        2 => breaker.breaker().close(),
        3 => breaker.breaker().half_open(),
        4 => breaker.breaker().reset(),
        5..=7 => fail(&breaker, 2),
        8 => clock.advance(9 * S),
        9 => drop(breaker.call(|| Ok::<_, ()>(()))),
        10 | 11 => breaker.breaker().set_mode(Mode::ForceOpen),
        12 => breaker.breaker().set_mode(Mode::Shadow),
        13 => drop(registry.remove(&**breaker.name())),
        14 => registry.retain(|breaker| !breaker.name().ends_with('3')),
        15 => drop(registry.evict_idle()),
        _ => registry.reset_all(),
    }
}

#[test]
fn the_number_of_open_circuits_is_that_of_a_scan_after_a_storm() {
    let start_open = |builder: Builder| settings(builder.start(State::Open));
    for cap in [5, usize::MAX] {
        let (registry, clock) = registry(cap);
        let mut most = 0;
        for round in 0..100_u32 {
            std::thread::scope(|scope| {
                for thread in 0..3_u32 {
                    let (registry, clock) = (&registry, &clock);
                    scope.spawn(move || {
                        let mut step = round * 3 + thread + 1;
                        for _ in 0..60 {
                            step = step.wrapping_mul(0x9E37_79B1) ^ step >> 15;
                            storm(registry, clock, step >> 7);
                        }
                    });
                }
            });
            assert_eq!(registry.open(), scanned(&registry), "round {round}");
            most = most.max(registry.open());
        }
        assert!(most > 1, "the storm opened nothing");
    }
    let open = Registry::new(start_open(Builder::new()));
    open.get_or_create("a");
    assert_eq!((open.open(), scanned(&open)), (1, 1));
    let held = open.remove("a").unwrap();
    assert_eq!(open.open(), 0);
    held.breaker().set_mode(Mode::ForceOpen);
    assert_eq!(open.open(), 0);
}
