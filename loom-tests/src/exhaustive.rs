//! Under loom: every interleaving with few preemptions.

pub use loom::sync::Arc;
pub use loom::thread;

/// Explores `scene` with at most three preemptions, or as many as `LOOM_MAX_PREEMPTIONS` says.
pub fn model(scene: impl Fn() + Send + Sync + 'static) {
    explore(3, scene);
}

/// Explores a long `scene` with at most two preemptions, or as many as `LOOM_MAX_PREEMPTIONS` says.
pub fn few_preemptions(scene: impl Fn() + Send + Sync + 'static) {
    explore(2, scene);
}

fn explore(preemptions: usize, scene: impl Fn() + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(Some(preemptions));
    // A long scene has more steps than the default allows.
    model.max_branches = 100_000;
    model.check(scene);
}
