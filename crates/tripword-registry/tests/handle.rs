//! A named breaker as a handle: clones, permits that own it, and the refusals of both.

use crate::support::{fail, is_same, registry, state};
use std::sync::Arc;
use tripword::{CallError, CircuitBreaker, Handle, Held, Mode, Outcome, Permit, Reason, State};
use tripword_registry::{Named, NamedBreaker};

/// Compiles only if a named breaker is no `Deref`: if it were, both implementations would apply,
/// and `_` could not be inferred.
const _NO_DEREF: fn() = || {
    struct IfDeref;
    trait NoDeref<A> {
        fn check() {}
    }
    impl<T> NoDeref<()> for T {}
    impl<T: std::ops::Deref> NoDeref<IfDeref> for T {}
    <NamedBreaker as NoDeref<_>>::check();
};

/// What a layer does: it knows the handle only.
fn call_through<H: Handle>(handle: H, result: Result<u32, u16>) -> Result<u32, String> {
    let permit = Held::acquire(handle);
    let permit = permit.map_err(|(handle, rejected)| handle.explain(rejected).to_string())?;
    permit.settle(Outcome::of(&result));
    result.map_err(|status| status.to_string())
}

#[test]
fn a_handle_settles_calls_of_its_breaker_and_names_its_refusals() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    assert_eq!(call_through(&payments, Ok(7)), Ok(7));
    for _ in 0..2 {
        assert_eq!(call_through(payments.clone(), Err(500)), Err("500".into()));
    }
    let refused = "circuit \"payments\" open, retry in 8.0 s";
    assert_eq!(call_through(&payments, Ok(7)), Err(refused.into()));
    assert_eq!(call_through(payments, Ok(7)), Err(refused.into()));
}

#[test]
fn the_refusal_of_a_handle_is_that_of_a_call() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    payments.note_failure("reset by peer");
    fail(&payments, 2);
    let (handle, rejected) = Held::acquire(payments.clone()).unwrap_err();
    assert!(is_same(&handle, &payments));
    let refusal = payments.try_acquire().unwrap_err();
    assert!(refusal.last_failure.is_some());
    assert_eq!(handle.explain(rejected), refusal);
}

#[test]
fn an_owned_permit_moves_to_another_thread() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    for _ in 0..2 {
        let permit = Held::acquire(payments.clone()).unwrap();
        std::thread::spawn(move || permit.failure()).join().unwrap();
    }
    assert_eq!(state(&payments), State::Open);
}

#[test]
fn a_clone_shares_the_breaker() {
    let payments = NamedBreaker::new("payments", CircuitBreaker::default());
    let clone = payments.clone();
    clone.breaker().trip();
    assert!(is_same(&clone, &payments));
    assert_eq!(payments.breaker().state(), State::Open);
}

#[test]
fn everything_but_a_call_is_done_through_the_breaker() {
    let payments = NamedBreaker::new("payments", CircuitBreaker::default());
    let breaker: &CircuitBreaker<_, Named<&str>> = payments.breaker();
    breaker.set_mode(Mode::ForceOpen);
    assert_eq!(breaker.observer().name, "payments");

    // A permit that is acquired through it is a plain one, whose refusal carries no name.
    let permit: Result<Permit<'_, _, _>, _> = breaker.try_acquire();
    assert_eq!(permit.unwrap_err().to_string(), "circuit forced open");
    let refused = payments.try_acquire().unwrap_err();
    assert_eq!(refused.to_string(), "circuit \"payments\" forced open");
    assert_eq!(refused.rejected.reason(), Reason::ForcedOpen);
}

#[test]
fn a_name_without_text_is_enough_for_calls() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Shard(u16);

    let shard = NamedBreaker::new(Shard(3), CircuitBreaker::default());
    shard.breaker().trip();
    let refused = shard.call(|| Ok::<_, ()>(7)).map_err(CallError::into_rejected);
    assert!(refused.is_err_and(|refused| refused.is_some_and(|named| named.name == Shard(3))));
}

#[test]
fn debug_shows_the_name_and_the_state() {
    let payments = NamedBreaker::new("payments", CircuitBreaker::default());
    payments.breaker().trip();
    let debug = format!("{payments:?}");
    assert!(debug.starts_with("NamedBreaker { name: \"payments\""), "{debug}");
    assert!(debug.contains("state: Open"), "{debug}");
}

#[test]
fn calls_await_a_future_and_name_its_refusal() {
    let (registry, _) = registry(usize::MAX);
    let payments = registry.get_or_create("payments");
    let judge = |result: &Result<u16, &str>| match result {
        Ok(500..) | Err(_) => Outcome::Failure,
        Ok(_) => Outcome::Success,
    };
    let answer = |status| payments.call_async_with(judge, async move { Ok(status) });
    assert_eq!(pollster::block_on(answer(503)), Ok(503));
    let failed = pollster::block_on(payments.call_async(async { Err::<u16, _>("no answer") }));
    assert_eq!(failed, Err(CallError::Inner("no answer")));
    let refused = pollster::block_on(answer(200)).unwrap_err();
    assert_eq!(refused.into_rejected(), payments.rejection());
}

#[test]
fn a_future_of_a_named_call_can_move_to_another_thread() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let payments = Arc::new(NamedBreaker::new("payments", CircuitBreaker::default()));
    let call = is_send(payments.call_async(async { Ok::<_, ()>(7) }));
    assert_eq!(pollster::block_on(call), Ok(7));
}
