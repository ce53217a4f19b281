//! Under loom: every interleaving with few preemptions.

pub(crate) use loom::sync::Arc;
pub use loom::thread;

use loom::sync::atomic::{AtomicUsize, Ordering::AcqRel};

const SEEDS: u64 = 100;

/// Explores `scene` with at most three preemptions, or as many as `LOOM_MAX_PREEMPTIONS` says.
pub fn model(scene: impl Fn() + Send + Sync + 'static) {
    explore(3, scene);
}

/// Explores a long `scene` with at most two preemptions, or as many as `LOOM_MAX_PREEMPTIONS` says.
pub fn few_preemptions(scene: impl Fn() + Send + Sync + 'static) {
    explore(2, scene);
}

/// Explores `scene` with each of a few seeds, with at most two preemptions.
pub fn seeded(scene: impl Fn(u64) + Send + Sync + 'static) {
    let scene = std::sync::Arc::new(scene);
    for seed in 0..SEEDS {
        let scene = scene.clone();
        explore(2, move || scene(seed));
    }
}

/// Returns a counter that all threads share: a smaller number was drawn earlier.
pub fn numbers() -> impl Fn() -> usize + Clone + Send + 'static {
    let drawn = Arc::new(AtomicUsize::new(0));
    move || drawn.fetch_add(1, AcqRel)
}

fn explore(preemptions: usize, scene: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(preemptions));
    // A long scene has more steps than the default allows.
    model.max_branches = 100_000;
    model.check(scene);
}
