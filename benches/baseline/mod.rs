//! Baselines: the limits of the machine, and the breakers that people write with a lock. Shared with
//! `benches/peers`.
#![allow(dead_code, unused_imports, reason = "each measurement uses some of it")]
#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "the crate does without locks and bare clocks; what it is compared with does not"
)]

mod buckets;
mod limits;
mod mutex;

pub(crate) use buckets::BucketBreaker;
pub(crate) use limits::{
    Bare, CoarseReading, LoadThenCas, OneLoad, OneReading, OneRmw, OsCoarseReading, OsReading,
    ReadingThenRmw,
};
pub(crate) use mutex::MutexBreaker;

/// The circuit is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused;

/// Where a circuit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stand {
    Closed,
    Open { since: std::time::Instant },
    HalfOpen,
}

impl Stand {
    /// Whether a call may go ahead; the first one after the open time is the probe.
    fn admit(&mut self, open_duration: std::time::Duration) -> Result<(), Refused> {
        match *self {
            Self::Closed => Ok(()),
            Self::Open { since } if since.elapsed() >= open_duration => {
                *self = Self::HalfOpen;
                Ok(())
            }
            Self::Open { .. } | Self::HalfOpen => Err(Refused),
        }
    }

    fn opened() -> Self {
        Self::Open { since: std::time::Instant::now() }
    }
}
