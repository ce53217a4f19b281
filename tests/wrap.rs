//! Wrapped functions and their fallbacks.
#![cfg(feature = "std")]

use crate::support::{S, breaker};
use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tripword::{CallError, CircuitBreaker, ManualClock, Reason, State};

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
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
fn an_asynchronous_one_does_too_and_is_not_begun_when_refused() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let begun = Cell::new(0);
    // Not an async closure: what comes before the future is not to run either.
    let parse = breaker.wrap_async(|text: &'static str| {
        begun.set(begun.get() + 1);
        parse_async(text)
    });
    assert_eq!(at_once(parse.call("7")), Ok(7));
    assert_eq!(at_once(parse.call("x")), Err(CallError::Inner(())));
    assert!(at_once(parse.call("7")).unwrap_err().rejected().is_some());
    assert_eq!(begun.get(), 2);
}

#[test]
fn an_argument_may_live_as_short_as_its_call() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b);
    let (parse, parse_async) = (breaker.wrap(parse), breaker.wrap_async(parse_async));
    for n in 0..3 {
        let text = n.to_string();
        assert_eq!(parse.call(text.as_str()), Ok(n));
        assert_eq!(at_once(parse_async.call(text.as_str())), Ok(n));
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

/// What a fallback was told.
#[derive(Debug, PartialEq)]
enum Told {
    Refused(Reason, String),
    Failed(String),
}

fn tell(why: CallError<()>, text: &str) -> Result<u32, Told> {
    match why {
        CallError::Rejected(rejected) => Err(Told::Refused(rejected.reason(), text.into())),
        CallError::Inner(()) => Err(Told::Failed(text.into())),
    }
}

#[test]
fn a_fallback_is_told_why_and_of_what() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let parse = breaker.wrap(parse).or_else(tell);
    assert_eq!(parse.call("7"), Ok(7));
    assert_eq!(parse.call("x"), Err(Told::Failed("x".into())));
    assert_eq!(
        parse.call("7"),
        Err(Told::Refused(Reason::Open, "7".into()))
    );
}

#[test]
fn an_asynchronous_fallback_is_told_too() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(1));
    let parse = breaker
        .wrap_async(parse_async)
        .or_else(async |why, text: &str| tell(why, text));
    assert_eq!(at_once(parse.call("7")), Ok(7));
    assert_eq!(at_once(parse.call("x")), Err(Told::Failed("x".into())));
    let refused = at_once(parse.call("7"));
    assert_eq!(refused, Err(Told::Refused(Reason::Open, "7".into())));
}

#[test]
fn what_a_fallback_does_counts_nowhere() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.consecutive_failures(2));
    let parse = breaker
        .wrap(parse)
        .or_else(|_: CallError<()>, _: &str| -> Result<u32, ()> { panic!("in the fallback") });
    let fallback = catch_unwind(AssertUnwindSafe(|| parse.call("x")));
    assert!(fallback.is_err());
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
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
fn a_dropped_call_gives_its_slot_back() {
    let clock = ManualClock::new();
    let breaker = breaker(&clock, |b| b.open_duration(S));
    breaker.trip();
    clock.advance(S);
    let hang = breaker.wrap_async(async |()| pending::<Result<(), Infallible>>().await);
    let mut call = Box::pin(hang.call(()));
    assert!(poll(call.as_mut()).is_pending());
    assert_eq!(breaker.snapshot().probes.in_flight, 1);
    drop(call);
    assert_eq!(breaker.snapshot().probes.in_flight, 0);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn a_call_can_be_spawned() {
    static BREAKER: CircuitBreaker = tripword::breaker!(consecutive_failures(5));
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let call = async {
        let parse = BREAKER
            .wrap_async(parse_async)
            .or_else(async |_: CallError<()>, _: &str| Err(()));
        parse.call("7").await
    };
    let spawned = runtime
        .unwrap()
        .block_on(async { tokio::spawn(call).await });
    assert_eq!(spawned.unwrap(), Ok::<_, ()>(7));
}
