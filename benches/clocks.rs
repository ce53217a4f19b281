//! What does a clock cost, read alone and by a breaker that needs it?
//!
//!     cargo bench -p tripword-benches --bench clocks

mod beside;

use beside::{Group, POLICIES, good, pinned};
use criterion::Criterion;
use std::sync::Arc;
use std::time::Duration;
use tripword::{Builder, Clock, CoarseClock, ManualClock, MonotonicClock, OsCoarseClock};

fn read(c: &mut Criterion) {
    let mut group = c.benchmark_group("read");
    let (coarse, manual) = (CoarseClock::new(), ManualClock::new());
    let shared: Arc<dyn Clock> = Arc::new(MonotonicClock);
    pinned(&mut group, "monotonic", &MonotonicClock, Clock::now);
    pinned(&mut group, "monotonic, behind an Arc", &shared, Clock::now);
    pinned(&mut group, "os coarse", &OsCoarseClock, Clock::now);
    pinned(&mut group, "coarse", &coarse, Clock::now);
    pinned(&mut group, "manual", &manual, Clock::now);
    group.finish();
}

/// A coarse clock while a thread updates it.
fn ticking(c: &mut Criterion) {
    static CLOCK: CoarseClock = CoarseClock::new();
    let ticker = CLOCK.tick_every(Duration::from_millis(1));
    let mut group = c.benchmark_group("read");
    pinned(&mut group, "coarse, ticking", &CLOCK, Clock::now);
    group.finish();
    drop(ticker);
}

fn in_a_breaker(c: &mut Criterion) {
    let (_, within) = POLICIES[2];
    let slow = within.slow_call_duration(Duration::from_secs(1));
    let (coarse, manual) = (CoarseClock::new(), ManualClock::new());
    let mut group = c.benchmark_group("healthy call");
    for (what, settings) in [("within", within), ("within and slow calls", slow)] {
        call(&mut group, &format!("{what}, monotonic"), settings, MonotonicClock);
        call(&mut group, &format!("{what}, os coarse"), settings, OsCoarseClock);
        call(&mut group, &format!("{what}, coarse"), settings, &coarse);
        call(&mut group, &format!("{what}, manual"), settings, &manual);
    }
    group.finish();
}

fn call<C: Clock>(group: &mut Group<'_>, name: &str, settings: Builder, clock: C) {
    let breaker = settings.build_with(clock).expect("valid settings");
    pinned(group, name, &breaker, |breaker| breaker.call(good));
}

fn main() {
    beside::run(&[read, ticking, in_a_breaker]);
}
