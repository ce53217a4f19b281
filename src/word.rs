//! The control word as a plain value: its layout, what can be read from it, and the words that can
//! follow it.
//!
//! ```text
//!  63 62 61 60 59    56 55            40 39                                     0
//! +-----+-----+--------+----------------+---------------------------------------+
//! |state| mode| streak |   generation   | payload                               |
//! +-----+-----+--------+----------------+---------------------------------------+
//!   Closed                               consecutive failures:40
//!   Open                                 deadline:40, all ones = never
//!   HalfOpen                             in flight:8 successes:8 failures:8 stamp:16
//!   Recovering                           failures:16 ramp start:24
//! ```
//!
//! All zero is closed, normal, generation 0, no failures. `streak` counts the openings in a row
//! that have ended, from Open to HalfOpen (up to 15), and is zero when the circuit is closed.
//! Nothing here knows atomics, clocks or settings; [`cell`] shares the word between threads.

pub(crate) mod cell;
pub(crate) mod deadline;
pub(crate) mod lease;
pub(crate) mod ramp;

use crate::bits::Field;
use crate::nanos::Nanos;
use crate::state::{Mode, State};
use deadline::{Deadline, LongestOpen};
use ramp::RampSchedule;

const STATE: Field = Field::new(62, 2);
const MODE: Field = Field::new(60, 2);
const STATE_AND_MODE: Field = Field::new(60, 4);
const STREAK: Field = Field::new(56, 4);
const GENERATION: Field = Field::new(40, 16);
const PAYLOAD: Field = Field::new(0, 40);

const IN_FLIGHT: Field = Field::new(32, 8);
const SUCCESSES: Field = Field::new(24, 8);
const FAILURES: Field = Field::new(16, 8);
const STAMP: Field = Field::new(0, 16);

const RAMP_FAILURES: Field = Field::new(24, 16);
const RAMP_START: Field = Field::new(0, 24);

/// The version of what the words mean. Words that a build with another version wrote are not to be
/// read: [`Engine::adopt`](crate::raw::Engine::adopt) refuses them.
///
/// # Examples
///
/// ```
/// // A table in memory that several processes map says which version wrote it.
/// let header = [u64::from(tripword::raw::WORD_FORMAT)];
/// assert_eq!(header, [1]);
/// ```
pub const WORD_FORMAT: u32 = 1;

/// The most that `streak` counts to.
pub(crate) const MAX_STREAK: u8 = STREAK.max() as u8;

/// One value of the control word.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Control(u64);

/// The decision on one value of the control word.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step<R> {
    /// Leaves the word as it is, with this answer.
    Stay(R),
    /// Replaces the word; the answer goes to the thread whose compare-and-swap does it.
    Move(Control, R),
}

/// The probes of a half-open word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) in_flight: u8,
    pub(crate) successes: u8,
    pub(crate) failures: u8,
    pub(crate) stamp: u64,
}

impl Tally {
    pub(crate) const NONE: Self = Self { in_flight: 0, successes: 0, failures: 0, stamp: 0 };
}

/// Reading.
impl Control {
    /// The first word of a breaker. A breaker that starts open stays so until it is moved.
    pub(crate) const fn starting_in(state: State, mode: Mode) -> Self {
        let word = Self(STATE.set(0, state as u64)).with_mode(mode);
        match state {
            State::Open => word.with_deadline(Deadline::NEVER),
            _ => word,
        }
    }

    pub(crate) const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    pub(crate) const fn state(self) -> State {
        State::from_bits(STATE.get(self.0))
    }

    pub(crate) const fn mode(self) -> Mode {
        Mode::from_bits(MODE.get(self.0))
    }

    pub(crate) const fn streak(self) -> u8 {
        STREAK.get(self.0) as u8
    }

    pub(crate) const fn generation(self) -> u16 {
        GENERATION.get(self.0) as u16
    }

    /// Closed and in normal mode: every call is admitted, and nothing else matters.
    pub(crate) const fn admits_all(self) -> bool {
        self.0 & (STATE.mask() | MODE.mask()) == 0
    }

    /// Closed, in normal mode, with no failure counted: nothing but a generation.
    pub(crate) const fn is_healthy(self) -> bool {
        self.0 & !GENERATION.mask() == 0
    }

    /// Open and in normal mode: every call before the deadline is refused, and nothing else
    /// matters.
    pub(crate) const fn refuses_all(self) -> bool {
        STATE_AND_MODE.get(self.0) == State::Open as u64 * 4
    }

    /// Closed or recovering in `generation`, whose counted calls can be settled.
    pub(crate) const fn counts(self, generation: u16) -> bool {
        matches!(self.state(), State::Closed | State::Recovering) && self.generation() == generation
    }

    /// Half-open in `generation`, whose probes can be settled.
    pub(crate) const fn probes(self, generation: u16) -> bool {
        matches!(self.state(), State::HalfOpen) && self.generation() == generation
    }

    /// The deadline of an open word.
    pub(crate) const fn deadline(self) -> Deadline {
        Deadline::from_bits(PAYLOAD.get(self.0))
    }

    /// The probes of a half-open word.
    pub(crate) const fn tally(self) -> Tally {
        Tally {
            in_flight: IN_FLIGHT.get(self.0) as u8,
            successes: SUCCESSES.get(self.0) as u8,
            failures: FAILURES.get(self.0) as u8,
            stamp: STAMP.get(self.0),
        }
    }

    /// When the ramp of a recovering word began.
    pub(crate) const fn ramp_start(self) -> u64 {
        RAMP_START.get(self.0)
    }

    /// The failures in a row, if this is `healthy` but for them: closed in its generation, in
    /// normal mode.
    pub(crate) const fn failures_since(self, healthy: Self) -> Option<u64> {
        let failures = self.0 ^ healthy.0;
        if failures <= PAYLOAD.max() { Some(failures) } else { None }
    }

    /// Failures since the last success, of a closed or recovering word.
    pub(crate) const fn consecutive_failures(self) -> u32 {
        let failures = self.failures_field().get(self.0);
        // The field has 40 bits, of which a breaker needs 16.
        if failures > u32::MAX as u64 { u32::MAX } else { failures as u32 }
    }

    /// The state as of `now`, which is read only where it matters: the one that the next admission
    /// would find.
    pub(crate) fn state_at(
        self,
        ramp: Option<RampSchedule>,
        longest: LongestOpen,
        now: &impl Fn() -> Nanos,
    ) -> State {
        match self.state() {
            State::Open if self.deadline().is_reached(now(), longest) => State::HalfOpen,
            State::Recovering if self.ramp_is_over(ramp, now()) => State::Closed,
            state => state,
        }
    }

    /// The word with its ramp completed, if that is over as of `now`, as the next admission would
    /// complete it.
    pub(crate) fn as_of(self, ramp: Option<RampSchedule>, now: Nanos) -> Self {
        match self.state() {
            State::Recovering if self.ramp_is_over(ramp, now) => self.ramp_completed(),
            _ => self,
        }
    }

    fn ramp_is_over(self, ramp: Option<RampSchedule>, now: Nanos) -> bool {
        ramp.is_none_or(|ramp| ramp.is_over(self.ramp_start(), now))
    }

    const fn failures_field(self) -> Field {
        match self.state() {
            State::Recovering => RAMP_FAILURES,
            _ => PAYLOAD,
        }
    }
}

/// Words that follow within the same state and generation.
impl Control {
    /// Closed in this generation, in normal mode, with no failure counted.
    pub(crate) const fn when_healthy(self) -> Self {
        Self(self.0 & GENERATION.mask())
    }

    pub(crate) const fn with_streak(self, streak: u8) -> Self {
        Self(STREAK.set(self.0, streak as u64))
    }

    pub(crate) const fn with_mode(self, mode: Mode) -> Self {
        Self(MODE.set(self.0, mode as u64))
    }

    pub(crate) const fn with_deadline(self, deadline: Deadline) -> Self {
        Self(PAYLOAD.set(self.0, deadline.bits()))
    }

    pub(crate) const fn with_consecutive_failures(self, failures: u32) -> Self {
        Self(self.failures_field().set(self.0, failures as u64))
    }

    /// A closed or recovering word after a success: without failures in a row. A closed one has no
    /// streak either, unless it was damaged.
    pub(crate) const fn after_success(self) -> Self {
        let word = self.with_consecutive_failures(0);
        match self.state() {
            State::Closed => word.with_streak(0),
            _ => word,
        }
    }

    /// One more failure in a row, in a closed word with fewer than all bits set.
    pub(crate) const fn with_one_more_failure(self) -> Self {
        Self(self.0 + 1)
    }

    pub(crate) const fn with_tally(self, tally: Tally) -> Self {
        let payload = IN_FLIGHT.set(0, tally.in_flight as u64);
        let payload = SUCCESSES.set(payload, tally.successes as u64);
        let payload = FAILURES.set(payload, tally.failures as u64);
        Self(PAYLOAD.set(self.0, STAMP.set(payload, tally.stamp)))
    }
}

/// Words that follow in another state. Each begins a generation, except
/// [`Control::ramp_completed`].
impl Control {
    /// Open until the `deadline` of the new streak and generation.
    pub(crate) fn opened(self, deadline: impl FnOnce(u8, u16) -> Deadline) -> Self {
        let word = self.enter(State::Open, self.streak());
        word.with_deadline(deadline(word.streak(), word.generation()))
    }

    /// Half-open, without a probe yet: the opening that this ends, if there was one, counts.
    pub(crate) const fn half_opened(self) -> Self {
        match self.state() {
            State::Open => self.reprobed(),
            _ => self.enter(State::HalfOpen, self.streak()),
        }
    }

    /// Half-open once more, after it has failed, which counts as an opening.
    pub(crate) const fn reprobed(self) -> Self {
        let streak = self.streak();
        let next = if streak < MAX_STREAK { streak + 1 } else { streak };
        self.enter(State::HalfOpen, next)
    }

    pub(crate) const fn closed(self) -> Self {
        self.enter(State::Closed, 0)
    }

    pub(crate) const fn recovering(self, ramp_start: u64) -> Self {
        let word = self.enter(State::Recovering, self.streak());
        Self(RAMP_START.set(word.0, ramp_start))
    }

    /// Recovering to Closed: the generation and the failures stay, so that a trip in flight is not
    /// lost.
    pub(crate) const fn ramp_completed(self) -> Self {
        let failures = self.consecutive_failures();
        let word = STREAK.set(STATE.set(self.0, State::Closed as u64), 0);
        Self(PAYLOAD.set(word, failures as u64))
    }

    const fn enter(self, state: State, streak: u8) -> Self {
        let word = STATE.set(MODE.mask() & self.0, state as u64);
        let word = STREAK.set(word, streak as u64);
        Self(GENERATION.set(word, self.generation().wrapping_add(1) as u64))
    }
}

impl core::fmt::Debug for Control {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let mut record = f.debug_struct("Control");
        record
            .field("state", &self.state())
            .field("mode", &self.mode())
            .field("streak", &self.streak())
            .field("generation", &self.generation());
        match self.state() {
            State::Closed => record.field("failures", &self.consecutive_failures()),
            State::Open => record.field("deadline", &self.deadline()),
            State::HalfOpen => record.field("tally", &self.tally()),
            State::Recovering => record
                .field("failures", &self.consecutive_failures())
                .field("ramp_start", &self.ramp_start()),
        };
        record.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZERO: Control = Control::from_bits(0);

    #[test]
    fn a_word_of_zeros_is_closed_and_empty() {
        assert_eq!(ZERO.state(), State::Closed);
        assert_eq!(ZERO.mode(), Mode::Normal);
        assert!(ZERO.admits_all() && ZERO.is_healthy());
    }

    #[test]
    fn every_transition_begins_a_generation_and_keeps_the_mode() {
        let word = ZERO.with_mode(Mode::Shadow);
        let moves = [
            word.opened(|_, _| Deadline::NEVER),
            word.half_opened(),
            word.closed(),
            word.recovering(5),
        ];
        for moved in moves {
            assert_eq!(moved.generation(), 1);
            assert_eq!(moved.mode(), Mode::Shadow);
        }
    }

    #[test]
    fn generations_wrap() {
        let mut word = ZERO;
        for _ in 0..65_536 {
            word = word.closed();
        }
        assert_eq!(word, ZERO);
    }

    #[test]
    fn the_streak_counts_reopenings_up_to_its_cap_and_ends_when_closed() {
        let mut word = ZERO.opened(|_, _| Deadline::NEVER);
        assert_eq!(word.streak(), 0);
        for reopened in 1..=20u8 {
            word = word.half_opened().opened(|_, _| Deadline::NEVER);
            assert_eq!(word.streak(), reopened.min(MAX_STREAK));
        }
        assert_eq!(word.half_opened().closed().streak(), 0);
        let never_opened = ZERO.half_opened();
        assert_eq!(never_opened.opened(|_, _| Deadline::NEVER).streak(), 0);
        assert_eq!(never_opened.reprobed().streak(), 1);
        let recovering = word.half_opened().recovering(0);
        assert_eq!(recovering.streak(), MAX_STREAK);
        assert_eq!(recovering.ramp_completed().streak(), 0);
    }

    #[test]
    fn completing_the_ramp_keeps_generation_and_failures() {
        let word = ZERO.half_opened().recovering(77).with_consecutive_failures(3);
        let closed = word.ramp_completed();
        assert_eq!(closed.state(), State::Closed);
        assert_eq!(closed.generation(), word.generation());
        assert_eq!(closed.consecutive_failures(), 3);
        assert!(closed.counts(word.generation()));
    }

    #[test]
    fn a_tally_survives_the_packing() {
        let tally = Tally { in_flight: 255, successes: 1, failures: 254, stamp: 65_535 };
        let word = ZERO.half_opened().with_tally(tally);
        assert_eq!(word.tally(), tally);
        assert_eq!(word.generation(), 1);
    }
}
