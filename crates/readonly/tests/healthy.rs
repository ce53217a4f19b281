//! A healthy call writes nothing and reads no clock. The breakers here lie on read-only pages, so the first write kills the process.
#![cfg(unix)]

use std::env;
use std::io::{Write, stdout};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use tripword::raw::{Engine, Word};
use tripword::{CircuitBreaker, Clock, Config, Nanos, Outcome, config};

const CONSECUTIVE: Config = config!(consecutive_failures(5));
const LAST_CALLS: Config = config!(last_calls(100), failure_rate(0.5));

/// Set in the child process of a control, to the name of a [`Kind`].
const CHILD: &str = "TRIPWORD_READONLY";

#[test]
fn healthy_calls_of_a_breaker_without_a_window_write_nothing() {
    assert_healthy(consecutive());
}

#[test]
fn healthy_calls_of_a_breaker_with_a_full_window_write_nothing() {
    assert_healthy(last_calls());
}

#[test]
fn healthy_calls_of_the_engine_write_nothing() {
    let words: &'static _ = frozen([const { Word::new() }; CONSECUTIVE.words()]);
    let engine = Engine::new(&CONSECUTIVE, words).expect("valid settings");
    for _ in 0..1_000 {
        let (decision, _) = engine.admit(&no_clock);
        let admission = decision.admission().expect("closed");
        let (settlement, _) = engine.settle(admission, Outcome::Success, &no_clock);
        assert!(settlement.counted);
    }
}

#[test]
fn control_a_failing_call_without_a_window_dies() {
    assert_a_failure_dies("control_a_failing_call_without_a_window_dies", consecutive);
}

#[test]
fn control_a_failing_call_with_a_full_window_dies() {
    assert_a_failure_dies("control_a_failing_call_with_a_full_window_dies", last_calls);
}

type Breaker = CircuitBreaker<NoClock>;

/// A clock that no healthy call may read.
#[derive(Debug)]
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Nanos {
        no_clock()
    }
}

fn no_clock() -> Nanos {
    panic!("a healthy call reads no clock")
}

fn consecutive() -> &'static Breaker {
    let builder = CircuitBreaker::builder().consecutive_failures(5);
    frozen(builder.build_with(NoClock).expect("valid settings"))
}

/// A breaker whose window holds good calls only, so that one more changes nothing.
fn last_calls() -> &'static Breaker {
    let words = Pages::leak([const { Word::new() }; LAST_CALLS.words()]);
    let breaker = CircuitBreaker::from_parts(LAST_CALLS, &words.0, NoClock, ());
    let breaker = Pages::leak(breaker.expect("valid settings"));
    assert_healthy(&breaker.0);
    words.protect();
    breaker.protect()
}

fn frozen<T>(value: T) -> &'static T {
    Pages::leak(value).protect()
}

fn assert_healthy(breaker: &Breaker) {
    for value in 0..1_000 {
        assert_eq!(breaker.call(|| Ok::<_, ()>(value)).ok(), Some(value));
        breaker.try_acquire().expect("closed").success();
    }
}

/// Runs the test `name` again in a child process, where a call fails and so has to be counted.
fn assert_a_failure_dies(name: &str, breaker: fn() -> &'static Breaker) {
    if env::var_os(CHILD).is_some() {
        let breaker = breaker();
        assert_healthy(breaker);
        report("healthy");
        assert!(breaker.call(|| Err::<(), _>(())).is_err());
        report("survived");
        return;
    }
    let child = Command::new(env::current_exe().expect("this program has a path"))
        .args(["--exact", name, "--nocapture"])
        .env(CHILD, "1")
        .stderr(Stdio::inherit())
        .output()
        .expect("this program runs again");
    let printed = String::from_utf8_lossy(&child.stdout);
    assert!(printed.contains("healthy"), "healthy calls came first: {printed}");
    assert!(!printed.contains("survived"), "the failure was counted on read-only memory");
    let signal = child.status.signal();
    // Linux sends SIGSEGV (11); macOS sends SIGBUS (10).
    assert!(matches!(signal, Some(10 | 11)), "not killed by a write: {:?}", child.status);
}

/// Past the buffer, since the process is about to be killed.
fn report(line: &str) {
    let mut out = stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the parent reads");
}

/// A value that shares its pages with nothing else. The alignment is the largest page size in use.
#[repr(align(65536))]
struct Pages<T>(T);

impl<T> Pages<T> {
    fn leak(value: T) -> &'static Self {
        Box::leak(Box::new(Self(value)))
    }

    /// Makes the pages read-only: from here on a write kills the process.
    fn protect(&'static self) -> &'static T {
        // SAFETY: the pages hold this value alone and are never freed. Only atomics in it are written, and a write is to kill.
        let protected =
            unsafe { region::protect(self, size_of::<Self>(), region::Protection::READ) };
        protected.expect("the system can protect memory");
        &self.0
    }
}
