//! How many stripes a time window has where their number is not set.

use crate::sync::MODELLED;
use crate::window::time::bytes_of_a_stripe;
use std::sync::OnceLock;
use std::thread;

/// The most bytes that they take.
const BYTES: usize = 4_096;

/// Twice as many stripes as processors, so that few threads meet on one, within the bytes.
pub(super) fn for_this_machine(buckets: u32) -> u32 {
    static PROCESSORS: OnceLock<usize> = OnceLock::new();
    let processors =
        *PROCESSORS.get_or_init(|| thread::available_parallelism().map_or(1, Into::into));
    if processors == 1 || MODELLED {
        return 1;
    }
    let room = BYTES / bytes_of_a_stripe(buckets as usize);
    let stripes = room.min(2 * processors.next_power_of_two());
    1 << stripes.max(1).ilog2()
}
