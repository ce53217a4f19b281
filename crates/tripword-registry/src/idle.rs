//! Idle time, measured without a clock in look-ups.
//!
//! A look-up marks the breaker as used, and the next thread that examines it replaces the mark by
//! the moment of that. So a breaker was not used since the moment in its mark, or for longer.

use crate::named::{Named, USED};
use crate::sync::Number;
use std::time::Duration;
use tripword::Nanos;

/// The milliseconds of a tick, in which idle time is measured. 32 bits of them last for a century.
const TICK: u64 = if usize::BITS < 64 { 1_024 } else { 1 };

/// The idle time of a registry's breakers.
#[derive(Debug)]
pub(crate) struct Idle {
    /// The tick that the last call of `evict_idle` began.
    swept: Number,
    /// The ticks after which counts that no caller uses expire.
    expiry: usize,
}

impl Idle {
    pub(crate) fn new(expiry: Duration) -> Self {
        Self { swept: Number::new(0), expiry: ticks(Nanos::from_duration(expiry)) }
    }

    /// The current tick, which is not before that of the last sweep.
    pub(crate) fn tick(&self, now: Nanos) -> usize {
        ticks(now).max(self.swept.get())
    }

    /// Begins a sweep, and returns its tick, and the ticks since the previous one.
    pub(crate) fn sweep(&self, now: Nanos) -> (usize, usize) {
        let tick = self.tick(now);
        (tick, tick.saturating_sub(self.swept.swap(tick + 1)))
    }

    /// Returns whether counts expire that were not used for so many ticks.
    pub(crate) const fn is_expired(&self, idle: usize) -> bool {
        idle >= self.expiry
    }

    /// Returns for how long the breaker `named` was not used, zero if it was just now.
    pub(crate) fn examine<K, O>(&self, named: &Named<K, O>, tick: usize) -> usize {
        match named.last_used.get() {
            USED => {
                named.last_used.set(tick);
                0
            }
            unused_since => tick.saturating_sub(unused_since),
        }
    }
}

fn ticks(time: Nanos) -> usize {
    (time.as_millis() / TICK) as usize
}
