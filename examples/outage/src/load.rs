//! The load: calls at fixed times, whether or not earlier ones have ended.

use std::time::Duration;

use crate::{schedule::END, timeline::Timeline};

/// Returns when the calls are due: one in each slot of `1 / rate` seconds, at a random time in it.
pub(crate) fn arrivals(rate: u32, seed: u64) -> Vec<Duration> {
    let mut random = fastrand::Rng::with_seed(seed);
    let slot = Duration::from_secs(1) / rate;
    let slots = u32::try_from(END.as_secs()).expect("a run of seconds") * rate;
    (0..slots).map(|nth| slot * nth + slot.mul_f64(random.f64())).collect()
}

/// Calls `send` with each arrival when it is due.
///
/// Blocks its thread: the runtime's timers have a resolution of a millisecond, which is longer than
/// a fallback takes.
pub(crate) fn pace(arrivals: &[Duration], timeline: &Timeline, send: impl Fn(Duration)) {
    for &due in arrivals {
        std::thread::sleep(timeline.until(due));
        send(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_call_is_due_in_each_slot() {
        let arrivals = arrivals(100, 42);
        assert_eq!(arrivals.len(), 1100);
        for (nth, due) in arrivals.iter().enumerate() {
            assert_eq!(due.as_millis() / 10, nth as u128);
        }
    }

    #[test]
    fn the_seed_decides_when() {
        assert_eq!(arrivals(50, 1), arrivals(50, 1));
        assert_ne!(arrivals(50, 1), arrivals(50, 2));
    }
}
