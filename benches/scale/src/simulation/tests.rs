//! What must come out whatever the costs are.

use super::*;
use crate::script::Step::{Load, Lock, Store, Swap, Unlock};
use crate::script::Wait::{self, Sleeping, Spinning};

const COSTS: Costs = Costs {
    transfer: 20_000,
    stay: 0,
    swap: 7_000,
    local: 3_000,
};

/// Calls a nanosecond on so many cores.
fn throughput(script: &Script, costs: Costs, cores: usize) -> f64 {
    cores as f64 / nanos_a_call(script, costs, cores)
}

fn assert_near(value: f64, expected: f64) {
    let share = value / expected;
    assert!((0.98..1.02).contains(&share), "{value} is not {expected}");
}

fn locking(wait: Wait) -> Script {
    Script::new(vec![Lock(0, wait), Load(0), Store(0), Unlock(0)])
}

fn loading_and_swapping() -> Script {
    Script::new(vec![Load(0), Load(1), Swap(1)])
}

#[test]
fn what_only_reads_scales_exactly() {
    let script = Script::new(vec![Load(0), Load(0), Load(1)]);
    for cores in [1, 2, 16, 128] {
        assert_eq!(nanos_a_call(&script, COSTS, cores), 3.0);
    }
}

#[test]
fn a_core_alone_pays_its_work_and_its_swaps() {
    assert_eq!(nanos_a_call(&loading_and_swapping(), COSTS, 1), 10.0);
    assert_eq!(nanos_a_call(&locking(Spinning), COSTS, 1), 17.0);
}

#[test]
fn a_shared_swap_is_done_once_a_transfer_however_many_want_it() {
    let script = Script::new(vec![Swap(0)]);
    for cores in [2, 3, 8, 128] {
        assert_near(throughput(&script, COSTS, cores), 1.0 / 27.0);
    }
}

#[test]
fn a_line_that_stays_is_used_more_often_before_it_goes() {
    let script = Script::new(vec![Swap(0)]);
    let costs = Costs {
        stay: 40_000,
        ..COSTS
    };
    assert!(throughput(&script, costs, 8) > 1.5 * throughput(&script, COSTS, 8));
}

#[test]
fn eight_lines_scale_to_eight_cores_and_not_further() {
    let script = loading_and_swapping().striped();
    let alone = throughput(&script, COSTS, 1);
    assert_near(throughput(&script, COSTS, 8), 8.0 * alone);
    assert!(throughput(&script, COSTS, 64) < 8.0 * alone);
}

#[test]
fn a_swap_that_finds_its_line_changed_is_tried_again() {
    let counter = Script::new(vec![Swap(1)]);
    for cores in [2, 8, 64] {
        let counted = throughput(&counter, COSTS, cores);
        assert!(throughput(&loading_and_swapping(), COSTS, cores) < 0.75 * counted);
    }
}

/// That nobody else holds it is asserted at each release.
#[test]
fn a_lock_is_held_by_one_at_a_time_and_everybody_gets_it() {
    for (wait, cores) in [(Spinning, 2), (Spinning, 16), (Sleeping, 2), (Sleeping, 16)] {
        let script = locking(wait);
        let mut simulation = Simulation::new(&script, COSTS, cores);
        simulation.run_until(1_000);
        let changes = simulation.lines[0].version;
        assert!(
            (3_000..3_000 + 3 * cores as u64).contains(&changes),
            "{changes}"
        );
    }
}

#[test]
fn every_run_is_the_same() {
    let costs = Costs {
        stay: 10_000,
        ..COSTS
    };
    for script in [loading_and_swapping(), locking(Spinning), locking(Sleeping)] {
        let [one, other] = [(); 2].map(|()| nanos_a_call(&script, costs, 32));
        assert_eq!(one.to_bits(), other.to_bits());
    }
}
