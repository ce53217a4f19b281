//! The operating system's coarse clock.
#![cfg(feature = "os-coarse")]

use std::thread::yield_now;
use std::time::Duration;
use tripword::{CircuitBreaker, Clock, MonotonicClock, OsCoarseClock, Outcome, State, breaker};

const MS: Duration = Duration::from_millis(1);

/// Until `done`, for at most a minute: many ticks, however busy the machine is.
fn wait_until(mut done: impl FnMut() -> bool) {
    let start = MonotonicClock.now();
    while !done() {
        let waited = MonotonicClock.now().saturating_since(start);
        assert!(waited < Duration::from_secs(60), "not within a minute");
        yield_now();
    }
}

#[test]
fn it_advances_and_does_not_step_back() {
    let start = OsCoarseClock.now();
    let mut last = start;
    wait_until(|| {
        let now = OsCoarseClock.now();
        assert!(now >= last);
        last = now;
        now.saturating_since(start) >= 20 * MS
    });
}

#[test]
fn threads_share_its_origin() {
    let before = OsCoarseClock.now();
    let meanwhile = std::thread::spawn(|| OsCoarseClock.now()).join().unwrap();
    assert!(before <= meanwhile && meanwhile <= OsCoarseClock.now());
}

#[test]
fn an_open_period_ends_by_it() {
    breaker! {
        static LINK: CircuitBreaker<OsCoarseClock> =
            clock: OsCoarseClock; consecutive_failures(1), open_duration(Duration::from_millis(20));
    }
    assert_eq!(LINK.call(|| Err::<(), _>(7)).unwrap_err().into_inner(), Some(7));
    wait_until(|| LINK.state() == State::HalfOpen);
    assert_eq!(LINK.call(|| Ok::<_, u8>(7)), Ok(7));
    assert_eq!(LINK.state(), State::Closed);
}

#[test]
fn a_call_of_several_ticks_is_slow() {
    let settings = CircuitBreaker::builder().last_calls(10).minimum_calls(1);
    let settings = settings.slow_call_duration(20 * MS).slow_call_rate(1.0);
    let breaker = settings.build_with(OsCoarseClock).unwrap();
    let start = OsCoarseClock.now();
    let result: Result<(), _> = breaker.call_with(
        |_: &Result<(), ()>| Outcome::Success,
        || {
            wait_until(|| OsCoarseClock.now().saturating_since(start) >= 40 * MS);
            Ok(())
        },
    );
    assert_eq!(result, Ok(()));
    assert_eq!(breaker.state(), State::Open);
}
