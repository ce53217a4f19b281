//! `breaker!` and `config!`.
#![cfg(feature = "std")]
#![expect(clippy::disallowed_types, reason = "an observer's own count, not the engine's")]

use crate::support::S;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use tripword::{
    CircuitBreaker, CoarseClock, MonotonicClock, Nanos, Observer, State, Transition, breaker,
    config,
};

fn fail_once<C: tripword::Clock, O: Observer>(breaker: &CircuitBreaker<C, O>) {
    assert!(breaker.call(|| Err::<(), _>(())).is_err());
}

/// Counts transitions, and has a destructor.
struct Count(&'static AtomicU32);

impl Observer for Count {
    fn on_transition(&self, _: &Transition) {
        self.0.fetch_add(1, Relaxed);
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        self.0.store(u32::MAX, Relaxed);
    }
}

#[test]
fn an_item_can_have_a_clock_an_observer_or_both() {
    static TRANSITIONS: AtomicU32 = AtomicU32::new(0);
    static CLOCK: CoarseClock = CoarseClock::new();
    breaker! {
        static TIMED: CircuitBreaker<&CoarseClock> = clock: &CLOCK; consecutive_failures(1);
        static OBSERVED: CircuitBreaker<MonotonicClock, Count> =
            observer: Count(&TRANSITIONS); consecutive_failures(3);
        static BOTH: CircuitBreaker<&CoarseClock, Count> =
            clock: &CLOCK; observer: Count(&TRANSITIONS); last_calls(10), failures(2);
    }
    CLOCK.set(Nanos::from_duration(S));
    fail_once(&TIMED);
    assert_eq!(TIMED.snapshot().now, Nanos::from_duration(S));
    OBSERVED.trip();
    fail_once(&BOTH);
    fail_once(&BOTH);
    assert_eq!((OBSERVED.state(), BOTH.state()), (State::Open, State::Open));
    assert_eq!(BOTH.snapshot().now, Nanos::from_duration(S));
    assert_eq!(TRANSITIONS.load(Relaxed), 2);
}

mod visibility {
    tripword::breaker! {
        /// Documented, so that this is a doc attribute.
        #[allow(unused)]
        pub(crate) static SEEN_IN_THE_CRATE: CircuitBreaker = consecutive_failures(1);
        pub(super) static SEEN_ABOVE = consecutive_failures(2);
        static PRIVATE = consecutive_failures(3);
    }
    use tripword::CircuitBreaker;

    pub(super) fn private() -> &'static CircuitBreaker {
        &PRIVATE
    }
}

#[test]
fn items_have_attributes_and_a_visibility_and_may_omit_their_type() {
    let limits = [&visibility::SEEN_IN_THE_CRATE, &visibility::SEEN_ABOVE, visibility::private()];
    let limits = limits.map(|breaker| breaker.config().consecutive_failures());
    assert_eq!(limits, [1, 2, 3]);
}

#[test]
fn an_attribute_can_remove_an_item_and_others_stay() {
    breaker! {
        #[cfg(any())]
        static GONE: NoSuchType = consecutive_failures(1);
        static STAYS = consecutive_failures(1);
    }
    fail_once(&STAYS);
    assert_eq!(STAYS.state(), State::Open);
}

#[test]
fn no_setting_at_all_is_the_default() {
    breaker! { static DEFAULT = ; }
    assert_eq!(DEFAULT.config().consecutive_failures(), 5);
}

#[test]
fn the_names_of_the_user_do_not_clash_with_those_of_the_macro() {
    const CONFIG: u32 = 2;
    const WORDS: u32 = 3;
    breaker! {
        static FIRST = consecutive_failures(CONFIG), open_duration(S.saturating_mul(WORDS));
        static SECOND = consecutive_failures(WORDS);
    }
    assert_eq!(FIRST.config().consecutive_failures(), CONFIG);
    assert_eq!(FIRST.config().first_open_duration(), S * WORDS);
    assert_eq!(SECOND.config().consecutive_failures(), WORDS);
}

#[test]
fn an_item_named_like_the_parts_of_a_breaker_is_just_a_name() {
    breaker! {
        static CONFIG = consecutive_failures(1);
        static WORDS: [_; 2] = consecutive_failures(1);
    }
    fail_once(&CONFIG);
    fail_once(&WORDS[0]);
    let states = [CONFIG.state(), WORDS[0].state(), WORDS[1].state()];
    assert_eq!(states, [State::Open, State::Open, State::Closed]);
}

#[test]
fn an_item_inside_a_function_is_one_breaker_however_often_the_function_runs() {
    fn inner() -> &'static CircuitBreaker {
        breaker! { static INNER = consecutive_failures(5); }
        &INNER
    }
    fn generic<T>(_: T) -> &'static CircuitBreaker {
        breaker! { static INNER = consecutive_failures(5); }
        &INNER
    }
    assert!(std::ptr::eq(inner(), inner()));
    fail_once(inner());
    assert_eq!(inner().snapshot().consecutive_failures, 1);
    fail_once(generic(7_u32));
    assert_eq!(
        generic("seven").snapshot().consecutive_failures,
        1,
        "one for all type arguments, as any static is"
    );
}

/// Fails each breaker of an array a different number of times, and finds that it counted its own.
fn each_counts_its_own<O: Observer>(
    breakers: &[CircuitBreaker<MonotonicClock, O>],
    count: impl Fn(&CircuitBreaker<MonotonicClock, O>) -> u32,
) {
    for (index, breaker) in breakers.iter().enumerate() {
        (0..=index).for_each(|_| fail_once(breaker));
    }
    for (index, breaker) in breakers.iter().enumerate() {
        assert_eq!(count(breaker) as usize, index + 1, "breaker {index}");
    }
    breakers[1].trip();
    let open: Vec<_> = breakers.iter().map(|breaker| breaker.state() == State::Open).collect();
    let only_the_second: Vec<_> = (0..breakers.len()).map(|index| index == 1).collect();
    assert_eq!(open, only_the_second);
}

#[test]
fn breakers_of_an_array_count_failures_in_a_row_each_for_itself() {
    breaker! { static SHARDS: [CircuitBreaker; 4] = consecutive_failures(100); }
    each_counts_its_own(&SHARDS, |breaker| breaker.snapshot().consecutive_failures);
}

#[test]
fn breakers_of_an_array_have_a_window_each() {
    breaker! {
        static OF_CALLS: [CircuitBreaker; 4] = last_calls(100), failures(100);
        static OF_TIME: [_; 3] = within(S.saturating_mul(60)), failures(100), live();
    }
    each_counts_its_own(&OF_CALLS, |breaker| breaker.snapshot().counts.failures);
    each_counts_its_own(&OF_TIME, |breaker| breaker.snapshot().counts.failures);
}

#[test]
fn breakers_of_an_array_have_live_settings_each() {
    breaker! { static SHARDS: [_; 2] = consecutive_failures(5), live(); }
    SHARDS[0].reconfigure(config!(consecutive_failures(1), live())).unwrap();
    let limits = [0, 1].map(|shard: usize| SHARDS[shard].config().consecutive_failures());
    assert_eq!(limits, [1, 5]);
}

#[test]
fn breakers_of_an_array_have_an_observer_each_and_it_is_not_dropped_on_the_way() {
    static TRANSITIONS: AtomicU32 = AtomicU32::new(0);
    breaker! {
        static SHARDS: [CircuitBreaker<MonotonicClock, Count>; 3] =
            observer: Count(&TRANSITIONS); last_calls(50), failures(50);
    }
    each_counts_its_own(&SHARDS, |breaker| breaker.snapshot().counts.failures);
    assert_eq!(TRANSITIONS.load(Relaxed), 1, "one was tripped");
}

#[test]
fn breakers_of_an_array_can_share_a_clock_of_their_own() {
    static CLOCK: CoarseClock = CoarseClock::new();
    const SHARDS_OF_A_NODE: usize = 2;
    breaker! {
        static SHARDS: [CircuitBreaker<&CoarseClock>; SHARDS_OF_A_NODE] =
            clock: &CLOCK; consecutive_failures(1);
    }
    CLOCK.set(Nanos::from_duration(S));
    fail_once(&SHARDS[1]);
    assert_eq!(SHARDS[0].state(), State::Closed);
    assert_eq!(SHARDS[1].snapshot().since, Some(Nanos::from_duration(S)));
}
