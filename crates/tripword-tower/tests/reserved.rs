//! What the inner service reserved for a call that is refused: it is given back at once, so that a
//! service that was refused and idles keeps others from nothing.

use crate::paused::within_a_second;
use crate::service::{
    Breaker, at_once, await_probe, breaker, call, echo, hang, in_flight, is_ready, poll, refusal,
};
use crate::support::S;
use std::convert::Infallible;
use std::sync::Arc;
use tower::limit::{ConcurrencyLimit, RateLimit};
use tower::load_shed::LoadShed;
use tower::util::BoxCloneService;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tripword::{CircuitBreaker, ErrorsAsFailures, ManualClock, Mode, Ramp, Reason, State};
use tripword_tower::{CircuitBreakerLayer, CircuitBreakerService};

/// A service that answers, behind a limit of `slots`.
fn limited(
    slots: usize,
) -> impl Service<u32, Response = u32, Error = Infallible, Future: Send> + Clone + Send {
    ConcurrencyLimit::new(service_fn(echo), slots)
}

fn guarded<S: Clone>(inner: S) -> (Arc<Breaker>, CircuitBreakerService<S, Arc<Breaker>>) {
    let breaker = Arc::new(breaker());
    let service = CircuitBreakerLayer::new(breaker.clone()).layer(inner);
    (breaker, service)
}

#[test]
fn a_refused_service_that_idles_holds_no_slot() {
    let (breaker, mut one) = guarded(limited(1));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert_eq!(refusal(at_once(one.call(1))), Some(Reason::Open));
    breaker.reset();
    assert!(is_ready(&mut other), "the only slot is free");
    assert!(!is_ready(&mut one), "`other` holds it");
    assert_eq!(at_once(other.call(1)), Ok(1));
    assert_eq!(call(&mut one, 2), Ok(2));
}

#[test]
fn a_refusal_that_is_not_polled_holds_no_slot() {
    let (breaker, mut one) = guarded(limited(1));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.set_mode(Mode::ForceOpen);
    let refused = one.call(1);
    breaker.set_mode(Mode::Normal);
    assert!(is_ready(&mut other));
    assert_eq!(refusal(at_once(refused)), Some(Reason::ForcedOpen));
}

/// The second poll finds that the call will be refused, whether or not the call follows.
#[test]
fn readiness_that_turns_into_a_refusal_holds_no_slot() {
    let (breaker, mut one) = guarded(limited(1));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert!(is_ready(&mut one), "ready to refuse");
    breaker.reset();
    assert!(is_ready(&mut other));
}

/// A place in the queue would become a slot once one is free.
#[test]
fn a_refused_service_holds_no_place_in_the_queue_of_a_limit() {
    let (breaker, mut one) = guarded(ConcurrencyLimit::new(service_fn(hang), 1));
    let (mut other, mut third) = (one.clone(), one.clone());
    assert!(is_ready(&mut one));
    let hanging = one.call(1);
    assert!(!is_ready(&mut other), "it waits in the queue");
    breaker.trip();
    assert_eq!(refusal(call(&mut other, 1)), Some(Reason::Open));
    drop(hanging);
    breaker.reset();
    assert!(is_ready(&mut third));
}

#[test]
fn a_call_beyond_the_probes_holds_no_slot() {
    let inner = ConcurrencyLimit::new(service_fn(hang), 2);
    let (breaker, mut one) = guarded(inner.clone());
    let mut other = one.clone();
    await_probe(&breaker);
    assert!(is_ready(&mut one) && is_ready(&mut other));
    let probe = one.call(1);
    assert_eq!(refusal(at_once(other.call(2))), Some(Reason::ProbesBusy));
    assert!(is_ready(&mut inner.clone()), "only the probe has a slot");
    drop(probe);
    assert_eq!((breaker.state(), in_flight(&breaker)), (State::HalfOpen, 0));
}

#[test]
fn a_call_that_a_ramp_refuses_holds_no_slot() {
    let breaker =
        CircuitBreaker::builder().ramp(Ramp::new(0.1, S)).build_with(Arc::new(ManualClock::new()));
    let breaker = Arc::new(breaker.expect("valid settings"));
    let inner = limited(1);
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(inner.clone());
    breaker.half_open();
    assert_eq!(call(&mut service, 1), Ok(1));
    assert_eq!(breaker.state(), State::Recovering);
    let mut refusals = 0;
    for _ in 0..20 {
        let answer = call(&mut service, 1);
        refusals += u32::from(refusal(answer) == Some(Reason::Recovering));
        assert!(is_ready(&mut inner.clone()), "after {refusals} refusals");
    }
    assert!((10..20).contains(&refusals), "{refusals} of 20");
}

#[test]
fn a_response_that_is_dropped_unpolled_gives_back_slot_and_probe() {
    let (breaker, mut one) = guarded(limited(1));
    let mut other = one.clone();
    await_probe(&breaker);
    assert!(is_ready(&mut one));
    drop(one.call(1));
    assert_eq!(in_flight(&breaker), 0);
    assert!(is_ready(&mut other));
    assert_eq!(at_once(other.call(1)), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn a_refused_service_holds_no_place_in_a_buffer() {
    let buffer = ServiceBuilder::new().buffer(1).service(limited(1));
    let (breaker, mut one) = guarded(buffer);
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    assert!(!is_ready(&mut other), "`one` has the only place");
    breaker.trip();
    assert_eq!(refusal(one.call(1).await), Some(Reason::Open));
    breaker.reset();
    let answer = within_a_second(other.oneshot(2)).await;
    assert_eq!(answer.expect("at once").ok(), Some(2));
}

#[test]
fn a_refused_service_makes_no_neighbour_shed_load() {
    let (breaker, mut one) = guarded(LoadShed::new(limited(1)));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert_eq!(refusal(at_once(one.call(1))), Some(Reason::Open));
    breaker.reset();
    assert_eq!(call(&mut other, 2).ok(), Some(2));
}

#[test]
fn a_refused_box_holds_no_slot() {
    let (breaker, mut one) = guarded(BoxCloneService::new(limited(1)));
    let mut other = one.clone();
    assert!(is_ready(&mut one));
    breaker.trip();
    assert_eq!(refusal(at_once(one.call(1))), Some(Reason::Open));
    breaker.reset();
    assert_eq!(call(&mut other, 2), Ok(2));
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_does_not_use_up_a_rate_limit_behind_a_buffer() {
    let inner = ServiceBuilder::new().buffer(1).rate_limit(1, 3_600 * S).service(service_fn(echo));
    let (breaker, mut one) = guarded(inner);
    let other = one.clone();
    assert!(one.ready().await.is_ok());
    breaker.trip();
    assert_eq!(refusal(one.call(1).await), Some(Reason::Open));
    breaker.reset();
    let answer = within_a_second(other.oneshot(2)).await;
    assert_eq!(answer.expect("at once").ok(), Some(2));
}

/// A service without `Clone` has no neighbours that wait: its readiness waits for its next call.
#[tokio::test(start_paused = true)]
async fn a_service_without_clone_retains_its_readiness() {
    let breaker = Arc::new(breaker());
    let once = RateLimit::new(service_fn(echo), tower::limit::rate::Rate::new(1, 3_600 * S));
    let mut service = CircuitBreakerService::without_clone(once, breaker.clone(), ErrorsAsFailures);
    assert!(is_ready(&mut service));
    breaker.trip();
    assert_eq!(refusal(at_once(service.call(1))), Some(Reason::Open));
    breaker.reset();
    assert_eq!(call(&mut service, 2), Ok(2));
    assert!(!is_ready(&mut service), "the limit is used up");
}

/// The slots that are taken, after random polls, calls, drops and moves of the circuit, are those of
/// services that are ready to call and of calls in flight: a refusal takes none, and none is lost.
#[test]
fn random_walks_lose_no_slot() {
    const SLOTS: usize = 16;
    let mut random = 1_u64;
    let mut draw = |below: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (random >> 33) as usize % below
    };
    let inner = ConcurrencyLimit::new(service_fn(hang), SLOTS);
    let (breaker, service) = guarded(inner.clone());
    let mut services = [(); 4].map(|()| (service.clone(), false));
    let mut calls = Vec::new();
    for step in 0..20_000 {
        let (service, holds) = &mut services[draw(4)];
        match draw(8) {
            0 | 1 => {
                *holds = breaker.rejection().is_none();
                assert!(is_ready(service));
            }
            2..5 if *holds => {
                *holds = false;
                let mut call = Box::pin(service.call(1));
                if poll(call.as_mut()).is_pending() {
                    calls.push(call);
                }
            }
            5 if !calls.is_empty() => drop(calls.swap_remove(draw(calls.len()))),
            6 => breaker.clock().advance(S / 4),
            7 => match draw(6) {
                0 => breaker.trip(),
                1 => breaker.half_open(),
                2 => breaker.set_mode(Mode::ForceOpen),
                3 => breaker.set_mode(Mode::Normal),
                4 => (*service, *holds) = (service.clone(), false),
                _ => breaker.close(),
            },
            _ => {}
        }
        calls.truncate(8);
        let ready = services.iter().filter(|(_, holds)| *holds).count();
        let mut free = vec![inner.clone(); SLOTS];
        let free = free.iter_mut().filter_map(|one| is_ready(one).then_some(())).count();
        assert_eq!(free, SLOTS - ready - calls.len(), "step {step}");
    }
}

/// Each readiness foresees the refusal by which a call would give up the probe.
#[test]
fn a_probe_that_never_ends_is_given_up_by_a_call_of_the_service() {
    let breaker = CircuitBreaker::builder()
        .consecutive_failures(1)
        .open_duration(S)
        .jitter(0.0)
        .probe_lease(Some(10 * S))
        .build_with(Arc::new(ManualClock::new()));
    let breaker = Arc::new(breaker.expect("valid settings"));
    let mut lost = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(hang));
    let mut service = CircuitBreakerLayer::new(breaker.clone()).layer(service_fn(echo));
    breaker.trip();
    breaker.clock().advance(S);
    assert!(is_ready(&mut lost));
    std::mem::forget(lost.call(1));
    assert_eq!(refusal(call(&mut service, 1)), Some(Reason::ProbesBusy));
    breaker.clock().advance(20 * S);
    assert_eq!(refusal(call(&mut service, 1)), Some(Reason::Open));
    breaker.clock().advance(S);
    assert_eq!(call(&mut service, 1), Ok(1));
    assert_eq!(breaker.state(), State::Closed);
}
