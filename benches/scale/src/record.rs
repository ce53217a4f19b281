//! What a call of the real engine does to shared lines, recorded in the build that notes it.

use crate::script::{Script, Step};
use std::time::Duration;
use tripword::raw::{Access, AccessKind, traced};
use tripword::{Builder, CircuitBreaker, Clock, Nanos};

/// A clock that stands still, and is no shared word.
struct Still;

impl Clock for Still {
    fn now(&self) -> Nanos {
        Nanos::from_millis(100_001)
    }
}

/// As many good calls as fill any window here.
const WARM: usize = 500;

/// A good call on a breaker whose calls have all been good.
pub(crate) fn good_call(builder: Builder) -> Script {
    let breaker = warm(builder);
    recorded(|| good(&breaker))
}

/// A good call on a breaker with a failure in its window.
pub(crate) fn good_call_after_a_failure(builder: Builder) -> Script {
    let breaker = warm(builder);
    assert!(breaker.call(|| Err::<(), _>(())).is_err());
    recorded(|| good(&breaker))
}

/// A call that is refused.
pub(crate) fn refused_call(builder: Builder) -> Script {
    let breaker = warm(builder);
    breaker.trip_for(Duration::from_secs(60));
    recorded(|| assert!(breaker.try_acquire().is_err()))
}

fn warm(builder: Builder) -> CircuitBreaker<Still> {
    let breaker = builder.build_with(Still).expect("settings that can be");
    (0..WARM).for_each(|_| good(&breaker));
    breaker
}

fn good(breaker: &CircuitBreaker<Still>) {
    assert!(breaker.call(|| Ok::<_, ()>(())).is_ok());
}

fn recorded(call: impl FnOnce()) -> Script {
    let ((), accesses) = traced(call);
    Script::new(accesses.into_iter().map(step).collect())
}

fn step(Access { kind, line }: Access) -> Step {
    match kind {
        AccessKind::Load => Step::Load(line),
        AccessKind::Store => Step::Store(line),
        AccessKind::Swap => Step::Swap(line),
    }
}
