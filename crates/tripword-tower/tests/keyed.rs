//! A breaker for each key of the requests: what one key suffers, the others do not.

use crate::service::{at_once, call, is_ready, poll};
use crate::support::S;
use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc::channel;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll};
use tower::limit::ConcurrencyLimit;
use tower::{Layer, Service, service_fn};
use tripword::{
    CallError, CircuitBreaker, Config, ErrorsAsFailures, ManualClock, Outcome, Reason, State,
    config,
};
use tripword_registry::{Loss, NamedBreaker, NamedRejected, Registry, RegistryBuilder};
use tripword_tower::{CircuitBreakerLayer, CircuitBreakerService, PerKey, ResponseFuture, Select};

pub(crate) type Clocked = Registry<Arc<str>, Arc<ManualClock>>;
type Named = NamedBreaker<Arc<str>, Arc<ManualClock>>;

/// Opens on the first failure, for a second.
const AT_ONCE: Config = config!(consecutive_failures(1), open_duration(S), jitter(0.0));

const _: () = {
    const fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<CircuitBreakerLayer<PerKey<Arc<Registry>, fn()>>>();
    is_send_and_sync::<CircuitBreakerService<(), PerKey<&'static Registry, fn()>>>();
    is_send_and_sync::<ResponseFuture<(), NamedBreaker, ErrorsAsFailures>>();
};

pub(crate) fn builder() -> RegistryBuilder<Arc<str>, Arc<ManualClock>> {
    Registry::builder().clock(Arc::new(ManualClock::new())).config(AT_ONCE)
}

pub(crate) fn state(registry: &Clocked, name: &str) -> Option<State> {
    Some(registry.get(name)?.breaker().state())
}

/// A request: the key, and what is answered.
type Request = (&'static str, Result<u32, u32>);
type Refused = CallError<u32, NamedRejected>;

/// Requests without a key bypass the breakers.
fn key(request: &Request) -> Option<&str> {
    Some(request.0).filter(|key| !key.is_empty())
}

fn echo(request: Request) -> Ready<Result<u32, u32>> {
    ready(request.1)
}

fn per_key(
    registry: Clocked,
) -> (Arc<Clocked>, impl Service<Request, Response = u32, Error = Refused>) {
    let registry = Arc::new(registry);
    let layer = CircuitBreakerLayer::per_key(registry.clone(), key);
    (registry, layer.layer(service_fn(echo)))
}

fn refusal(result: Result<u32, Refused>) -> NamedRejected {
    result.expect_err("a refusal").into_rejected().expect("a refusal")
}

#[test]
fn one_key_fails_and_the_others_go_on() {
    let (registry, mut service) = per_key(builder().build());
    assert_eq!(call(&mut service, ("ill", Err(7))), Err(CallError::Inner(7)));
    assert_eq!(call(&mut service, ("well", Ok(1))), Ok(1));
    let refused = refusal(call(&mut service, ("ill", Ok(2))));
    assert_eq!((&*refused.name, refused.rejected.reason()), ("ill", Reason::Open));
    assert_eq!(refused.to_string(), "circuit \"ill\" open, retry in 1.0 s");
    assert_eq!(call(&mut service, ("well", Ok(3))), Ok(3));
    assert_eq!(state(&registry, "ill"), Some(State::Open));
    assert_eq!(state(&registry, "well"), Some(State::Closed));
}

#[test]
fn a_key_recovers_by_its_own_probe() {
    let clock = Arc::new(ManualClock::new());
    let (registry, mut service) = per_key(builder().clock(clock.clone()).build());
    for key in ["one", "other"] {
        assert!(call(&mut service, (key, Err(7))).is_err());
    }
    clock.advance(S);
    assert_eq!(call(&mut service, ("one", Ok(1))), Ok(1));
    assert_eq!(call(&mut service, ("other", Err(7))), Err(CallError::Inner(7)));
    assert_eq!(state(&registry, "one"), Some(State::Closed));
    assert_eq!(state(&registry, "other"), Some(State::Open));
}

#[test]
fn a_request_without_a_key_is_neither_refused_nor_counted() {
    let (registry, mut service) = per_key(builder().build());
    for _ in 0..3 {
        assert_eq!(call(&mut service, ("", Err(7))), Err(CallError::Inner(7)));
        assert_eq!(call(&mut service, ("", Ok(1))), Ok(1));
    }
    assert!(registry.is_empty());
}

#[test]
fn ten_thousand_keys_stay_under_the_cap() {
    const CAP: usize = 100;
    let (registry, mut service) = per_key(builder().cap(CAP).build());
    for number in 0..10_000 {
        // Every third key fails, so that open circuits are among those that have to go.
        let result = if number % 3 == 0 { Err(number) } else { Ok(number) };
        let key = &*format!("host-{number}").leak();
        assert_eq!(call(&mut service, (key, result)), result.map_err(CallError::Inner));
        assert!(registry.len() <= CAP);
    }
    assert_eq!((registry.len(), registry.unlisted()), (CAP, 0));
}

/// The permit of the call is a handle, and what has a handle is not evicted.
#[test]
fn a_breaker_with_a_call_in_flight_is_not_evicted() {
    let (sender, lost) = channel();
    let log = move |name: &Arc<str>, loss| drop(sender.send((name.clone(), loss)));
    let registry = Arc::new(builder().cap(2).on_loss(log).build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |key: &&'static str| Some(*key));
    let (fail, failed) = tokio::sync::watch::channel(false);
    let mut service = layer.layer(service_fn(move |_| {
        let mut failed = failed.clone();
        async move { failed.wait_for(|failed| *failed).await.map_or(Ok(()), |_| Err("down")) }
    }));

    assert!(is_ready(&mut service));
    let mut in_flight = pin!(service.call("slow"));
    assert!(poll(in_flight.as_mut()).is_pending());
    for number in 0..100 {
        registry.get_or_create(&*format!("host-{number}")).breaker().trip();
    }
    assert_eq!(state(&registry, "slow"), Some(State::Closed));
    fail.send(true).expect("the call waits for it");
    assert_eq!(poll(in_flight), Poll::Ready(Err(CallError::Inner("down"))));
    assert_eq!(state(&registry, "slow"), Some(State::Open));

    let lost: Vec<_> = lost.try_iter().collect();
    let evicted = |(name, loss): &(Arc<str>, Loss)| {
        name.starts_with("host-") && *loss == Loss::Evicted(State::Open)
    };
    assert_eq!(lost.len(), 99);
    assert!(lost.iter().all(evicted), "{lost:?}");
}

#[test]
fn a_dropped_probe_of_a_key_gives_its_slot_back() {
    let registry = Arc::new(builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |key: &&'static str| Some(*key));
    let mut service = layer.layer(service_fn(|_| pending::<Result<(), ()>>()));
    let named: Named = registry.get_or_create("host");
    named.breaker().half_open();
    for _ in 0..3 {
        assert!(is_ready(&mut service));
        let probe = service.call("host");
        assert_eq!(named.breaker().snapshot().probes.in_flight, 1);
        assert!(is_ready(&mut service));
        let refused = at_once(service.call("host")).unwrap_err().into_rejected();
        assert_eq!(refused.map(|refused| refused.rejected.reason()), Some(Reason::ProbesBusy));
        drop(probe);
        assert_eq!(named.breaker().snapshot().probes.in_flight, 0);
    }
}

/// There is no request yet, so no key: the inner service decides.
#[test]
fn refusals_wait_for_a_limit_that_hanging_calls_of_one_key_exhausted() {
    let registry = Arc::new(builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |key: &&'static str| Some(*key));
    let hang = service_fn(|_| pending::<Result<(), ()>>());
    let mut service = layer.layer(ConcurrencyLimit::new(hang, 1));
    assert!(is_ready(&mut service));
    let hanging = service.call("hangs");
    registry.get_or_create("open").breaker().trip();
    assert!(!is_ready(&mut service), "the limit is shared by all keys");
    drop(hanging);
    assert!(is_ready(&mut service));
    assert!(at_once(service.call("open")).unwrap_err().rejected().is_some());
}

#[test]
fn a_refusal_by_key_gives_its_slot_back() {
    let registry = Arc::new(builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |key: &&'static str| Some(*key));
    let inner = ConcurrencyLimit::new(service_fn(|_| ready(Ok::<_, ()>(()))), 1);
    let mut service = layer.layer(inner);
    let mut other = service.clone();
    registry.get_or_create("open").breaker().trip();
    assert!(is_ready(&mut service));
    assert!(!is_ready(&mut other), "`service` has the only slot");
    let refused = service.call("open");
    assert!(is_ready(&mut other), "it is free again");
    assert_eq!(at_once(other.call("closed")), Ok(()));
    assert!(at_once(refused).is_err());
}

/// The call takes what was reserved for it: nothing is left to be given back.
#[test]
fn a_bypassing_call_uses_the_readiness_before_it() {
    struct Once {
        ready: bool,
        clones: Rc<Cell<u32>>,
    }
    impl Clone for Once {
        fn clone(&self) -> Self {
            self.clones.set(self.clones.get() + 1);
            Self { ready: false, clones: self.clones.clone() }
        }
    }
    impl Service<bool> for Once {
        type Response = ();
        type Error = Infallible;
        type Future = Ready<Result<(), Infallible>>;
        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
            self.ready = true;
            Poll::Ready(Ok(()))
        }
        fn call(&mut self, _: bool) -> Self::Future {
            assert!(std::mem::take(&mut self.ready), "called before it was ready");
            ready(Ok(()))
        }
    }
    static CLOSED: LazyLock<CircuitBreaker> = LazyLock::new(CircuitBreaker::default);
    let clones = Rc::new(Cell::new(0));
    let layer = CircuitBreakerLayer::select_by(|guard: &bool| guard.then_some(&*CLOSED));
    let mut service = layer.layer(Once { ready: false, clones: clones.clone() });
    for guard in [false, true, false] {
        assert_eq!(call(&mut service, guard), Ok(()));
    }
    assert_eq!(clones.get(), 0);
}

#[test]
fn a_function_can_return_static_named_breakers() {
    type Static = LazyLock<NamedBreaker<&'static str>>;
    static READS: Static = Static::new(|| NamedBreaker::new("reads", CircuitBreaker::default()));
    static WRITES: Static = Static::new(|| NamedBreaker::new("writes", CircuitBreaker::default()));
    let layer = CircuitBreakerLayer::select_by(|request: &Request| match request.0 {
        "read" => Some(&*READS),
        "write" => Some(&*WRITES),
        _ => None,
    });
    let mut service = layer.layer(service_fn(echo));
    WRITES.breaker().trip();
    assert_eq!(call(&mut service, ("read", Ok(1))), Ok(1));
    assert_eq!(call(&mut service, ("ping", Ok(2))), Ok(2));
    let refused = call(&mut service, ("write", Ok(3))).unwrap_err();
    assert_eq!(refused.into_rejected().map(|refused| refused.name), Some("writes"));
}

#[test]
fn a_computed_key_goes_through_a_function() {
    let registry = Arc::new(builder().build());
    let breakers = registry.clone();
    let layer = CircuitBreakerLayer::select_by(move |request: &Request| {
        Some(breakers.get_or_create(&*format!("{}/{}", request.0, request.1.is_ok())))
    });
    let mut service = layer.layer(service_fn(echo));
    assert!(call(&mut service, ("a", Err(7))).is_err());
    assert_eq!(call(&mut service, ("a", Ok(1))), Ok(1));
    assert_eq!(state(&registry, "a/false"), Some(State::Open));
    assert_eq!(state(&registry, "a/true"), Some(State::Closed));
}

#[test]
fn classifiers_apply_to_keys() {
    let registry = Arc::new(builder().build());
    let judge = |result: &Result<u32, u32>| match result {
        Err(404) => Outcome::Ignored,
        result => Outcome::of(result),
    };
    let layer = CircuitBreakerLayer::per_key(registry.clone(), key).classify(judge);
    let mut service = layer.layer(service_fn(echo));
    assert!(call(&mut service, ("a", Err(404))).is_err());
    assert_eq!(state(&registry, "a"), Some(State::Closed));
    assert!(call(&mut service, ("a", Err(500))).is_err());
    assert_eq!(state(&registry, "a"), Some(State::Open));
}

/// The choice of a handle knows its breaker without a request; that of a registry does not.
#[test]
fn only_a_single_breaker_is_known_before_the_request() {
    let single = Arc::new(CircuitBreaker::default());
    assert!(Select::<Request>::single(&single).is_some_and(|found| Arc::ptr_eq(found, &single)));
    let registry = Arc::new(builder().build());
    assert!(Select::<Request>::single(&PerKey::new(registry, key)).is_none());
}
