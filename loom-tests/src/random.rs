//! Under shuttle: random schedules with any number of preemptions; every ordering counts as SeqCst.
#![expect(
    clippy::disallowed_types,
    reason = "numbers are drawn by an atomic that shuttle does not schedule"
)]

pub use shuttle::thread;
pub(crate) use std::sync::Arc;

use shuttle::rand::{Rng, thread_rng};
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::AcqRel};

/// Schedules of each kind and scene; `SHUTTLE_SCHEDULES` overrides it.
const SCHEDULES: usize = 10_000;
/// Preemptions in a schedule of the kind that has few.
const DEPTH: usize = 3;

/// Runs `scene` in schedules that choose the next thread at random at every step, and in as many
/// that run one thread as long as it can and change to another at a few points.
pub fn model(scene: impl Fn() + Send + Sync + 'static) {
    explore(schedules(), scene);
}

/// Runs `scene` as [`model`] does, each time with another seed.
pub fn seeded(scene: impl Fn(u64) + Send + Sync + 'static) {
    explore(schedules(), move || scene(thread_rng().r#gen()));
}

/// Runs a long `scene` as [`model`] does: here its schedules do not multiply.
pub fn few_preemptions(scene: impl Fn() + Send + Sync + 'static) {
    explore(schedules(), scene);
}

/// Returns a counter that all threads share: a smaller number was drawn earlier.
pub fn numbers() -> impl Fn() -> usize + Clone + Send + 'static {
    let drawn = Arc::new(AtomicUsize::new(0));
    move || drawn.fetch_add(1, AcqRel)
}

fn explore(schedules: usize, scene: impl Fn() + Send + Sync + 'static) {
    let scene = Arc::new(scene);
    let again = scene.clone();
    Runner::new(RandomScheduler::new(schedules), config()).run(move || scene());
    Runner::new(PctScheduler::new(DEPTH, schedules), config()).run(move || again());
}

fn schedules() -> usize {
    match std::env::var("SHUTTLE_SCHEDULES") {
        Ok(number) => number
            .parse::<NonZeroUsize>()
            .expect("SHUTTLE_SCHEDULES is a number, and not zero")
            .into(),
        Err(_) => SCHEDULES,
    }
}

fn config() -> Config {
    let mut config = Config::new();
    // It warns of orderings other than SeqCst, which loom explores.
    config.silence_warnings = true;
    // The search for an order needs more than the default.
    config.stack_size = 1 << 18;
    config
}
