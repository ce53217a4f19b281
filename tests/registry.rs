//! Breakers by name: made once, listed, named in what they say, and given new settings together.
#![cfg(feature = "registry")]

use crate::support::S;
use crate::support::registry::{OnManual, fail, names, registry, set, settings};
use std::sync::{Arc, Barrier, LazyLock};
use tripword::registry::{NamedBreaker, ReconfigureAllError, Registry, RegistryBuilder};
use tripword::{
    Builder, CircuitBreaker, Config, Mode, Observer, Outcome, Ramp, Reason, ReconfigureError,
    Rejected, State, config,
};

#[test]
fn a_name_is_one_breaker() {
    let (registry, _) = registry(usize::MAX);
    fail(&registry.get_or_create("payments"), 2);
    assert_eq!(registry.get_or_create("payments").state(), State::Open);
    assert_eq!(registry.get_or_create("search").state(), State::Closed);
    assert_eq!(names(&registry), set(&["payments", "search"]));
    assert!(registry.get("stock").is_none());
    assert_eq!(registry.len(), 2);
}

#[test]
fn threads_that_ask_at_once_get_the_same_breaker() {
    const THREADS: usize = 8;
    let (registry, _) = registry(usize::MAX);
    for round in 0..100 {
        let (name, start) = (format!("backend-{round}"), Barrier::new(THREADS));
        let ask = || {
            start.wait();
            registry.get_or_create(&*name)
        };
        let got = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..THREADS).map(|_| scope.spawn(ask)).collect();
            let got = asking.into_iter().map(|thread| thread.join().unwrap());
            got.collect::<Vec<_>>()
        });
        assert!(
            got.iter()
                .all(|one| Arc::ptr_eq(one.shared(), got[0].shared()))
        );
    }
    assert_eq!(registry.len(), 100);
}

#[test]
fn names_are_any_value_with_a_hash() {
    let tenants = RegistryBuilder::<u64>::new().build();
    tenants.get_or_create(&7).trip();
    let refused = tenants.get_or_create(&7).try_acquire().unwrap_err();
    assert!(
        refused
            .to_string()
            .starts_with("circuit \"7\" open, retry in")
    );

    let hosts = RegistryBuilder::<(String, u16)>::new().build();
    let host = ("db".to_owned(), 5432);
    assert!(hosts.get_or_create(&host).try_acquire().is_ok());
    assert_eq!(hosts.get(&host).unwrap().name(), &host);
}

#[test]
fn what_is_removed_goes_on_for_who_holds_it() {
    let (registry, _) = registry(usize::MAX);
    let held = registry.get_or_create("payments");
    let permit = held.try_acquire().unwrap();
    let removed = registry.remove("payments").unwrap();
    assert!(Arc::ptr_eq(held.shared(), removed.shared()));
    assert!(registry.remove("payments").is_none());
    permit.failure();
    fail(&held, 1);
    assert_eq!(held.state(), State::Open);
    assert_eq!(registry.get_or_create("payments").state(), State::Closed);
}

#[test]
fn all_are_reset_and_all_are_set_to_a_mode() {
    let (registry, _) = registry(usize::MAX);
    for name in ["payments", "search"] {
        registry.get_or_create(name).trip();
    }
    registry.reset_all();
    assert!(
        registry
            .list()
            .iter()
            .all(|breaker| breaker.state() == State::Closed)
    );
    registry.set_mode_all(Mode::ForceOpen);
    let refused = registry.get_or_create("search").try_acquire().unwrap_err();
    assert_eq!(refused.reason(), Reason::ForcedOpen);
    assert_eq!(refused.to_string(), "circuit \"search\" forced open");
    assert_eq!(registry.get_or_create("stock").mode(), Mode::Normal);
}

struct Ear(Arc<str>, std::sync::mpsc::Sender<String>);

impl Observer for Ear {
    fn on_transition(&self, transition: &tripword::Transition) {
        self.1.send(format!("{}: {transition}", self.0)).unwrap();
    }

    fn on_rejected(&self, rejected: &Rejected) {
        self.1
            .send(format!("{}: {:?}", self.0, rejected.reason()))
            .unwrap();
    }

    fn on_mode(&self, from: Mode, to: Mode) {
        self.1.send(format!("{}: {from} -> {to}", self.0)).unwrap();
    }

    fn on_outcome(&self, settlement: &tripword::Settlement) {
        self.1
            .send(format!("{}: {:?}", self.0, settlement.outcome))
            .unwrap();
    }
}

#[test]
fn one_observer_hears_the_name_with_each_event() {
    let (sender, heard) = std::sync::mpsc::channel();
    let registry = Registry::builder()
        .config(config!(consecutive_failures(1)))
        .observed_by(move |name: &Arc<str>, breaker| {
            assert_eq!(breaker.state(), State::Closed);
            Ear(name.clone(), sender.clone())
        })
        .build();
    fail(&registry.get_or_create("payments"), 2);
    registry.get_or_create("search").set_mode(Mode::ForceClosed);
    drop(registry);
    let heard: Vec<_> = heard.into_iter().collect();
    assert_eq!(
        heard,
        [
            "payments: closed -> open: tripped by a failure",
            "payments: Failure",
            "payments: Open",
            "search: normal -> force-closed",
        ]
    );
}

#[test]
fn a_breaker_that_is_given_a_name_keeps_its_observer() {
    let (sender, heard) = std::sync::mpsc::channel();
    let breaker = CircuitBreaker::builder().build().unwrap();
    let observed = breaker.observed_by(Ear("ear".into(), sender));
    NamedBreaker::new("payments", observed).set_mode(Mode::ForceOpen);
    let heard: Vec<_> = heard.into_iter().collect();
    assert_eq!(heard, ["ear: normal -> force-open"]);
}

#[test]
fn a_refusal_says_the_name_and_goes_through_a_question_mark() {
    fn pay(registry: &OnManual) -> Result<(), Box<dyn std::error::Error>> {
        registry.get_or_create("payments").try_acquire()?.success();
        Ok(())
    }
    let (registry, _) = registry(usize::MAX);
    assert!(pay(&registry).is_ok());
    fail(&registry.get_or_create("payments"), 2);
    let refusal = pay(&registry).unwrap_err().to_string();
    assert_eq!(refusal, "circuit \"payments\" open, retry in 8.0 s");
    let owned = registry.get_or_create("payments").try_acquire_owned();
    assert_eq!(owned.unwrap_err().to_string(), refusal);
}

#[test]
fn a_refusal_that_is_foreseen_is_the_one_that_a_call_meets() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    assert_eq!(payments.rejection(), None);
    payments.note_failure("reset by peer");
    payments.trip();
    let refused = payments.try_acquire().unwrap_err();
    assert!(refused.last_failure().is_some());
    assert_eq!(payments.rejection(), Some(refused));
    clock.advance(8 * S);
    assert_eq!(payments.rejection(), None);
}

#[test]
fn a_refusal_tells_the_last_failure_that_was_noted() {
    let (registry, clock) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for status in [404, 500, 503] {
        let judge = |result: &Result<(), u16>| match result {
            Err(500..) => Outcome::Failure,
            _ => Outcome::Ignored,
        };
        let _ = payments.call_with(payments.noting(judge), || Err(status));
    }
    let refused = payments.try_acquire().unwrap_err();
    let story = "circuit \"payments\" open for 8.0 s more: 2 consecutive failures, last: 503";
    assert_eq!(refused.to_string(), story);
    let last_failure = refused.last_failure().unwrap();
    assert_eq!(last_failure.text(), "503");
    assert_eq!(last_failure.at(), payments.snapshot().now);
    assert_eq!(refused.cause(), payments.snapshot().cause);
    assert!(refused.cause().is_some());

    clock.advance(8 * S);
    let probe = payments.try_acquire().unwrap();
    let busy = payments.try_acquire().unwrap_err();
    assert!(
        busy.to_string()
            .starts_with("circuit \"payments\" half-open, all probes are out")
    );
    payments.note_failure("reset by peer");
    probe.failure();
    assert_eq!(
        payments.try_acquire().unwrap_err().to_string(),
        "circuit \"payments\" open for 8.0 s more: probing failed, last: reset by peer"
    );
    payments.trip_for(std::time::Duration::MAX);
    assert_eq!(
        payments.try_acquire().unwrap_err().to_string(),
        "circuit \"payments\" open until moved by hand: probing failed, last: reset by peer"
    );
}

#[test]
fn a_success_allocates_nothing_even_where_failures_are_noted() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let allocated = allocation_counter::measure(|| {
        for _ in 0..100 {
            let _ = payments.call_with(payments.noting(Outcome::of), || Ok::<_, u16>(()));
        }
    });
    assert_eq!(allocated.count_total, 0);
}

#[test]
fn new_settings_reach_all_and_state_stays() {
    let live = |failures| settings(Builder::new().consecutive_failures(failures).live());
    let registry = Registry::new(live(5));
    let open = registry.get_or_create("open");
    open.trip();
    fail(&registry.get_or_create("payments"), 2);
    registry.reconfigure_all(move |_| live(3)).unwrap();
    assert_eq!(open.state(), State::Open);
    assert_eq!(open.snapshot().generation, 1);
    fail(&registry.get_or_create("payments"), 1);
    assert_eq!(registry.get_or_create("payments").state(), State::Open);
    assert_eq!(
        registry
            .get_or_create("new")
            .snapshot()
            .consecutive_failure_limit,
        3
    );
}

#[test]
fn what_is_refused_is_named_and_nothing_changes() {
    let plan = |payments: bool, failures| {
        move |name: &Arc<str>| {
            let builder = Builder::new().consecutive_failures(failures);
            settings(if payments && &**name == "payments" {
                builder
            } else {
                builder.live()
            })
        }
    };
    let registry = Registry::builder().config_for(plan(true, 5)).build();
    for name in ["payments", "search"] {
        registry.get_or_create(name);
    }
    let refused = registry.reconfigure_all(plan(true, 3)).unwrap_err();
    let payments = ("payments".into(), ReconfigureError::NotLive);
    assert_eq!(refused, ReconfigureAllError::Refused(vec![payments]));
    assert_eq!(
        refused.to_string(),
        "nothing was changed: \"payments\": live must be set when a breaker is built, for its settings to be replaced"
    );
    for name in ["payments", "search", "new"] {
        assert_eq!(
            registry
                .get_or_create(name)
                .snapshot()
                .consecutive_failure_limit,
            5
        );
    }
    // One that keeps its settings needs not be live.
    registry.reconfigure_all(plan(true, 5)).unwrap();
}

#[test]
fn a_half_open_breaker_whose_settings_stay_does_not_notice() {
    let live = || settings(Builder::new().live());
    let registry = Registry::new(live());
    let breaker = registry.get_or_create("payments");
    breaker.half_open();
    let before = breaker.snapshot().generation;
    registry.reconfigure_all(move |_| live()).unwrap();
    assert_eq!(breaker.snapshot().generation, before);
    registry
        .reconfigure_all(|_| settings(Builder::new().consecutive_failures(9).live()))
        .unwrap();
    assert_ne!(breaker.snapshot().generation, before);
}

#[test]
fn every_breaker_has_the_settings_of_the_last_reload_even_if_made_meanwhile() {
    let live = |failures| settings(Builder::new().consecutive_failures(failures).live());
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
            assert_eq!(
                breaker.snapshot().consecutive_failure_limit,
                3,
                "round {round}: {breaker:?}"
            );
        });
    }
}

#[test]
fn a_named_breaker_takes_little_more_than_a_breaker() {
    const NAMES: u64 = 10_000;
    let registry = RegistryBuilder::<u64>::new().build();
    let allocated = allocation_counter::measure(|| {
        (0..NAMES).for_each(|name| drop(registry.get_or_create(&name)));
    });
    // With its place in the map; a breaker alone is up to 160. `examples/million_names.rs` shows it for a million.
    let bytes = allocated.bytes_current.unsigned_abs() / NAMES;
    assert!(bytes <= 280, "{bytes} bytes");
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
fn a_setting_that_is_fixed_is_refused_even_if_it_is_all_that_changes() {
    let registry = Registry::new(settings(Builder::new().live()));
    registry.get_or_create("payments");
    let with_a_ramp = settings(Builder::new().live().ramp(Ramp::new(0.5, S)));
    let refused = registry.reconfigure_all(move |_| with_a_ramp).unwrap_err();
    let ramp = ReconfigureError::Fixed { setting: "ramp" };
    let payments = ("payments".into(), ramp);
    assert_eq!(refused, ReconfigureAllError::Refused(vec![payments]));
}

#[test]
fn new_settings_that_come_while_a_breaker_is_made_reach_it() {
    fn live(failures: u32) -> Config {
        settings(Builder::new().consecutive_failures(failures).live())
    }
    // The plan itself brings the new one, in the middle of making a breaker by the old.
    static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
        let bring_new_plan = |_: &Arc<str>| {
            REGISTRY.reconfigure_all(|_| live(3)).unwrap();
            live(5)
        };
        Registry::builder().config_for(bring_new_plan).build()
    });
    let made = REGISTRY.get_or_create("payments");
    assert_eq!(made.snapshot().consecutive_failure_limit, 3);
}

#[test]
fn an_error_that_is_no_failure_is_not_noted() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for (status, outcome) in [(500, Outcome::Failure), (404, Outcome::Ignored)] {
        let judge = payments.noting(|_: &Result<(), u16>| outcome);
        let _ = payments.call_with(judge, || Err(status));
    }
    assert_eq!(payments.last_failure().unwrap().text(), "500");
}
