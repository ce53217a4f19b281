//! Neighbours that refuse calls: an inner breaker, load shedding, a buffer. The outer breaker
//! ignores their errors, and a probe that met one gives its slot back.

use crate::service::{Breaker, at_once, breaker, call, in_flight};
use crate::support::S;
use std::error::Error;
use std::fmt;
use std::future::{Ready, pending, ready};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tower::buffer::error::Closed;
use tower::load_shed::error::Overloaded;
use tower::{BoxError, Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tripword::{
    CallError, CircuitBreaker, Classify, ErrorsAsFailures, ManualClock, Outcome, Rejected, State,
};
use tripword_tower::{CircuitBreakerLayer, Ignoring, MaybeRefused, ignoring, is_refusal};

const MINUTE: Duration = Duration::from_secs(60);
const MINUTES_OF_A_DAY: u32 = 24 * 60;

fn echo(result: Result<u32, io::ErrorKind>) -> Ready<io::Result<u32>> {
    ready(result.map_err(io::Error::from))
}

/// Two breakers on one clock, each of which opens on the first failure.
fn nested() -> (Arc<Breaker>, Arc<Breaker>) {
    let outer = breaker();
    let clock = outer.clock().clone();
    let inner = CircuitBreaker::builder().consecutive_failures(1).open_duration(S).jitter(0.0);
    (Arc::new(outer), Arc::new(inner.build_with(clock).expect("valid settings")))
}

/// Calls through both breakers once a minute while the inner one is open for a day. Then it is
/// called again, and it fails.
fn spend_a_day<T, E: fmt::Debug>(
    outer: &Breaker,
    inner: &Breaker,
    mut call: impl FnMut(Result<u32, io::ErrorKind>) -> Result<T, CallError<E>>,
) {
    inner.trip_for(MINUTE * MINUTES_OF_A_DAY);
    for _ in 0..MINUTES_OF_A_DAY {
        let refused = call(Ok(1)).err().expect("the inner breaker refuses");
        assert!(refused.inner().is_some(), "{refused:?}");
        assert_eq!(outer.state(), State::Closed);
        assert_eq!(outer.snapshot().consecutive_failures, 0);
        outer.clock().advance(MINUTE);
    }
    // The outer breaker probes now, and meets the refusal of the inner one.
    inner.trip();
    outer.half_open();
    assert!(call(Ok(1)).is_err());
    assert_eq!((outer.state(), in_flight(outer)), (State::HalfOpen, 0));

    inner.reset();
    assert!(call(Err(io::ErrorKind::TimedOut)).is_err());
    assert_eq!((outer.state(), inner.state()), (State::Open, State::Open));
}

#[test]
fn refusals_of_an_inner_breaker_leave_the_outer_one_closed() {
    let (outer, inner) = nested();
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()).classify(Ignoring::refusals()))
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .service(service_fn(echo));
    spend_a_day(&outer, &inner, |request| call(&mut stack, request));
}

/// A layer in between boxes the whole `CallError`, whose type is not known further out.
#[tokio::test(start_paused = true)]
async fn boxed_refusals_of_an_inner_breaker_leave_the_outer_one_closed() {
    let (outer, inner) = nested();
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()).classify(Ignoring::refusals()))
        .timeout(S)
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .service(service_fn(echo));
    spend_a_day(&outer, &inner, |request| call(&mut stack, request));
}

#[tokio::test(start_paused = true)]
async fn a_classifier_that_ignores_a_neighbour_ignores_refusals_too() {
    let (outer, inner) = nested();
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()).classify(ignoring::<Overloaded>()))
        .map_err(CallError::<BoxError>::into_boxed)
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .timeout(S)
        .service(service_fn(echo));
    spend_a_day(&outer, &inner, |request| call(&mut stack, request));
}

#[test]
fn refusals_inside_an_error_of_ones_own_leave_the_outer_one_closed() {
    #[derive(Debug)]
    struct Unavailable(CallError<io::Error>);
    impl fmt::Display for Unavailable {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the replica is not available")
        }
    }
    impl Error for Unavailable {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }
    let (outer, inner) = nested();
    let classify = Ignoring::<Unavailable>::source::<Rejected>();
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()).classify(classify))
        .map_err(Unavailable)
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .service(service_fn(echo));
    spend_a_day(&outer, &inner, |request| call(&mut stack, request));
}

#[cfg(feature = "registry")]
#[test]
fn refusals_with_a_name_leave_the_outer_one_closed() {
    let outer = Arc::new(breaker());
    let registry = Arc::new(crate::keyed::builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |_: &Result<_, _>| Some("replica"));
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()).classify(Ignoring::refusals()))
        .layer(layer)
        .service(service_fn(echo));
    registry.get_or_create("replica").breaker().trip();
    let refused = call(&mut stack, Ok(1)).expect_err("refused");
    assert!(is_refusal(&refused));
    assert_eq!(outer.state(), State::Closed);
}

/// The type of the boxed `CallError` is not known here, and its message is in the report once.
#[cfg(feature = "registry")]
#[tokio::test(start_paused = true)]
async fn a_refusal_with_a_name_is_found_in_what_a_timeout_and_a_buffer_boxed() {
    let registry = Arc::new(crate::keyed::builder().build());
    let layer = CircuitBreakerLayer::per_key(registry.clone(), |_: &Result<_, _>| Some("replica"));
    let guarded = layer.layer(service_fn(echo));
    registry.get_or_create("replica").breaker().trip_for(S);
    let mut timeout = ServiceBuilder::new().timeout(S).service(guarded.clone());
    let mut buffer = ServiceBuilder::new().buffer(1).service(guarded);
    let refused = timeout.ready().await.expect("it is ready").call(Ok(1)).await;
    let buffered = buffer.ready().await.expect("it is ready").call(Ok(1)).await;
    for error in [refused, buffered].map(|result| result.expect_err("it is open")) {
        assert!(error.is::<CallError<io::Error, tripword_registry::NamedRejected>>());
        assert!(is_refusal(&*error));
        let message = "circuit \"replica\" open, retry in 1.0 s";
        assert_eq!(error.to_string(), message);
        let source = error.source().expect("what says that it is a refusal");
        assert_eq!(source.to_string(), "the circuit breaker refused the call");
        assert!(source.source().is_none());
    }
}

/// Without a classifier that knows refusals, they are errors like any other.
#[test]
fn refusals_count_by_default() {
    let (outer, inner) = nested();
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(outer.clone()))
        .layer(CircuitBreakerLayer::new(inner.clone()))
        .service(service_fn(echo));
    inner.trip();
    assert!(call(&mut stack, Ok(1)).is_err());
    assert_eq!(outer.state(), State::Open);
}

#[tokio::test]
async fn load_shedding_leaves_the_circuit_closed_and_gives_its_probe_back() {
    let breaker = Arc::new(breaker());
    let hang = service_fn(|()| pending::<io::Result<()>>());
    let mut stack = ServiceBuilder::new()
        .layer(CircuitBreakerLayer::new(breaker.clone()).classify(ignoring::<Overloaded>()))
        .load_shed()
        .concurrency_limit(1)
        .service(hang);
    let hanging = stack.ready().await.expect("a slot").call(());
    let mut shed = || {
        let error = call(&mut stack, ()).expect_err("shed");
        assert!(error.inner().is_some_and(|error| error.is::<Overloaded>()), "{error}");
    };
    for _ in 0..10 {
        shed();
        assert_eq!(breaker.state(), State::Closed);
    }
    breaker.half_open();
    for _ in 0..10 {
        shed();
        assert_eq!((breaker.state(), in_flight(&breaker)), (State::HalfOpen, 0));
    }
    drop(hanging);
}

#[test]
fn other_errors_go_to_the_other_classifier() {
    let judge = |result: &Result<u32, BoxError>| match result {
        Ok(500..) => Outcome::Failure,
        Err(error) if error.is::<fmt::Error>() => Outcome::Success,
        result => Outcome::of(result),
    };
    let classify = ignoring::<Overloaded>().otherwise(ignoring::<Closed>().otherwise(judge));
    let of = |error: BoxError| classify.classify(&Err(error));
    assert_eq!(of(Overloaded::new().into()), Outcome::Ignored);
    assert_eq!(of(io::Error::other(Overloaded::new()).into()), Outcome::Ignored);
    assert_eq!(of(fmt::Error.into()), Outcome::Success);
    assert_eq!(of("no answer".into()), Outcome::Failure);
    assert_eq!(classify.classify(&Ok(503)), Outcome::Failure);
    assert_eq!(classify.classify(&Ok(200)), Outcome::Success);
}

/// A buffer whose worker is gone says `Closed` to all that wait for a place in it.
#[tokio::test]
async fn a_closed_buffer_is_ignored() {
    let (buffer, worker) = tower::buffer::Buffer::pair(service_fn(echo), 1);
    drop(worker);
    let closed = buffer.oneshot(Ok(1)).await.expect_err("it is closed");
    let result = Err::<u32, _>(closed);
    assert_eq!(ignoring::<Closed>().classify(&result), Outcome::Ignored);
    assert_eq!(ignoring::<Overloaded>().classify(&result), Outcome::Failure);
}

#[test]
fn refusals_are_distinguished_from_other_errors() {
    let breaker = CircuitBreaker::builder().build_with(ManualClock::new()).expect("valid settings");
    let call = || breaker.call(|| Err::<(), _>(io::Error::other("no answer"))).unwrap_err();
    assert_eq!(call().refusal(), None);
    assert_eq!(call().into_refusal().map_err(|error| error.to_string()), Err("no answer".into()));
    assert_eq!(BoxError::from(call()).refusal(), None);
    assert!(
        BoxError::from(call())
            .into_refusal()
            .is_err_and(|error| error.is::<CallError<io::Error>>())
    );
    assert!(!is_refusal(&call()));

    breaker.trip();
    let refusal = breaker.rejection().expect("it is open");
    assert_eq!(call().refusal(), Some(refusal));
    assert_eq!(call().into_refusal().ok(), Some(refusal));
    for boxed in [BoxError::from(call()), call().into_boxed(), io::Error::other(call()).into()] {
        assert_eq!(boxed.refusal(), Some(refusal), "{boxed:?}");
        assert!(is_refusal(&*boxed));
        assert_eq!(boxed.into_refusal().ok(), Some(refusal));
    }
}

/// The outer breaker ignores what the inner one refused, whatever the order of other classifiers.
#[test]
fn a_typed_classifier_judges_the_rest() {
    let classify = Ignoring::refusals().otherwise(ErrorsAsFailures);
    let failed = Err::<(), CallError<u16>>(CallError::Inner(503));
    assert_eq!(classify.classify(&failed), Outcome::Failure);
    let layer = CircuitBreakerLayer::new(Arc::new(breaker())).classify(classify);
    let service = layer.layer(service_fn(move |()| ready(failed)));
    assert!(at_once(service.oneshot(())).is_err());
}
