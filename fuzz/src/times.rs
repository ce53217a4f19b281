//! Moments and durations from bytes: usual ones, boundaries, and any.

use crate::bytes::Bytes;
use crate::cases::{END, ROUND};
use oracle::{FOREVER, LONGEST_LEASE};
use std::time::Duration;

pub(crate) const NANO: Duration = Duration::from_nanos(1);
pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const S: Duration = Duration::from_secs(1);
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 86_400);
/// The year 2026 of the Unix epoch.
const TODAY: Duration = Duration::from_secs(1_770_000_000);

/// Any moment of a clock.
pub(crate) fn moment(bytes: &mut Bytes<'_>) -> u64 {
    let moment = match bytes.below(4) {
        0 => bytes.pick(&[Duration::ZERO, TODAY]),
        1 | 2 => beside(bytes, &[ROUND / 2, ROUND, 3 * ROUND, TODAY, END, FOREVER]),
        _ => Duration::from_nanos(bytes.u64()),
    };
    moment.min(END).as_nanos() as u64
}

/// Any duration, most often one that a clock can show.
pub(crate) fn duration(bytes: &mut Bytes<'_>) -> Duration {
    let usual = [Duration::ZERO, NANO, MS, 30 * MS, S, 60 * S, 3_600 * S];
    let long = [YEAR, 9 * YEAR, 100 * YEAR, FOREVER, ROUND, END, Duration::MAX];
    match bytes.below(8) {
        0..=2 => bytes.pick(&usual),
        3 => Duration::from_millis(bytes.u16().into()),
        4 => Duration::from_nanos(bytes.u32().into()),
        5 => bytes.pick(&long),
        6 => beside(bytes, &[FOREVER, ROUND / 2, ROUND, LONGEST_LEASE, END]),
        _ => Duration::new(bytes.u64(), bytes.u32() % 1_000_000_000),
    }
}

/// A few milliseconds and a few nanoseconds from one of `edges`.
fn beside(bytes: &mut Bytes<'_>, edges: &[Duration]) -> Duration {
    let edge = bytes.pick(edges);
    let further = a_few(bytes) * 1_000_000 + a_few(bytes);
    match further {
        0.. => edge + Duration::from_nanos(further as u64),
        _ => edge.saturating_sub(Duration::from_nanos(further.unsigned_abs())),
    }
}

/// Usually from two below zero to two above.
fn a_few(bytes: &mut Bytes<'_>) -> i64 {
    match bytes.signed() {
        few @ -64..=63 => i64::from(few % 3),
        many => many.into(),
    }
}
