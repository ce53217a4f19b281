//! Wrapped functions.
#![cfg(feature = "std")]

use crate::support::{S, breaker};
use std::cell::Cell;
use std::convert::Infallible;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;
use tripword::{
    CallError, CircuitBreaker, Handle, ManualClock, Outcome, Reason, Rejected, State, Wrapped,
};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn parse(text: &str) -> Result<u32, ()> {
    text.parse().map_err(drop)
}

async fn parse_async(text: &str) -> Result<u32, ()> {
    parse(text)
}

#[test]
fn a_wrapped_function_goes_through_the_breaker() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let called = Cell::new(0);
    let parse = breaker.wrap(|text: &str| {
        called.set(called.get() + 1);
        parse(text)
    });
    assert_eq!(parse.call("7"), Ok(7));
    assert_eq!(parse.call("x"), Err(CallError::Inner(())));
    let refused = parse.call("7").unwrap_err();
    assert_eq!(refused.rejected().map(|r| r.reason()), Some(Reason::Open));
    assert_eq!(called.get(), 2);
}

#[test]
fn an_async_function_does_too_and_is_not_called_when_refused() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let called = Cell::new(0);
    // Not an async closure: what it does before it returns its future must not run either.
    let parse = breaker.wrap(|text: &'static str| {
        called.set(called.get() + 1);
        parse_async(text)
    });
    assert_eq!(pollster::block_on(parse.call_async("7")), Ok(7));
    let failed = pollster::block_on(parse.call_async("x"));
    assert_eq!(failed, Err(CallError::Inner(())));
    let refused = pollster::block_on(parse.call_async("7")).unwrap_err();
    assert!(refused.rejected().is_some());
    assert_eq!(called.get(), 2);
}

#[test]
fn an_async_call_that_is_never_polled_acquires_nothing_and_calls_nothing() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    breaker.half_open();
    let called = Cell::new(false);
    let parse = breaker.wrap(|text: &'static str| {
        called.set(true);
        parse_async(text)
    });
    drop(parse.call_async("7"));
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
    assert!(!called.get());
}

#[test]
fn an_argument_needs_to_live_only_as_long_as_its_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let (parse, parse_async) = (breaker.wrap(parse), breaker.wrap(parse_async));
    for n in 0..3 {
        let text = n.to_string();
        assert_eq!(parse.call(text.as_str()), Ok(n));
        let parsed = pollster::block_on(parse_async.call_async(text.as_str()));
        assert_eq!(parsed, Ok(n));
    }
}

#[test]
fn several_arguments_are_a_tuple() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let divide = breaker.wrap(|(a, b): (u32, u32)| a.checked_div(b).ok_or(()));
    assert_eq!(divide.call((42, 6)), Ok(7));
    assert_eq!(divide.clone().call((42, 0)), Err(CallError::Inner(())));
}

#[test]
fn a_classifier_judges_every_call_sync_and_async() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let judge = |result: &Result<u32, ()>| match result {
        Ok(0) => Outcome::Failure,
        Ok(1) => Outcome::RetryAfter(7 * S),
        Ok(_) => Outcome::Success,
        Err(()) => Outcome::Ignored,
    };
    let parse = breaker.wrap(parse).judged_by(judge);
    assert_eq!(parse.call("x"), Err(CallError::Inner(())));
    assert_eq!(breaker.state(), State::Closed, "errors are ignored");
    assert_eq!(parse.call("0"), Ok(0));
    assert_eq!(breaker.state(), State::Open, "a zero is a failure");
    breaker.close();

    let parse = breaker.wrap(parse_async).judged_by(judge);
    assert_eq!(pollster::block_on(parse.call_async("x")), Err(CallError::Inner(())));
    assert_eq!(breaker.state(), State::Closed, "errors are ignored");
    assert_eq!(pollster::block_on(parse.call_async("1")), Ok(1));
    assert_eq!(breaker.snapshot().remaining, Some(7 * S));
}

#[test]
fn a_panic_in_a_wrapped_function_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let panics = breaker.wrap(|()| -> Result<(), ()> { panic!("in the function") });
    assert!(catch_unwind(AssertUnwindSafe(|| panics.call(()))).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_panic_in_a_wrapped_async_function_before_its_first_await_is_a_failure() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let panics = breaker.wrap(async |()| -> Result<(), ()> { panic!("in the function") });
    let call = AssertUnwindSafe(|| pollster::block_on(panics.call_async(())));
    assert!(catch_unwind(call).is_err());
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn a_dropped_async_call_gives_its_slot_back() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip();
    clock.advance(S);
    let hang = breaker.wrap(async |()| pending::<Result<(), Infallible>>().await);
    let mut call = Box::pin(hang.call_async(()));
    assert!(poll(call.as_mut()).is_pending());
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(call);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn an_async_call_can_move_to_another_thread() {
    tripword::breaker! { static PARSER = consecutive_failures(5); }
    let call = async { PARSER.wrap(parse_async).call_async("7").await };
    let called = thread::spawn(move || pollster::block_on(call)).join();
    assert_eq!(called.unwrap(), Ok(7));
}

#[test]
fn a_wrapped_function_can_share_its_breaker() {
    let breaker = Arc::new(CircuitBreaker::default());
    let parse = Wrapped::new(breaker.clone(), |text: String| text.parse::<u32>());
    let called = thread::spawn(move || parse.call("x".to_owned())).join();
    assert!(called.unwrap().is_err());
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
}

/// A breaker with a name, whose refusals say it.
struct Named<'a>(&'a str, &'a CircuitBreaker);

impl Handle for Named<'_> {
    type Clock = tripword::MonotonicClock;
    type Observer = ();
    type Rejection = String;

    fn breaker(&self) -> &CircuitBreaker {
        self.1
    }

    fn explain(&self, rejected: Rejected) -> String {
        rejected.with_name(self.0).to_string()
    }
}

#[test]
fn a_refusal_is_the_one_that_the_handle_explains() {
    let breaker = CircuitBreaker::builder().mode(tripword::Mode::ForceOpen).build().unwrap();
    let expected = r#"circuit "parser" forced open"#;
    let parse = Wrapped::new(Named("parser", &breaker), parse);
    let refused = parse.call("7").unwrap_err();
    assert_eq!(refused.into_rejected().as_deref(), Some(expected));
    let parse = Wrapped::new(Named("parser", &breaker), parse_async);
    let refused = pollster::block_on(parse.call_async("7")).unwrap_err();
    assert_eq!(refused.into_rejected().as_deref(), Some(expected));
}

#[test]
fn a_wrapped_function_shows_nothing_of_its_parts() {
    struct Opaque;
    let wrapped = Wrapped::new(Opaque, Opaque);
    assert_eq!(format!("{wrapped:?}"), "Wrapped { .. }");
}
