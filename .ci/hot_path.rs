//! Healthy calls, as a user would write them: `.ci/assembly` reads their machine code, then runs them on memory that cannot be written.

use std::process::abort;
use std::sync::OnceLock;
use tripword::raw::{RawBreaker, Word};
use tripword::{CircuitBreaker, Config, MonotonicClock, Nanos, Outcome, breaker, config};

#[unsafe(no_mangle)]
#[inline(never)]
pub fn healthy_call(breaker: &CircuitBreaker, value: u32) -> Option<u32> {
    breaker
        .call(|| if value == 0 { Err(()) } else { Ok(value) })
        .ok()
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn healthy_permit(breaker: &CircuitBreaker) -> bool {
    breaker.try_acquire().map(|permit| permit.success()).is_ok()
}

#[unsafe(no_mangle)]
#[inline(never)]
pub fn healthy_raw(breaker: &RawBreaker, now: fn() -> Nanos) -> bool {
    let admitted = breaker.try_acquire(now).decision.admission();
    admitted
        .map(|admission| breaker.settle(admission, Outcome::Success, now))
        .is_ok()
}

/// A pointer that the optimizer could look through if it knew where it leads.
static PAYMENTS: CircuitBreaker = breaker!(consecutive_failures(5));

#[unsafe(no_mangle)]
#[inline(never)]
pub fn healthy_static(value: u32) -> Option<u32> {
    PAYMENTS
        .call(|| if value == 0 { Err(()) } else { Ok(value) })
        .ok()
}

/// Breakers in memory that is read-only.
struct Frozen {
    plain: &'static CircuitBreaker,
    all_good: &'static CircuitBreaker,
    raw: &'static RawBreaker,
}

static FROZEN: OnceLock<Frozen> = OnceLock::new();

/// Makes the breakers, before the traps are set; 0 if that went well.
#[unsafe(no_mangle)]
pub extern "C" fn prepare() -> i32 {
    let breakers = Frozen {
        plain: frozen(CircuitBreaker::new(config!(consecutive_failures(5))).unwrap()),
        all_good: full_of_good_calls(),
        raw: frozen(RawBreaker::new(config!(consecutive_failures(5))).unwrap()),
    };
    i32::from(FROZEN.set(breakers).is_err())
}

/// Calls healthily; 0 if all were admitted.
#[unsafe(no_mangle)]
pub extern "C" fn succeed() -> i32 {
    let Frozen {
        plain,
        all_good,
        raw,
    } = FROZEN.get().unwrap();
    let all = (1..=1_000).all(|value| {
        let (plain, all_good) = (succeeds(plain, value), succeeds(all_good, value));
        plain && all_good && healthy_raw(raw, no_clock)
    });
    i32::from(!all)
}

/// The control: a failure is counted, and so must die here.
#[unsafe(no_mangle)]
pub extern "C" fn fail() -> i32 {
    i32::from(healthy_call(FROZEN.get().unwrap().plain, 0).is_some())
}

/// A breaker whose window holds nothing but good calls, to which another is not added.
fn full_of_good_calls() -> &'static CircuitBreaker {
    const CONFIG: Config = config!(last_calls(100), failure_rate(0.5));
    let words = Paged::leaked([const { Word::new() }; CONFIG.words()]);
    let raw = RawBreaker::on(CONFIG, &words.0).unwrap();
    let breaker = Paged::leaked(CircuitBreaker::from_raw(raw, MonotonicClock));
    assert!((1..=1_000).all(|value| succeeds(&breaker.0, value)));
    words.freeze();
    breaker.freeze()
}

fn frozen<T>(value: T) -> &'static T {
    Paged::leaked(value).freeze()
}

fn succeeds(breaker: &CircuitBreaker, value: u32) -> bool {
    healthy_call(breaker, value) == Some(value) && healthy_permit(breaker)
}

fn no_clock() -> Nanos {
    abort()
}

/// Something that has its pages to itself, since these are what is protected.
#[repr(align(4096))]
struct Paged<T>(T);

impl<T> Paged<T> {
    fn leaked(value: T) -> &'static Self {
        Box::leak(Box::new(Self(value)))
    }

    /// From now on whoever writes to it is killed.
    fn freeze(&'static self) -> &'static T {
        const READ: i32 = 1;
        unsafe extern "C" {
            fn mprotect(start: *const u8, bytes: usize, protection: i32) -> i32;
        }
        // SAFETY: the pages hold this alone, for ever; nothing within is written but atomics, whose writers are to die.
        let status = unsafe { mprotect((&raw const *self).cast(), size_of::<Self>(), READ) };
        assert_eq!(status, 0, "this system protects no memory");
        &self.0
    }
}
