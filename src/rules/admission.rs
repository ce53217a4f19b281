//! What an admitted call may settle.
//!
//! ```text
//!                      63 62 61 60 59    56 55            40 39               0
//!  healthy word       | closed| norm|   0   |  generation   |  no failures = 0 |
//!  counted admission  |   0   |  0  |   0   |  generation   |         0        |   the same bits
//!  probe              |   0   |  0  |   1   |  generation   |         0        |
//!  untracked          |   0   |  0  |   2   |       0       |         0        |
//!  timed              |   0   |  0  | 4+... |  generation   |         0        |
//! ```
//!
//! A healthy word is nothing but a generation, and so is the admission of a plain counted call.
//! When the call succeeds, one comparison of the two words proves that the breaker is still
//! closed, in normal mode, in the same generation and without a failure in a row: there is nothing
//! to change. Any other kind of admission differs from every healthy word in its streak bits,
//! which are zero in a closed word.

use crate::nanos::Nanos;
use crate::word::Control;
use core::fmt;
use core::time::Duration;

/// The admission of one call: the generation that it counts in, and as what.
///
/// An admission is plain data (`Copy`). Settling it twice counts the call twice; not settling it
/// keeps a half-open slot until the probe's lease expires, and has no effect otherwise.
/// [`Permit`](crate::Permit) guards against both.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// Generation, [`Kind`] and [`TIMED`] in the layout of a control word (see the module).
    packed: Control,
    /// When the call began, where that matters; otherwise zero.
    pub(crate) started: Nanos,
}

/// Stored as the streak of a closed word, which has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Counted by the trip policies while its generation lasts.
    Counted,
    /// Holds a half-open slot until it is settled or its generation ends.
    Probe,
    /// Passed by a mode; settles to nothing.
    Untracked,
}

/// Also in the streak: the duration of the call is judged.
const TIMED: u8 = 4;

impl Admission {
    pub(super) const UNTRACKED: Self = Self::of(Control::from_bits(0), Kind::Untracked);

    /// The admission of a call that is counted in the generation of `word`.
    #[inline]
    pub(crate) const fn counted(word: Control) -> Self {
        Self::of(word, Kind::Counted)
    }

    pub(super) const fn probe(word: Control) -> Self {
        Self::of(word, Kind::Probe)
    }

    const fn of(word: Control, kind: Kind) -> Self {
        Self { packed: word.when_healthy().with_streak(kind as u8), started: Nanos::ZERO }
    }

    /// This admission, for a call that begins at `started`. If its duration is judged, it finds no
    /// breaker healthy; otherwise the moment matters only if it is given up.
    pub(crate) fn starting(self, started: Nanos, is_judged: bool) -> Self {
        if is_judged {
            let packed = self.packed.with_streak(self.packed.streak() | TIMED);
            Self { packed, started }
        } else {
            // Zero would say that the moment was not noted.
            Self { started: started.max(Nanos::from_nanos(1)), ..self }
        }
    }

    /// How long the call has taken `now`, if its beginning was noted.
    pub(crate) fn elapsed(self, now: Nanos) -> Option<Duration> {
        let is_noted = self.packed.streak() & TIMED != 0 || self.started > Nanos::ZERO;
        is_noted.then(|| now.saturating_since(self.started))
    }

    /// This admission, once the duration has been judged.
    pub(crate) const fn judged(self) -> Self {
        Self { packed: self.packed.with_streak(self.packed.streak() & !TIMED), ..self }
    }

    /// Whether the duration of the call is judged.
    pub(crate) const fn is_timed(self) -> bool {
        self.packed.streak() & TIMED != 0
    }

    /// Returns the generation that admitted the call, in which alone it counts.
    #[must_use]
    pub const fn generation(self) -> u16 {
        self.packed.generation()
    }

    /// The generation in its highest bits, for a call that finds its breaker healthy: its other
    /// bits are zero then.
    #[inline]
    pub(crate) const fn tag(self) -> u64 {
        self.packed.bits() << 8
    }

    pub(crate) const fn kind(self) -> Kind {
        match self.packed.streak() & !TIMED {
            0 => Kind::Counted,
            1 => Kind::Probe,
            _ => Kind::Untracked,
        }
    }

    /// Whether `word` is that of a healthy breaker in normal mode and in this generation, and the
    /// call is counted and not timed.
    #[inline]
    pub(crate) fn finds_healthy(self, word: Control) -> bool {
        word == self.packed
    }

    /// The failures in a row of `word`, if it is that of a closed breaker in normal mode and in
    /// this generation, and the call is counted and not timed.
    #[inline]
    pub(crate) fn finds_failures(self, word: Control) -> Option<u64> {
        word.failures_since(self.packed)
    }

    /// Returns whether the call is one of the probes that decide in half-open.
    #[must_use]
    pub const fn is_probe(self) -> bool {
        matches!(self.kind(), Kind::Probe)
    }
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admission")
            .field("generation", &self.generation())
            .field("kind", &self.kind())
            .field("started", &self.started)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_survives_the_packing() {
        let word = Control::from_bits(0).closed();
        assert_eq!(Admission::counted(word).kind(), Kind::Counted);
        assert_eq!(Admission::probe(word).kind(), Kind::Probe);
        assert_eq!(Admission::UNTRACKED.kind(), Kind::Untracked);
        let probe = Admission::probe(word).starting(Nanos::MAX, true);
        assert_eq!((probe.kind(), probe.generation()), (Kind::Probe, 1));
        assert_eq!(probe.starting(Nanos::MAX, true), probe);
        assert_eq!(probe.judged(), Admission { started: Nanos::MAX, ..Admission::probe(word) });
        assert!(probe.is_timed() && !probe.judged().is_timed());
    }

    #[test]
    fn only_a_counted_call_finds_its_own_generation_healthy() {
        let word = Control::from_bits(0);
        assert!(Admission::counted(word).finds_healthy(word));
        assert!(Admission::counted(word.with_consecutive_failures(3)).finds_healthy(word));
        assert!(!Admission::counted(word).finds_healthy(word.with_consecutive_failures(3)));
        assert!(!Admission::counted(word).finds_healthy(word.closed()));
        assert!(!Admission::counted(word).finds_healthy(word.half_opened()));
        assert!(!Admission::probe(word).finds_healthy(word));
        let timed = Admission::counted(word).starting(Nanos::ZERO, true);
        assert!(!timed.finds_healthy(word) && timed.judged().finds_healthy(word));
        assert!(!Admission::UNTRACKED.finds_healthy(word));
    }
}
